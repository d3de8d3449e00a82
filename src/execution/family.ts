// What executions owe to each other: a child tells its end to the node that waits for it until that is heard, and asks once whether
// it is still wanted; a parent cancels the children it has let go of. All of it is derived from the state; what was heard is kept in
// memory only, and after an eviction the alarm asks again.
import { childOf } from '../core/awaits-child.ts'
import { findInstance, stateOf } from '../core/instance.ts'
import type { ExecutionState } from '../core/state.ts'
import { logError } from '../observability/log-error.ts'
import { childEnd } from './child-end.ts'
import type { ExecutionRpc } from './contract.ts'
import { ShardPauses } from './shard-pauses.ts'

export type Relative = Pick<ExecutionRpc, 'cancelChild' | 'childEnded' | 'awaitsChild' | 'eraseShard' | 'control'>

export class Family {
  readonly #relative: (executionId: string) => Relative
  /** The end that the parent has heard, as `endOf` names it. */
  #told: string | null = null
  #telling: { readonly end: string; readonly done: Promise<void> } | null = null
  /** The epoch of the parent which knows this child: should it let go of it, it will say so. */
  #knownIn: number | null = null
  /** Children that have heard it, and of which epoch: they are cancelled, or had ended before. */
  readonly #cancelled = new Set<string>()
  /** Since when each of the others could not be reached. */
  readonly #unheardSince = new Map<string, number>()

  readonly pauses: ShardPauses

  constructor(relative: (executionId: string) => Relative) {
    this.#relative = relative
    this.pauses = new ShardPauses(relative)
  }

  /** Since when somebody has to hear something; null where nobody has. Ms since the epoch. */
  lackingSince(state: ExecutionState): number | null {
    const pending = this.#pending(state)
    // Whoever was tried last is tried again first; one who was never tried has lacked it from now on.
    if (pending.length > 0)
      return Math.max(...pending.map((child) => this.#unheardSince.get(letGo(child, epochOf(state, child))) ?? Date.now()))
    const unaware = this.pauses.lackingSince(state)
    if (unaware !== null) return unaware
    if (state.phase.status === 'open') return this.#mayBeUnwanted(state) ? state.createdAt : null
    return this.#owesEnd(state) ? state.phase.endedAt : null
  }

  #pending(state: ExecutionState): readonly string[] {
    return state.orphans.filter((child) => !this.#cancelled.has(letGo(child, epochOf(state, child))))
  }

  #owesEnd(state: ExecutionState): boolean {
    return state.identity.parent !== undefined && state.phase.status !== 'open' && this.#told !== endOf(state)
  }

  /** One that was recovered or replayed runs for whoever asked for that. */
  #mayBeUnwanted({ identity: { parent }, phase, runsForCaller }: ExecutionState): boolean {
    return parent !== undefined && phase.status === 'open' && !runsForCaller && this.#knownIn !== parent.epoch
  }

  /** Never rejects: the alarm tries again. Resolves with what is under way already. */
  async tellParent(state: ExecutionState): Promise<void> {
    if (!this.#owesEnd(state)) return
    const end = endOf(state)
    if (this.#telling?.end !== end) {
      const telling = { end, done: this.#tell(state) }
      this.#telling = telling
      void telling.done.finally(() => {
        if (this.#telling === telling) this.#telling = null
      })
    }
    await this.#telling.done
  }

  async #tell(state: ExecutionState): Promise<void> {
    const { parent, executionId, communityId } = state.identity
    const end = childEnd(state)
    if (parent === undefined || end === null) return
    try {
      const { kind } = await this.#relative(parent.executionId).childEnded({ communityId, parent, executionId, end })
      if (kind === 'heard') this.#told = endOf(state)
    } catch (error) {
      logError('telling the parent failed', error, { execution_id: executionId, parent_execution_id: parent.executionId })
    }
  }

  /** Somebody asks who may not have heard the end. */
  async tellParentAgain(state: ExecutionState): Promise<void> {
    this.#told = null
    await this.tellParent(state)
  }

  /**
   * Whether this child runs for nobody: it was started by an attempt that was lost before its parent knew, and the node is done
   * with. Never rejects: the alarm asks again.
   */
  async isUnwanted(state: ExecutionState): Promise<boolean> {
    const { parent, executionId, communityId } = state.identity
    if (parent === undefined || !this.#mayBeUnwanted(state)) return false
    try {
      const awaits = await this.#relative(parent.executionId).awaitsChild({ communityId, parent, executionId })
      this.#knownIn = awaits === 'yes' ? parent.epoch : null
      return awaits === 'no'
    } catch (error) {
      logError('asking the parent failed', error, { execution_id: executionId, parent_execution_id: parent.executionId })
      return false
    }
  }

  /** `epoch`: when it was let go of. Never rejects: the alarm tries again until the child has answered. */
  async cancelChild({ identity }: ExecutionState, child: string, epoch: number): Promise<void> {
    const { communityId, executionId: parentExecutionId } = identity
    try {
      await this.#relative(child).cancelChild({ communityId, parentExecutionId, epoch })
      this.#cancelled.add(letGo(child, epoch))
      this.#unheardSince.delete(letGo(child, epoch))
    } catch (error) {
      const since = this.#unheardSince.get(letGo(child, epoch)) ?? Date.now()
      this.#unheardSince.set(letGo(child, epoch), since)
      logError('cancelling a child failed', error, { execution_id: identity.executionId, child_execution_id: child })
    }
  }

  /** For a child of a settlement that came too late. A node that is not done may have it, or find it with its next attempt. */
  async cancelIfDone(
    state: ExecutionState,
    { node: path, epoch }: { readonly node: string; readonly epoch: number },
    child: string,
  ): Promise<void> {
    const instance = findInstance(state, path)
    const node = instance === undefined ? null : stateOf(state, instance)
    const mayFindIt = node?.status === 'running' || node?.status === 'retrying'
    if (!mayFindIt && (node === null || childOf(node) !== child)) await this.cancelChild(state, child, epoch)
  }

  async check(current: () => ExecutionState): Promise<void> {
    await this.tellParent(current())
    for (const child of this.#pending(current())) await this.cancelChild(current(), child, epochOf(current(), child))
    await this.pauses.tell(current)
  }

  /** Shards are a part of this execution, and nobody else knows of them. False: one is still at work. @throws where one cannot be reached */
  async eraseShards({ identity }: ExecutionState, children: Iterable<string>): Promise<boolean> {
    const { communityId, executionId } = identity
    for (const child of children) {
      const answer = await this.#relative(child).eraseShard({ communityId, parentExecutionId: executionId })
      if (answer === 'not_finished' || answer === 'unheard') return false
    }
    return true
  }

  /** The storage was emptied. */
  forget(): void {
    this.#told = null
    this.#knownIn = null
    this.#cancelled.clear()
    this.pauses.forget()
    this.#unheardSince.clear()
  }
}

/** An end is told once to each epoch of the parent that waits for it. */
const endOf = ({ epoch, identity }: ExecutionState): string => `${epoch} to ${identity.parent?.epoch}`

const letGo = (child: string, epoch: number): string => `${child} in ${epoch}`

const epochOf = ({ orphanEpochs, epoch }: ExecutionState, child: string): number => orphanEpochs[child] ?? epoch
