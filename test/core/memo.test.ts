import { expect, it } from 'vitest'
import { memoise } from '../../src/core/memo.ts'

it.each([
  ['entries', 2, 100],
  ['characters', 100, 4],
])('keeps the results used last, bounded by %s', (_, maxEntries, maxCharacters) => {
  const computed: string[] = []
  const memo = memoise((text) => ({ made: computed.push(text) }), maxEntries, maxCharacters)
  for (const text of ['aa', 'bb', 'aa', 'cc', 'aa', 'bb']) memo(text)
  expect(computed).toEqual(['aa', 'bb', 'cc', 'bb'])
})
