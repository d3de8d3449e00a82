// The journal on an object's real storage: rows, snapshots, reading from anywhere.
import { runInDurableObject } from 'cloudflare:test'
import { beforeAll, describe, expect, it } from 'vitest'
import { foldEntries } from '../../src/core/apply.ts'
import type { JournalEntry } from '../../src/core/event.ts'
import type { JsonObject } from '../../src/core/json.ts'
import type { Snapshot } from '../../src/core/snapshot.ts'
import type { ExecutionState } from '../../src/core/state.ts'
import { joinChunks, MAX_CHUNK_BYTES, splitIntoChunks } from '../../src/execution/chunks.ts'
import { ENTRIES_PER_SNAPSHOT, Journal } from '../../src/execution/journal.ts'
import { nodeTypes } from '../../src/nodes/registry.ts'
import { newId, stubOf } from '../support/execution.ts'
import { failure, graph, TestRun } from '../support/run.ts'

/** In the storage of an object of its own. */
const inStorage = <T>(work: (kv: SyncKvStorage) => T | Promise<T>): Promise<T> =>
  runInDurableObject(stubOf(newId()), (_, { storage }) => work(storage.kv))

/** Transactions are tested on the object itself. */
const journalOn = (kv: SyncKvStorage) => new Journal({ kv, transactionSync: (write) => write() }, nodeTypes)
const keysOf = (kv: SyncKvStorage, prefix: string) => [...kv.list({ prefix })].map(([key]) => key)
const fold = (entries: readonly JournalEntry[]) => foldEntries(null, entries, nodeTypes)

const retried = (id: string): JsonObject => ({
  id,
  type: 'http',
  config: { url: 'http://127.0.0.1/' },
  on_error: 'continue',
  retry: { strategy: 'fixed', initial_delay_ms: 1000, max_attempts: 100, jitter: 'none' },
})

/** 50 nodes in a row, each tried a hundred times: 10,000 events in as many entries, still open. */
function longRun(): TestRun {
  const ids = Array.from({ length: 51 }, (_, index) => `n${index}`)
  const run = new TestRun(
    graph(
      ids.map(retried),
      ids.slice(1).map((id, index) => `n${index}>${id}`),
    ),
  )
  for (const id of ids.slice(0, 50))
    for (let attempt = 1; attempt <= 100; attempt += 1) {
      run.settle(id, failure(), attempt)
      run.wakeAfter(1_000)
    }
  return run
}

let run: TestRun
let entries: readonly JournalEntry[]
beforeAll(() => {
  run = longRun()
  entries = run.journal
})

/** Appends entries as the object does, each with the state after it, as it is or changed. */
function appendAll(kv: SyncKvStorage, some: readonly JournalEntry[], change = (state: ExecutionState) => state): void {
  const journal = journalOn(kv)
  let state: ExecutionState | null = null
  for (const entry of some) {
    state = foldEntries(state, [entry], nodeTypes)
    journal.append(entry, change(state))
  }
}

describe('an entry', () => {
  it('above a row spans consecutive rows and reads back', () =>
    inStorage((kv) => {
      const big = new TestRun(graph([{ id: 'a', config: { value: 1 } }], []), { text: `x${'😀'.repeat(MAX_CHUNK_BYTES / 2)}` })
      const [entry] = big.journal
      if (entry === undefined) throw new Error('no entry')
      const journal = journalOn(kv)
      journal.append(entry, big.state)
      expect(keysOf(kv, 'j/')).toEqual(['j/0000000001/000', 'j/0000000001/001', 'j/0000000001/002'])
      expect([...journal.readFrom(1)]).toEqual([entry])
      expect([...journal.readFrom(entry.events.length)]).toEqual([entry])
      expect(journalOn(kv).load()).toEqual(big.state)
    }))

  it('is found from any of its events on, and nothing past the last', () =>
    inStorage((kv) => {
      const some = entries.slice(0, 4)
      appendAll(kv, some)
      const journal = journalOn(kv)
      const [first, second, third] = some
      expect(first?.events).toHaveLength(3)
      expect([...journal.readFrom(0)]).toEqual(some)
      expect([...journal.readFrom(1)]).toEqual(some)
      expect([...journal.readFrom(3)]).toEqual(some)
      expect([...journal.readFrom(second?.firstSeq ?? 0)]).toEqual(some.slice(1))
      expect([...journal.readFrom(third?.firstSeq ?? 0)]).toEqual(some.slice(2))
      expect([...journal.readFrom(1_000)]).toEqual([])
    }))

  it('of several rows is found from a number far past the end too', () =>
    inStorage((kv) => {
      const big = new TestRun(graph([{ id: 'a', config: { value: 1 } }], []), { text: 'x'.repeat(MAX_CHUNK_BYTES) })
      appendAll(kv, big.journal)
      expect([...journalOn(kv).readFrom(Number.MAX_SAFE_INTEGER)]).toEqual([])
    }))

  it('is missing where nothing was ever started', () =>
    inStorage((kv) => {
      expect(journalOn(kv).load()).toBeNull()
      expect([...journalOn(kv).readFrom(1)]).toEqual([])
    }))
})

