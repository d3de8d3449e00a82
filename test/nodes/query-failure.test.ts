import { describe, expect, it } from 'vitest'
import type { Json } from '../../src/core/json.ts'
import { queryFailure } from '../../src/nodes/query-failure.ts'

const shown = (message: string, params: readonly Json[]) =>
  queryFailure({ message, code: 'X', retryable: false }, params).error.message

describe('the message of a database', () => {
  it.each<[string, readonly Json[], string]>([
    ['invalid input: "abc"', ['abc'], 'invalid input: "[parameter]"'],
    ["entry 'abc' for key 'abc_key'", ['abc'], "entry '[parameter]' for key 'abc_key'"],
    ['at or near ada@example.com', ['ada@example.com'], 'at or near [parameter]'],
    ["value '1234567'", [1_234_567], "value '[parameter]'"],
    ['array literal: {"ada@example.com"}', [['ada@example.com']], 'array literal: {"[parameter]"}'],
    ['json {"a":"b"} here', [{ a: 'b' }], 'json [parameter] here'],
    [`cut '${'x'.repeat(64)}'`, ['x'.repeat(100)], "cut '[parameter]'"],
    ['a table is missing', ['a', '', null, true, 1], 'a table is missing'],
  ])('%s, given %j, is shown as %s', (message, params, expected) => {
    expect(shown(message, params)).toBe(expected)
  })

  it('is left out where it is too long to look for all parameters', () => {
    const params = [Array.from({ length: 100_000 }, (_, index) => index)]
    expect(shown(`no '${'x'.repeat(100_000)}'`, params)).toBe('The database refuses, in more words than can be shown.')
  })

  it('is cut', () => {
    expect(shown('x'.repeat(2_000), [])).toHaveLength(1_024)
  })

  it('has the code of the database, and what it names, beside it', () => {
    const refusal = { message: 'no', code: '23505', retryable: false, details: { constraint: 'one' } }
    expect(queryFailure(refusal, []).error).toEqual({
      code: 'QUERY_ERROR',
      message: 'no',
      retryable: false,
      cause: { code: '23505', constraint: 'one' },
    })
  })
})
