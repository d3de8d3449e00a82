// The life of every node instance, followed event by event: begun once, settled once, ended with the loop around it; taken back only by
// a new epoch. What the model comes to must be what the state says.
import type { ExecutionEvent } from '../../src/core/event.ts'
import type { NodeState } from '../../src/core/state.ts'
import { around, graphAround, isInside, ownerOf, shapeOf } from './instances.ts'
import { type CheckedStep, type Invariant, type NodeEvent, violation } from './step.ts'

const ALLOWED_BEFORE: Readonly<Record<NodeEvent['type'], readonly string[]>> = {
  // Running: an attempt that nobody took up is put on the queue again.
  'node.started': ['pending', 'retrying', 'running'],
  'node.claimed': ['running'],
  'node.interrupted': ['running'],
  // Running: its attempt has started a child.
  'node.waiting': ['pending', 'retrying', 'running'],
  'node.iterating': ['pending', 'retrying'],
  // Waiting: for a child.
  'node.retry_scheduled': ['pending', 'running', 'retrying', 'waiting'],
  'node.completed': ['pending', 'running', 'retrying', 'waiting', 'iterating'],
  'node.failed': ['pending', 'running', 'retrying', 'waiting', 'iterating'],
  'node.skipped': ['pending'],
  'node.cancelled': ['running', 'retrying', 'waiting', 'iterating'],
}
const STATUS_AFTER: Readonly<Record<NodeEvent['type'], NodeState['status']>> = {
  'node.started': 'running',
  'node.claimed': 'running',
  'node.interrupted': 'retrying',
  'node.waiting': 'waiting',
  'node.iterating': 'iterating',
  'node.retry_scheduled': 'retrying',
  'node.completed': 'completed',
  'node.failed': 'failed',
  'node.skipped': 'skipped',
  'node.cancelled': 'cancelled',
}
const OVER: ReadonlySet<string> = new Set(['completed', 'failed', 'skipped', 'cancelled'])

/** Statuses of nodes and phases of iterations, by path. */
class LifeModel {
  readonly nodes: Map<string, string>
  readonly iterations: Map<string, string>
  readonly #step: CheckedStep

  constructor(step: CheckedStep) {
    this.#step = step
    this.nodes = new Map([...step.nodesBefore].map(([path, { status }]) => [path, status]))
    this.iterations = new Map([...step.iterationsBefore].map(([path, { phase }]) => [path, phase]))
    if (step.before === null) for (const id of step.after.graph.nodes.keys()) this.nodes.set(id, 'pending')
  }

  apply(event: ExecutionEvent): void {
    switch (event.type) {
      case 'iteration.started':
        this.#begin(`${event.node}[${event.index}]`)
        return
      case 'iteration.completed':
      case 'iteration.failed':
      case 'iteration.cancelled':
        this.#endIteration(`${event.node}[${event.index}]`, event.type.slice('iteration.'.length))
        return
      case 'execution.recovered':
        this.#goOn(event.rerun, event.reopened)
        return
      case 'execution.replayed':
        this.#goOn([...event.rerun, ...(event.unfinished ?? [])], event.reopened)
        for (const path of Object.keys(event.outputs ?? {})) this.#give(path)
        return
      default:
        if (event.type.startsWith('node.')) this.#node(event as NodeEvent) // By its name.
    }
  }

