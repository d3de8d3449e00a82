import { expect, it } from 'vitest'
import { parseRetryAfter } from '../../src/nodes/retry-after.ts'

const now = Date.UTC(2026, 10, 20, 12, 0, 0)

it.each([
  [null, null],
  ['', null],
  ['0', 0],
  [' 120 ', 120],
  ['Fri, 20 Nov 2026 12:00:30 GMT', 30],
  ['Friday, 20-Nov-26 12:01:00 GMT', 60],
  ['Fri, 20 Nov 2026 11:00:00 GMT', 0],
  ['1.5', null],
  ['-5', null],
  ['soon', null],
  ['Fri, 99 Nov 2026', null],
])('%j means %j seconds', (header, seconds) => {
  expect(parseRetryAfter(header, now)).toBe(seconds)
})

it('rounds a part of a second up', () => {
  expect(parseRetryAfter('Fri, 20 Nov 2026 12:00:30 GMT', now + 1)).toBe(30)
})
