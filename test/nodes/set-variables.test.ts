import { describe, expect, it } from 'vitest'
import { setVariables } from '../../src/nodes/set-variables.ts'
import { configIssues } from '../support/config-issues.ts'
import { inlineContext } from '../support/inline-context.ts'

describe('set-variables', () => {
  it('assigns and passes its input on', () => {
    const assign = { total: 3, note: null, 'odd name': [1] }
    expect(setVariables.run({ assign }, inlineContext({ input: 'in' }))).toEqual({ kind: 'completed', output: 'in', assign })
  })

  it.each([
    ['no assign', {}, 'assign'],
    ['no object', { assign: 'total = 3' }, 'assign'],
    ['no name', { assign: {} }, 'assign'],
    ['an empty name', { assign: { '': 1 } }, 'assign.'],
  ])('is refused with %s', (_name, config, path) => {
    expect(configIssues(setVariables, config)).toEqual([expect.stringContaining(`${path}: `)])
  })
})
