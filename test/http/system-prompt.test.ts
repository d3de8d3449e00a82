import { describe, expect, it } from 'vitest'
import { FUNCTIONS } from '../../src/core/functions.ts'
import { systemPrompt } from '../../src/http/generate/system-prompt.ts'
import { nodeTypes } from '../../src/nodes/registry.ts'

describe('the system prompt of generated workflows', () => {
  const prompt = systemPrompt(nodeTypes)

  it.each(nodeTypes.all.map(({ type }) => type))('describes %s', (type) => {
    const [, section = ''] = prompt.split(`## ${type}\n`)
    const { example } = nodeTypes.all.find((entry) => entry.type === type) ?? {}
    expect(section.split('\n## ')[0]).toContain(JSON.stringify(example))
  })

  it('names every function', () => {
    for (const { name } of FUNCTIONS) expect(prompt).toContain(`${name}(`)
  })

  it('keeps properties whose name is that of a keyword', () => {
    expect(prompt).toContain('"properties":{"items":')
    expect(prompt).not.toContain('$schema')
  })

  it('stays small: it is paid for with every call', () => {
    // Some four characters to a token.
    expect(prompt.length).toBeLessThan(32_000)
  })
})
