// The journal of one simulated execution as its storage keeps it: rows of JSON, and now and then a snapshot. Whatever way a state is
// loaded from it, it must be the one that was decided.
import { foldEntries } from '../../src/core/apply.ts'
import { EVENT_FORMAT, type ExecutionEvent, type JournalEntry } from '../../src/core/event.ts'
import { restoreSnapshot, type Snapshot, takeSnapshot } from '../../src/core/snapshot.ts'
import type { ExecutionState } from '../../src/core/state.ts'
import { nodeTypes } from '../../src/nodes/registry.ts'
import { deepFreeze, freezeState } from './deep-freeze.ts'
import { findStateDifference } from './find-difference.ts'
import { violation } from './step.ts'

export class FakeJournal {
  readonly entries: JournalEntry[] = []
  /** What was decided last; only checks look at it. */
  decided: ExecutionState | null = null
  /** The journal as folded row by row, beside what was decided. */
  replica: ExecutionState | null = null
  #snapshot: string | null = null

  /** Keeps what a decision says happened at `at`. */
  append(events: readonly ExecutionEvent[], decided: ExecutionState, at: number): void {
    const row = { format: EVENT_FORMAT, firstSeq: (this.decided?.seq ?? 0) + 1, at, events }
    const entry: JournalEntry = deepFreeze(JSON.parse(JSON.stringify(row)))
    this.entries.push(entry)
    this.decided = freezeState(decided)
    this.replica = freezeState(foldEntries(this.replica, [entry], nodeTypes))
    this.#check(this.replica)
    this.#checkSnapshot(decided)
  }

  keepSnapshot(): void {
    if (this.decided !== null) this.#snapshot = JSON.stringify(takeSnapshot(this.decided))
  }

  /** A snapshot of any moment gives that moment's state. */
  #checkSnapshot(state: ExecutionState): void {
    const created = this.entries[0]?.events[0]
    if (created?.type !== 'execution.created') throw violation('snapshot-equals-fold', 'the journal begins with something else')
    const restored = restoreSnapshot(JSON.parse(JSON.stringify(takeSnapshot(state))), created, nodeTypes)
    const difference = findStateDifference(state, restored)
    if (difference !== null) throw violation('snapshot-equals-fold', difference)
  }

  /** From the snapshot, where there is one, and the rows behind it; null where nothing was ever started. */
  load(): ExecutionState | null {
    const created = this.entries[0]?.events[0]
    if (created?.type !== 'execution.created') return null
    const snapshot: Snapshot | null = this.#snapshot === null ? null : JSON.parse(this.#snapshot)
    const base = snapshot === null ? null : restoreSnapshot(snapshot, created, nodeTypes)
    const rest = this.entries.filter(({ firstSeq }) => firstSeq > (base?.seq ?? 0))
    return this.#check(freezeState(foldEntries(base, rest, nodeTypes)))
  }

  /** Folds every row anew. */
  checkWhole(): void {
    this.#check(foldEntries(null, this.entries, nodeTypes))
  }

  #check(folded: ExecutionState): ExecutionState {
    const difference = findStateDifference(folded, this.decided)
    if (difference !== null) throw violation('fold-equals-decision', difference)
    return folded
  }
}
