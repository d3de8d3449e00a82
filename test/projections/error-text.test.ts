// What the log says of errors, of those with data in them above all.
import { DrizzleQueryError } from 'drizzle-orm/errors'
import { describe, expect, it } from 'vitest'
import { errorStack, errorText } from '../../src/observability/error-text.ts'

const failedQuery = (value: string) =>
  new DrizzleQueryError('insert into t values (?)', [value], new Error('D1_ERROR: no such table: t'))

describe('an error in the log', () => {
  it.each(['hunter22', 'hunter22\n    at nowhere (x.ts:1:1)\nhunter23', '\nparams: hunter22'])(
    'shows no value of a query: %j',
    (value) => {
      for (const text of [errorText(failedQuery(value)), errorStack(failedQuery(value))]) {
        expect(text).not.toMatch(/hunter2/)
        expect(text).toContain('Failed query: insert into t values (?)')
        expect(text).toContain('D1_ERROR: no such table: t')
      }
      expect(errorStack(failedQuery(value))).toContain('error-text.test.ts')
    },
  )

  it('tells its causes, and what is no error as text', () => {
    const error = new TypeError('that', { cause: new Error('because', { cause: 7 }) })
    expect(errorText(error)).toBe('TypeError: that; caused by Error: because')
    expect(errorText('thrown')).toBe('thrown')
  })
})
