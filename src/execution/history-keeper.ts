// What an execution owes to history: its record when its first turn leaves it open, its record when it ends, and either again
// until it has arrived. Kept in memory only: after an eviction the alarm asks again.

import type { ExecutionState } from '../core/state.ts'
import { nextWakeAt } from '../core/timers.ts'
import type { ExecutionStamp } from '../history/execution-history.ts'
import { type HistoryMessage, toHistoryMessage } from '../history/history-message.ts'
import { logError } from '../observability/log-error.ts'
import { HISTORY_ARRIVES_WITHIN_MS, historySince, isInHistory } from './history-check.ts'
import { expiresAt } from './retention.ts'

export interface HistoryLink {
  send(message: HistoryMessage): void
  getStamp(executionId: string): Promise<ExecutionStamp | null>
}

export class HistoryKeeper {
  readonly #link: HistoryLink
  /** True from a change that lists should show until the turn is over: what is open then is told. */
  #unlisted = false
  #confirmed = false

  constructor(link: HistoryLink) {
    this.#link = link
  }

  /** Since when history lacks what it should have; null where it is known to have everything. Ms since the epoch. */
  lackingSince(state: ExecutionState): number | null {
    return this.#confirmed || state.identity.shard === true ? null : historySince(state)
  }

  started(): void {
    this.#unlisted = true
  }

  /** After each transition: another epoch has to be listed like a start, and so have pauses and what makes it wake at another time. */
  advanced(before: ExecutionState | null, state: ExecutionState): void {
    if (before === null) return
    if (before.epoch !== state.epoch) this.#confirmed = false
    if (before.epoch !== state.epoch || before.paused !== state.paused || before.timeoutSeconds !== state.timeoutSeconds)
      this.#unlisted = true
  }

  /** A turn is over: what is still open has to be listed while it runs or waits. */
  turnEnded(state: ExecutionState): void {
    if (this.#unlisted && state.phase.status === 'open') this.send(state)
    this.#unlisted = false
  }

  /** An end has to be told, and the confirmation of a moment before does not count for it. */
  ended(): void {
    this.#confirmed = false
  }

  /** A shard is a part of its parent: it is in no list. */
  send(state: ExecutionState): void {
    this.#unlisted = false
    if (state.identity.shard === true) return
    this.#link.send(toHistoryMessage(state, { wakeAt: nextWakeAt(state), expiresAt: expiresAt(state) }))
  }

  /** Sends again what has not arrived; what was sent only just now is given time. It never throws: D1 may be down for long. */
  async check(current: () => ExecutionState): Promise<void> {
    const asked = current()
    if (this.#confirmed || asked.identity.shard === true || Date.now() - historySince(asked) < HISTORY_ARRIVES_WITHIN_MS) return
    const { executionId } = asked.identity
    try {
      const stamp = await this.#link.getStamp(executionId)
      // Compared with the state as it is now: it may have ended while D1 was asked.
      const state = current()
      this.#confirmed = isInHistory(state, stamp)
      if (!this.#confirmed) this.send(state)
    } catch (error) {
      logError('history check failed', error, { execution_id: executionId })
    }
  }

  /** The storage was emptied. */
  forget(): void {
    this.#confirmed = false
  }
}
