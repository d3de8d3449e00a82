// Which nodes a replay runs again: those where it begins, and everything that follows from them, in their iteration, after the loop
// around it, and so on outwards. Of a `loop`, later rounds follow from an earlier one.

import type { Changes } from './definition-changes.ts'
import { type Graph, type GraphNode, mustNode } from './graph.ts'
import { enclosingOf, iterationPath, mustIteration, nodePath, splitPath } from './instance.ts'
import type { ExecutionState } from './state.ts'

/** A node, or an iteration, then the loops around it, innermost first. */
function* aroundPath(path: string): Iterable<string> {
  for (let at = path; at !== ''; at = (at.endsWith(']') ? at : splitPath(at).iteration).replace(/\[\d+\]$/, '')) yield at
}

/** The iterations in which a node is, innermost first; an iteration is in itself. */
export function* iterationsOf(path: string): Iterable<string> {
  for (let at = path.endsWith(']') ? path : splitPath(path).iteration; at !== ''; at = splitPath(at).iteration) yield at
}

export class ReplayedNodes {
  readonly #state: ExecutionState
  readonly #graph: Graph
  readonly #given: ReadonlySet<string>
  readonly #again = new Set<string>()
  /** Iterations in which something is not as it was. */
  readonly touched = new Set<string>()
  /** Rounds of a `loop` that follow from one in which something is not as it was. */
  readonly #forgotten = new Set<string>()

  /** @param graph of the definition that runs from here on; `given`: paths of nodes that do not run, as they have an output */
  constructor(state: ExecutionState, graph: Graph, given: ReadonlySet<string>) {
    this.#state = state
    this.#graph = graph
    this.#given = given
  }

  /** What follows from the nodes whose output is given. */
  addAfterGiven(): void {
    for (const path of this.#given) for (const next of this.#after(path)) this.add(next)
  }

  /** A node and all that follows from it. */
  add(path: string): void {
    const queue = [path]
    for (const next of queue) {
      if (this.#again.has(next) || this.#given.has(next)) continue
      this.#again.add(next)
      for (const following of this.#after(next)) queue.push(following)
    }
  }

  /** Every node of a run of a graph. */
  addRun(iteration: string): void {
    for (const id of this.graphIn(iteration)?.nodes.keys() ?? []) this.add(nodePath(iteration, id))
  }

  /** Nodes whose definition differs, in every iteration that there is of them. */
  addChanges({ nodes, bodies }: Changes, iteration = ''): void {
    for (const id of nodes) this.add(nodePath(iteration, id))
    for (const [id, changes] of bodies) {
      const owner = nodePath(iteration, id)
      // What a shard runs, its own execution knows.
      if (this.#state.iterations.get(iterationPath(owner, 0))?.isShard === true) this.add(owner)
      for (let index = 0; this.#state.iterations.has(iterationPath(owner, index)); index += 1)
        this.addChanges(changes, iterationPath(owner, index))
    }
  }

  /** Whether the node runs again, by itself or with a loop around it. */
  runsAgain(path: string): boolean {
    for (const at of aroundPath(path)) if (this.#again.has(at)) return true
    return false
  }

  /** Whether it is inside a loop that is not as it was any more. */
  isGone(path: string): boolean {
    const [, ...loops] = aroundPath(path)
    return loops.some((loop) => this.#again.has(loop) || this.#given.has(loop))
  }

  /** Whether it will not be there when the replay begins: its loop runs again, or the round that it was in. */
  isForgotten(path: string): boolean {
    return this.isGone(path) || [...iterationsOf(path)].some((iteration) => this.#forgotten.has(iteration))
  }

  /** Paths in the order in which they were found, without those inside loops that run again as a whole. */
  paths(): readonly string[] {
    return [...this.#again].filter((path) => !this.isGone(path))
  }

  /** The graph that an iteration runs from here on; null where its loop is gone. */
  graphIn(iteration: string): Graph | null {
    if (iteration === '') return this.#graph
    const { owner, isShard } = mustIteration(this.#state, iteration)
    const node = this.#nodeAt(owner)
    return (isShard ? node?.shards : node?.body) ?? null
  }

  #nodeAt(path: string): GraphNode | undefined {
    const { iteration, id } = splitPath(path)
    return this.graphIn(iteration)?.nodes.get(id)
  }

  /** What comes next: the targets of its edges; what its iteration gives is another, too. */
  #after(path: string): readonly string[] {
    const { iteration } = splitPath(path)
    const targets = (this.#nodeAt(path)?.outgoing ?? []).map(({ to }) => nodePath(iteration, to))
    return [...targets, ...this.#touch(iteration)]
  }

  #touch(iteration: string): readonly string[] {
    if (iteration === '' || this.touched.has(iteration)) return []
    this.touched.add(iteration)
    const { owner, variables } = mustIteration(this.#state, iteration)
    const later = variables === null ? this.#laterRounds(iteration) : []
    const targets = this.#nodeAt(owner)?.outgoing ?? []
    const enclosing = enclosingOf(this.#state, iteration)
    return [...later, ...targets.map(({ to }) => nodePath(enclosing, to)), ...this.#touch(enclosing)]
  }

  #laterRounds(iteration: string): readonly string[] {
    const { owner, index } = mustIteration(this.#state, iteration)
    const paths: string[] = []
    for (let later = index + 1; this.#state.iterations.has(iterationPath(owner, later)); later += 1) {
      const path = iterationPath(owner, later)
      this.touched.add(path)
      this.#forgotten.add(path)
      for (const id of mustNode(this.#state.iterations, path).graph.nodes.keys()) paths.push(nodePath(path, id))
    }
    return paths
  }
}
