import { expect, it } from 'vitest'
import { createRecent } from '../../src/http/recent.ts'

it('remembers by weight: what is heavy makes room for little else', async () => {
  const asked: string[] = []
  const load = async (key: string) => {
    asked.push(key)
    return key
  }
  const recent = createRecent({
    load,
    clock: () => 0,
    freshMs: 1_000,
    keepMs: 1_000,
    maxWeight: 4,
    weightOf: (text) => text.length,
  })
  for (const key of ['a', 'bb', 'a', 'ccc', 'a', 'bb', 'fives']) await recent.find(key)
  await recent.find('fives')
  expect(asked).toEqual(['a', 'bb', 'ccc', 'bb', 'fives', 'fives'])
})
