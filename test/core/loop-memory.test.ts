// An object has 128 MB for everything: what a large loop takes of it, in memory and as a snapshot.
import v8 from 'node:v8'
import vm from 'node:vm'
import { expect, it } from 'vitest'
import { MAX_INLINE_ITEMS } from '../../src/core/limits.ts'
import { takeSnapshot } from '../../src/core/snapshot.ts'
import { body, each, http, nodeAt, restored, upTo } from '../support/loops.ts'
import { graph, success, TestRun } from '../support/run.ts'

const MIB = 1024 * 1024
v8.setFlagsFromString('--expose-gc')
const collectGarbage: () => void = vm.runInNewContext('gc')

function heapBytes(): number {
  collectGarbage()
  return process.memoryUsage().heapUsed
}

it(`a for-each of ${MAX_INLINE_ITEMS} calls with answers of 8 KiB keeps its state below 64 MiB`, () => {
  const before = heapBytes()
  const run = new TestRun(graph([each(body([http('fetch')]))], []), { list: upTo(MAX_INLINE_ITEMS) })
  const answer = (index: number) => ({ status: 200, headers: {}, body: `${index} `.padEnd(8 * 1024, 'x') })
  for (const index of upTo(MAX_INLINE_ITEMS)) {
    run.settle(`each[${index}].fetch`, success(answer(index)))
    // The object keeps a short journal at most.
    run.journal.splice(1)
    run.effects.length = 0
  }
  expect(run.state.phase.status).toBe('completed')
  expect(heapBytes() - before).toBeLessThan(64 * MIB)
  expect(JSON.stringify(takeSnapshot(run.state)).length).toBeLessThan(32 * MIB)
  run.state = restored(run)
  expect(heapBytes() - before).toBeLessThan(64 * MIB)
  expect(nodeAt(run, 'each')).toMatchObject({ loop: { completed: MAX_INLINE_ITEMS } })
})
