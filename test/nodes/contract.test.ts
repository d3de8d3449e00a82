import { describe, expect, it } from 'vitest'
import { nodeTypes } from '../../src/nodes/registry.ts'
import { inlineContext } from '../support/inline-context.ts'
import { describeNodeTypes } from '../support/node-type-suite.ts'

const names = nodeTypes.all.flatMap((type) => [type.type, ...type.aliases])

describeNodeTypes(nodeTypes.all, nodeTypes)

describe('registry', () => {
  it('gives every name once', () => {
    expect(new Set(names).size).toBe(names.length)
  })

  it('refuses only names that it does not have', () => {
    expect(names.filter((name) => nodeTypes.notSupported.has(name))).toEqual([])
    expect(nodeTypes.get('no-such-type')).toBeUndefined()
  })

  it.each(['toString', '__proto__', ''])('does not know %j', (name) => {
    expect(nodeTypes.get(name)).toBeUndefined()
  })

  it('passes the input on by the bare forms of the seeds', () => {
    const context = inlineContext({ input: [1] })
    for (const [type, config] of [
      ['start', {}],
      ['end', {}],
      ['transformer', { transform_type: 'map' }],
    ] as const) {
      const found = nodeTypes.get(type)
      expect(found?.kind === 'inline' && found.run(config, context)).toEqual({ kind: 'completed', output: [1] })
    }
  })
})
