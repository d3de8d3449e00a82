// An execution that is paused passes it on to the children that have its items done, and so it does when it goes on: they are a part of
// it. Who has to hear what is derived from the state; what was heard is kept in memory only, and after an eviction is said again.
// Called by `Family` and the engine; it never rejects: the alarm tries again.
import type { ExecutionState, NodeState } from '../core/state.ts'
import { logError } from '../observability/log-error.ts'
import type { ExecutionRpc } from './contract.ts'

export class ShardPauses {
  readonly #shard: (executionId: string) => Pick<ExecutionRpc, 'control'>
  /** By shard, the number of the pause or the resumption that it has heard of last. */
  readonly #heard = new Map<string, number>()
  #telling: Promise<void> | null = null
  /** Since when each shard that could not be reached could not. */
  readonly #unheardSince = new Map<string, number>()

  constructor(shard: (executionId: string) => Pick<ExecutionRpc, 'control'>) {
    this.#shard = shard
  }

  /** Since when a shard has to hear something; null where none has. Ms since the epoch. */
  lackingSince(state: ExecutionState): number | null {
    const unaware = this.#unaware(state)
    return unaware.length === 0 ? null : Math.max(...unaware.map((child) => this.#unheardSince.get(child) ?? Date.now()))
  }

  #unaware(state: ExecutionState): readonly string[] {
    if (state.pauseSeq === 0 || state.phase.status !== 'open') return []
    return openShards(state).filter((child) => this.#heard.get(child) !== state.pauseSeq)
  }

  /** One round at a time: a shard must not hear of a resumption before the pause. `current` gives null where all was erased. */
  tell(current: () => ExecutionState | null): Promise<void> {
    this.#telling ??= this.#tellAll(current).finally(() => {
      this.#telling = null
    })
    return this.#telling
  }

  async #tellAll(current: () => ExecutionState | null): Promise<void> {
    const unreached = new Set<string>()
    for (let state = current(); state !== null; state = current()) {
      const unaware = this.#unaware(state).filter((child) => !unreached.has(child))
      if (unaware.length === 0) return
      const told = state
      await Promise.all(unaware.map(async (child) => (await this.#tellOne(told, child)) || unreached.add(child)))
    }
  }

  /** False: it could not be reached. One that has ended, or is as it should be, has nothing to do. */
  async #tellOne({ identity, paused, pauseSeq }: ExecutionState, child: string): Promise<boolean> {
    const { communityId, executionId } = identity
    const by = `execution ${executionId}`
    try {
      await this.#shard(child).control(
        communityId,
        paused === null ? { type: 'resume', by } : { type: 'pause', by, reason: paused.reason },
      )
      this.#heard.set(child, pauseSeq)
      this.#unheardSince.delete(child)
      return true
    } catch (error) {
      this.#unheardSince.set(child, this.#unheardSince.get(child) ?? Date.now())
      logError('telling a shard failed', error, { execution_id: executionId, child_execution_id: child })
      return false
    }
  }

  /** The storage was emptied. */
  forget(): void {
    this.#heard.clear()
    this.#unheardSince.clear()
  }
}

const openShards = ({ iterations }: ExecutionState): readonly string[] =>
  [...iterations.values()].flatMap(({ isShard, phase, nodes }) =>
    isShard && phase === 'open' ? [...nodes.values()].flatMap(awaitedBy) : [],
  )

const awaitedBy = (node: NodeState): readonly string[] =>
  node.status === 'waiting' && node.on.kind === 'child' && node.on.ended !== true ? [node.on.executionId] : []
