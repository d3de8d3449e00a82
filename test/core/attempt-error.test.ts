import { describe, expect, it } from 'vitest'
import { attemptTimeout, connectionFailure } from '../../src/core/attempt-error.ts'

const open = new AbortController().signal
const url = 'https://api.example.com/path?token=s3cret#s3cret'

describe('a broken connection', () => {
  it.each([
    [
      'the code of its cause',
      new TypeError('fetch failed', { cause: Object.assign(new Error(url), { code: 'ENOTFOUND' }) }),
      'ENOTFOUND',
    ],
    ['its message', new Error('Network connection lost.'), 'Network connection lost.'],
    ['its message without URLs', new TypeError(`Fetch API cannot load: ${url} now`), 'Fetch API cannot load: <url> now'],
    ['nothing where it is no error', 's3cret', 'unknown'],
  ])('is a network error that says %s', (_, thrown, reason) => {
    expect(connectionFailure(thrown, open, url).error).toEqual({
      code: 'NETWORK_ERROR',
      message: 'The connection to https://api.example.com/path failed.',
      retryable: true,
      cause: { reason },
    })
  })

  it("is the attempt's timeout where that broke it", () => {
    const timeout = attemptTimeout(1500)
    expect(connectionFailure(new Error('aborted'), AbortSignal.abort(timeout), url)).toBe(timeout)
    expect(timeout.error).toEqual({ code: 'NODE_TIMEOUT', message: 'The attempt took longer than 1.5 s.', retryable: true })
  })

  it('is a timeout also where something else aborted it', () => {
    expect(connectionFailure(new Error('aborted'), AbortSignal.abort(), url).error).toMatchObject({
      code: 'NODE_TIMEOUT',
      retryable: true,
    })
  })
})
