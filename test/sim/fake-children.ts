// The executions that `workflow` nodes start. Each ends once, early, late or only when asked, and tells its end until it is heard. Its
// id and its end follow from the run of the node that started it, so that starting it twice starts it once.
import type { ChildEnd, Command } from '../../src/core/command.ts'
import type { ParentNode } from '../../src/core/event.ts'
import { nodeError } from '../../src/core/node-error.ts'
import type { ExecutionState } from '../../src/core/state.ts'
import type { AttemptTask } from '../../src/runner/task.ts'
import { instancesOf } from './instances.ts'
import { stateAt } from './loop-oracle.ts'
import { Random } from './random.ts'

interface Child {
  /** As the epoch of the parent that asked last. */
  parent: ParentNode
  readonly end: ChildEnd
  /** What it has told, or will; null while it runs. */
  told: ChildEnd | null
  isHeard: boolean
}

type Settlement = Extract<Command, { readonly type: 'settle' }>
export type Told = Extract<Command, { readonly type: 'child_ended' }>

export class FakeChildren {
  readonly #seed: number
  readonly #children = new Map<string, Child>()

  constructor(seed: number) {
    this.#seed = seed
  }

  /** Starts it, or finds it started. `endsIn`: ms, null where it ends only when asked or was there before. */
  start({ node, run, child }: AttemptTask): { readonly id: string; readonly endsIn: number | null } {
    if (child === undefined) throw new Error(`${node} starts no child`)
    const { parent } = child
    const id = `child of ${node} ${run}.${parent.failures}`
    const known = this.#children.get(id)
    if (known !== undefined) {
      // Whoever starts it again has not heard what became of it.
      known.isHeard = false
      const goesOn = parent.epoch > known.parent.epoch && known.told !== null && known.told.status !== 'completed'
      if (parent.epoch > known.parent.epoch) known.parent = parent
      if (goesOn) known.told = null
      return { id, endsIn: goesOn ? 5_000 : known.told === null ? null : 0 }
    }
    const random = new Random(this.#seed, id)
    this.#children.set(id, { parent, end: randomEnd(random), told: null, isHeard: false })
    return { id, endsIn: random.pick([0, 1, 5_000, 60_000, 7_200_000, null]) }
  }

  /** What it tells now that it has ended; null where it is unknown or was heard. */
  end(id: string): Told | null {
    return this.#tell(id, ({ end }) => end)
  }

  /** Nothing where a later epoch than the one that lets go of it waits for it. */
  cancel(id: string, epoch: number): Told | null {
    const child = this.#children.get(id)
    if (child !== undefined && child.parent.epoch > epoch) return null
    // Whoever cancels it wants to hear again that it has ended.
    if (child !== undefined) child.isHeard = false
    return this.#tell(id, () => ({ status: 'cancelled', error: null }))
  }

  heard({ executionId, parent }: Told): void {
    const child = this.#children.get(executionId)
    if (child?.parent.epoch === parent.epoch) child.isHeard = true
  }

  hasEnded(id: string): boolean {
    return (this.#children.get(id)?.told ?? null) !== null
  }

  /** Whether the node waits for the child, has taken its end, or makes an attempt that starts the very same one. */
  mayBeAwaited(state: ExecutionState, { epoch, node: path }: Settlement, child: string): boolean {
    const node = stateAt(state, path)
    if (node === undefined || epoch !== state.epoch) return false
    if (node.status === 'waiting') return node.on.kind === 'child' && node.on.executionId === child
    if (node.status === 'completed') return node.metadata?.execution_id === child
    const mayFindIt = node.status === 'running' || node.status === 'retrying'
    return mayFindIt && (state.replacedChildren[path] ?? 0) === this.#children.get(child)?.parent.failures
  }

  /** Those that were let go of: while the execution is open until they have told their end, then until they have ended. */
  orphansOf({ orphans, phase }: ExecutionState): readonly string[] {
    return phase.status === 'open' ? orphans : orphans.filter((id) => !this.hasEnded(id))
  }

  cancelOrphans(state: ExecutionState): readonly (Told | null)[] {
    return this.orphansOf(state).map((id) => this.cancel(id, state.orphanEpochs[id] ?? 0))
  }

  /** Ends of those that are waited for, or are to be cancelled. */
  whatIsWaitedFor(state: ExecutionState): readonly Told[] {
    const orphans = this.cancelOrphans(state)
    const awaited = instancesOf(state).map(({ state: node }) =>
      node.status === 'waiting' && node.on.kind === 'child' ? this.end(node.on.executionId) : null,
    )
    return [...orphans, ...awaited].filter((told) => told !== null)
  }

  #tell(id: string, how: (child: Child) => ChildEnd): Told | null {
    const child = this.#children.get(id)
    if (child === undefined || child.isHeard) return null
    child.told ??= how(child)
    return { type: 'child_ended', parent: child.parent, executionId: id, end: child.told }
  }
}

function randomEnd(random: Random): ChildEnd {
  switch (random.pickWeighted({ completed: 75, failed: 15, cancelled: 10 })) {
    case 'completed':
      return { status: 'completed', output: random.pick([null, 1, { v: random.int(0, 9) }, ['child']]) }
    case 'failed':
      return { status: 'failed', error: nodeError('HTTP_STATUS', 'the child failed') }
    case 'cancelled':
      return { status: 'cancelled', error: null }
  }
}
