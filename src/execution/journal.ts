// The journal in the object's storage: one row per transaction (consecutive rows where it passes a row's bound), and now and then a
// snapshot. The key-value side of the SQLite storage is used because it needs no CREATE TABLE, which costs two rows.
import { foldEntries } from '../core/apply.ts'
import type { JournalEntry } from '../core/event.ts'
import type { NodeTypes } from '../core/node-type.ts'
import { restoreSnapshot, type Snapshot, takeSnapshot } from '../core/snapshot.ts'
import type { ExecutionState } from '../core/state.ts'
import { joinChunks, splitIntoChunks } from './chunks.ts'

/** Rows of the journal between two snapshots. Loading folds at most this many. */
export const ENTRIES_PER_SNAPSHOT = 128

export interface JournalStorage {
  readonly kv: Pick<SyncKvStorage, 'get' | 'list' | 'put' | 'delete'>
  transactionSync<T>(write: () => T): T
}

/** Entries kept in memory by the incarnation that wrote them all. */
const MAX_ENTRIES_KEPT = 64

const ENTRY_PREFIX = 'j/'
const SNAPSHOT_PREFIX = 's/'
const entryKey = (firstSeq: number): string => `${ENTRY_PREFIX}${String(firstSeq).padStart(10, '0')}/`
const chunkKey = (prefix: string, index: number): string => `${prefix}${String(index).padStart(3, '0')}`

export class Journal {
  readonly #storage: JournalStorage
  readonly #nodeTypes: NodeTypes
  #entriesSinceSnapshot = 0
  /** The whole journal, while it is short and nothing of it was written before this incarnation; a cache of the rows. */
  #own: JournalEntry[] | null = null

  constructor(storage: JournalStorage, nodeTypes: NodeTypes) {
    this.#storage = storage
    this.#nodeTypes = nodeTypes
  }

  /** The state that the journal tells; null where nothing was ever started. */
  load(): ExecutionState | null {
    // Most look-ups of an empty object come from a start: one `get` is all they cost.
    if (this.#storage.kv.get(chunkKey(entryKey(1), 0)) === undefined) {
      this.#own = []
      return null
    }
    const [first] = this.#read({ prefix: entryKey(1) })
    if (first === undefined) return null
    const base = this.#loadSnapshot(first)
    const rest = [...this.readFrom(base === null ? 1 : base.seq + 1)]
    this.#entriesSinceSnapshot = rest.length
    return foldEntries(base, rest, this.#nodeTypes)
  }

  /** Writes one transaction's events, and a snapshot of the state after them when one is due: all rows or none. */
  append(entry: JournalEntry, after: ExecutionState): void {
    const rows = rowsOf(entryKey(entry.firstSeq), entry)
    const snapshotDue = this.#entriesSinceSnapshot + 1 >= ENTRIES_PER_SNAPSHOT && after.phase.status === 'open'
    const write = () => {
      for (const [key, chunk] of rows) this.#storage.kv.put(key, chunk)
      if (snapshotDue) this.#writeSnapshot(takeSnapshot(after))
    }
    // One row is atomic by itself, and an explicit transaction costs a commit of its own.
    if (rows.length === 1 && !snapshotDue) write()
    else this.#storage.transactionSync(write)
    this.#entriesSinceSnapshot = snapshotDue ? 0 : this.#entriesSinceSnapshot + 1
    // Last: an append that fails must not be remembered.
    if (this.#own !== null && this.#own.length < MAX_ENTRIES_KEPT) this.#own.push(entry)
    else this.#own = null
  }

  /** To be called when the storage was emptied. */
  forget(): void {
    this.#own = []
    this.#entriesSinceSnapshot = 0
  }

  /** The entries that hold events from `seq` on, in order and one by one; the first may begin before it. */
  *readFrom(seq: number): Iterable<JournalEntry> {
    for (const entry of this.#own ?? this.#readRowsFrom(seq)) if (entry.firstSeq + entry.events.length > seq) yield entry
  }

  #readRowsFrom(seq: number): Iterable<JournalEntry> {
    const [last] = this.#storage.kv.list({ prefix: ENTRY_PREFIX, end: entryKey(seq + 1), reverse: true, limit: 1 })
    const start = last === undefined ? ENTRY_PREFIX : last[0].slice(0, last[0].lastIndexOf('/') + 1)
    return this.#read({ prefix: ENTRY_PREFIX, start })
  }

  /** Entries in a range of rows. The only writer of these rows is `append`: what is parsed here is a JournalEntry of its format. */
  *#read(range: SyncKvListOptions): Iterable<JournalEntry> {
    let entry = ''
    let chunks: Uint8Array[] = []
    for (const [key, chunk] of this.#storage.kv.list<Uint8Array>(range)) {
      const next = key.slice(0, key.lastIndexOf('/'))
      if (next !== entry && chunks.length > 0) yield joinChunks(chunks) as JournalEntry
      chunks = next === entry ? [...chunks, chunk] : [chunk]
      entry = next
    }
    if (chunks.length > 0) yield joinChunks(chunks) as JournalEntry
  }

  #loadSnapshot(first: JournalEntry): ExecutionState | null {
    const chunks = [...this.#storage.kv.list<Uint8Array>({ prefix: SNAPSHOT_PREFIX })].map(([, chunk]) => chunk)
    const created = first.events[0]
    if (chunks.length === 0 || created?.type !== 'execution.created') return null
    // Written by `append` alone; `restoreSnapshot` refuses another version's.
    return restoreSnapshot(joinChunks(chunks) as Snapshot, created, this.#nodeTypes)
  }

  #writeSnapshot(snapshot: Snapshot): void {
    const rows = rowsOf(SNAPSHOT_PREFIX, snapshot)
    for (const [key, chunk] of rows) this.#storage.kv.put(key, chunk)
    // A longer snapshot before this one has left chunks behind.
    for (let index = rows.length; this.#storage.kv.delete(chunkKey(SNAPSHOT_PREFIX, index)); index += 1);
  }
}

const rowsOf = (prefix: string, value: unknown): readonly (readonly [key: string, chunk: Uint8Array])[] =>
  splitIntoChunks(value).map((chunk, index) => [chunkKey(prefix, index), chunk])
