import { describe, expect, it } from 'vitest'
import type { Json } from '../../src/core/json.ts'
import { merge } from '../../src/nodes/merge.ts'
import { configIssues } from '../support/config-issues.ts'
import { arrival, inlineContext } from '../support/inline-context.ts'

const run = (mode: string | undefined, ...values: Json[]) =>
  merge.run(
    mode === undefined ? {} : { mode },
    inlineContext({ inputs: values.map((value, index) => arrival(`n${index}`, value)), executionInputs: { unseen: true } }),
  )

describe('merge', () => {
  it.each([
    [undefined, [{ a: 1 }, { b: 2 }], { a: 1, b: 2 }],
    ['object', [{ a: 1, b: 1 }, { b: 2 }], { a: 1, b: 2 }],
    ['object', [{ a: 1 }, 5, [6]], { a: 1, n1: 5, n2: [6] }],
    ['object', [], {}],
    ['append', [[1, 2], [3], 4, null, [[5]]], [1, 2, 3, 4, null, [5]]],
    ['append', [], []],
    ['first', [null, 2], null],
    ['first', ['a', 'b'], 'a'],
    ['first', [], null],
    [
      'zip',
      [
        [1, 2],
        ['a', 'b', 'c'],
      ],
      [
        [1, 'a'],
        [2, 'b'],
        [null, 'c'],
      ],
    ],
    ['zip', [], []],
  ] as [string | undefined, Json[], Json][])('%s of %j', (mode, values, output) => {
    expect(run(mode, ...values)).toEqual({ kind: 'completed', output })
  })

  it('zips nothing but lists', () => {
    expect(run('zip', [1], { a: 1 })).toEqual({
      kind: 'failed',
      error: { code: 'INPUT_INVALID', message: "mode 'zip' needs lists, and node 'n1' gave an object", retryable: false },
    })
  })

  it('refuses another mode', () => {
    expect(configIssues(merge, { mode: 'deep' })).toEqual(["mode: 'mode' must be one of object, append, first, zip"])
  })
})