  #node({ type, node }: NodeEvent): void {
    const status = this.nodes.get(node) ?? 'unknown'
    if (!ALLOWED_BEFORE[type].includes(status)) throw violation('a-node-lives-once', `${type} of ${node}, which was ${status}`)
    this.nodes.set(node, STATUS_AFTER[type])
    if (OVER.has(STATUS_AFTER[type]) && status === 'iterating') this.#cut((path) => isInside(path, node))
  }

  #begin(iteration: string): void {
    if (this.iterations.has(iteration)) throw violation('an-iteration-lives-once', `${iteration} began twice`)
    const { owner } = ownerOf(iteration)
    if (this.nodes.get(owner) !== 'iterating') throw violation('an-iteration-lives-once', `${owner} is ${this.nodes.get(owner)}`)
    this.iterations.set(iteration, 'open')
    const body = graphAround(this.#step.after.graph, `${shapeOf(iteration)}.any`)
    for (const id of body?.nodes.keys() ?? []) this.nodes.set(`${iteration}.${id}`, 'pending')
  }

  #endIteration(iteration: string, phase: string): void {
    const before = this.iterations.get(iteration)
    if (before !== 'open') throw violation('an-iteration-lives-once', `${iteration} was ${before}`)
    this.iterations.set(iteration, phase)
    const inside = [...this.nodes].filter(([path]) => path.startsWith(`${iteration}.`))
    const unfinished = inside.filter(([, status]) => !OVER.has(status))
    if (phase === 'completed' && unfinished.length > 0)
      throw violation('an-iteration-lives-once', `${iteration} completed with ${unfinished.join(' ')}`)
    this.#cut((path) => path.startsWith(`${iteration}.`))
  }

  /** What is not over is ended from outside. */
  #cut(isCut: (path: string) => boolean): void {
    for (const [path, status] of this.nodes)
      if (isCut(path) && !OVER.has(status)) this.nodes.set(path, status === 'pending' ? 'skipped' : 'cancelled')
    for (const [path, phase] of this.iterations) if (isCut(path) && phase === 'open') this.iterations.set(path, 'cancelled')
  }

  #goOn(rerun: readonly string[], reopened: readonly string[] = []): void {
    for (const path of rerun) if (this.nodes.has(path)) this.#takeBack(path)
    for (const path of reopened) {
      if (this.iterations.has(path)) this.#reopen(path)
      if (!this.nodes.has(path)) continue
      this.#reopenAround(path)
      this.nodes.set(path, 'iterating')
    }
  }

  #takeBack(path: string): void {
    this.#reopenAround(path)
    this.nodes.set(path, 'pending')
    this.#forget((other) => isInside(other, path))
  }

  #give(path: string): void {
    this.#reopenAround(path)
    this.nodes.set(path, 'completed')
    this.#forget((other) => isInside(other, path))
  }

  #reopenAround(path: string): void {
    for (const iteration of around(path).toReversed()) this.#reopen(iteration)
  }

  /** The iteration goes on, and so does what is around it. */
  #reopen(iteration: string): void {
    const { owner, index } = ownerOf(iteration)
    this.#reopenAround(owner)
    if (this.iterations.get(iteration) === 'open') return
    this.iterations.set(iteration, 'open')
    this.nodes.set(owner, 'iterating')
    // Later rounds of a `loop` follow from this one.
    const roundOf = (other: string) => Number(/^\d+/.exec(other.slice(owner.length + 1)))
    if (this.#isRounds(owner)) this.#forget((other) => isInside(other, owner) && roundOf(other) > index)
  }

  #isRounds(owner: string): boolean {
    return (
      graphAround(this.#step.after.graph, shapeOf(owner))?.nodes.get(owner.slice(owner.lastIndexOf('.') + 1))?.type.type ===
      'loop'
    )
  }

  #forget(isForgotten: (path: string) => boolean): void {
    for (const path of this.nodes.keys()) if (isForgotten(path)) this.nodes.delete(path)
    for (const path of this.iterations.keys()) if (isForgotten(path)) this.iterations.delete(path)
  }
}

/** Nodes and iterations live by their life cycle, and their state is what the last event says. */
export const aNodeLivesOnce: Invariant = (step) => {
  const { decision, instances, after } = step
  if (decision.events.length === 0) return null
  const model = new LifeModel(step)
  for (const event of decision.events) model.apply(event)
  for (const { path, state } of instances)
    if (state.status !== model.nodes.get(path)) return `${path} is ${state.status}, not ${model.nodes.get(path)}`
  for (const [path, { phase }] of after.iterations)
    if (phase !== model.iterations.get(path)) return `${path} is ${phase}, not ${model.iterations.get(path)}`
  if (instances.length !== model.nodes.size) return `${model.nodes.size} instances, and there are ${instances.length}`
  return after.iterations.size === model.iterations.size
    ? null
    : `${model.iterations.size} iterations, not ${after.iterations.size}`
}
