import { expect, it } from 'vitest'
import { GatheredLines, MAX_GATHERED_CHARACTERS } from '../../src/observability/gathered-lines.ts'

function gathering() {
  const written: string[] = []
  const pauses: (() => void)[] = []
  const alive: Promise<unknown>[] = []
  const lines = new GatheredLines({
    write: (text) => written.push(text),
    pause: () => new Promise((resolve) => pauses.push(resolve)),
  })
  const add = (text: string) => lines.add(text, { waitUntil: (promise) => alive.push(promise) })
  const pass = async () => {
    for (const resolve of pauses.splice(0)) resolve()
    await Promise.all(alive.splice(0))
  }
  return { written, alive, add, pass }
}

it('lines of many requests are written together, by the first of them', async () => {
  const { written, alive, add, pass } = gathering()
  for (const line of ['a', 'b\nc', 'd']) add(line)
  expect([written, alive.length]).toEqual([[], 1])
  await pass()
  expect(written).toEqual(['a\nb\nc\nd'])
  add('e')
  expect(alive).toHaveLength(1)
  await pass()
  expect(written).toEqual(['a\nb\nc\nd', 'e'])
})

it('many lines are written at once, none twice', async () => {
  const { written, add, pass } = gathering()
  const long = 'x'.repeat(MAX_GATHERED_CHARACTERS)
  add(long)
  expect(written).toEqual([])
  add('y')
  expect(written).toEqual([`${long}\ny`])
  add('z')
  await pass()
  expect(written).toEqual([`${long}\ny`, 'z'])
})