describe('a snapshot', () => {
  it('is taken after so many entries, not one before', () =>
    inStorage((kv) => {
      appendAll(kv, entries.slice(0, ENTRIES_PER_SNAPSHOT - 1))
      expect(keysOf(kv, 's/')).toEqual([])
      const journal = journalOn(kv)
      expect(journal.load()).toEqual(fold(entries.slice(0, ENTRIES_PER_SNAPSHOT - 1)))
      const due = entries.slice(0, ENTRIES_PER_SNAPSHOT)
      const last = due.at(-1)
      if (last === undefined) throw new Error('no entry')
      journal.append(last, fold(due))
      expect(keysOf(kv, 's/')).toEqual(['s/000'])
    }))

  it('gives what the fold gives, wherever the journal ends', () =>
    inStorage((kv) => {
      for (const length of [ENTRIES_PER_SNAPSHOT, ENTRIES_PER_SNAPSHOT + 1, 3 * ENTRIES_PER_SNAPSHOT + 77]) {
        appendAll(kv, entries.slice(0, length))
        expect(journalOn(kv).load()).toEqual(fold(entries.slice(0, length)))
      }
    }))

  it('leaves no rows of a longer one before it', () =>
    inStorage((kv) => {
      const long = 'ä'.repeat(MAX_CHUNK_BYTES)
      const change = (state: ExecutionState) => (state.seq < 200 ? { ...state, variables: { long } } : state)
      appendAll(kv, entries.slice(0, ENTRIES_PER_SNAPSHOT), change)
      expect(keysOf(kv, 's/')).toEqual(['s/000', 's/001', 's/002'])
      expect(journalOn(kv).load()?.variables).toEqual({ long })
      appendAll(kv, entries.slice(0, 2 * ENTRIES_PER_SNAPSHOT))
      expect(keysOf(kv, 's/')).toEqual(['s/000'])
      expect(journalOn(kv).load()).toEqual(fold(entries.slice(0, 2 * ENTRIES_PER_SNAPSHOT)))
    }))

  it('of other code is dropped: the journal is folded anew', () =>
    inStorage((kv) => {
      const some = entries.slice(0, ENTRIES_PER_SNAPSHOT + 5)
      appendAll(kv, some)
      const stored = [...kv.list<Uint8Array>({ prefix: 's/' })].map(([, chunk]) => chunk)
      // Written by `append` above.
      const snapshot = joinChunks(stored) as Snapshot
      const poisoned = { ...snapshot, applyVersion: 0, state: { ...snapshot.state, variables: { poisoned: true } } }
      for (const [index, chunk] of splitIntoChunks(poisoned).entries()) kv.put(`s/00${index}`, chunk)
      expect(journalOn(kv).load()).toEqual(fold(some))
    }))

  it('is not taken of an ended execution', () =>
    inStorage((kv) => {
      const journal = journalOn(kv)
      const ended = new TestRun(graph([{ id: 'a', config: { value: 1 } }], []))
      for (const entry of entries.slice(0, ENTRIES_PER_SNAPSHOT)) journal.append(entry, ended.state)
      expect(keysOf(kv, 's/')).toEqual([])
    }))
})

describe('a journal of ten thousand events', () => {
  it('loads from its snapshot and the entries after it alone', () =>
    inStorage((kv) => {
      appendAll(kv, entries)
      expect(run.state.seq).toBeGreaterThanOrEqual(10_000)
      let read = 0
      const list = kv.list.bind(kv)
      kv.list = function* <T>(options?: SyncKvListOptions) {
        for (const row of list<T>(options)) {
          read += 1
          yield row
        }
      }
      expect(journalOn(kv).load()).toEqual(run.state)
      // The first entry, the snapshot's row, the row that tells where to begin, and the entries since.
      expect(read).toBe(3 + (entries.length % ENTRIES_PER_SNAPSHOT))
    }))
})
