// Checks of the graph as a whole: no cycles, and a word about nodes that no `start` leads to.
import type { Issue } from '../definition.ts'
import { errorAt, warningAt } from '../issue.ts'
import type { Subject } from './subject.ts'

/** A tangle has as many cycles as one cares to count; the first few show it. */
const MAX_CYCLES = 10
const MAX_NAMED_NODES = 20

export const checkGraphShape = (subject: Subject): Issue[] => [...checkCycles(subject), ...checkReachability(subject)]

function checkCycles(subject: Subject): Issue[] {
  if (subject.order !== null) return []
  return findCycles(subject.successors).map((cycle) => {
    const ids = cycle.map((index) => subject.nodes[index]?.definition.id ?? '')
    const named = ids.length > MAX_NAMED_NODES ? [...ids.slice(0, MAX_NAMED_NODES), '…'] : ids
    const message = `workflow contains cycles (circular dependencies): ${[...named, ids[0]].join(' -> ')}`
    return errorAt('CYCLE', { path: ['edges'] }, message)
  })
}

interface Step {
  readonly node: number
  next: number
}

/** Depth first, with the path on an explicit stack: a link back into the path closes a cycle. */
function findCycles(successors: readonly (readonly number[])[]): number[][] {
  const cycles: number[][] = []
  const seen = new Set<number>()
  for (const root of successors.keys()) {
    if (!seen.has(root)) walk(root, successors, seen, cycles)
  }
  return cycles
}

function walk(root: number, successors: readonly (readonly number[])[], seen: Set<number>, cycles: number[][]): void {
  const path: Step[] = [{ node: root, next: 0 }]
  const onPath = new Map([[root, 0]])
  seen.add(root)
  for (let step = path.at(-1); step !== undefined && cycles.length < MAX_CYCLES; step = path.at(-1)) {
    const target = successors[step.node]?.[step.next++]
    if (target === undefined) {
      onPath.delete(step.node)
      path.pop()
      continue
    }
    const start = onPath.get(target)
    if (start !== undefined) cycles.push(path.slice(start).map(({ node }) => node))
    if (seen.has(target)) continue
    seen.add(target)
    onPath.set(target, path.length)
    path.push({ node: target, next: 0 })
  }
}

/** Without a `start` every root is meant as one. With it, another root is likely an edge forgotten; it runs all the same. */
function checkReachability({ nodes, successors, definition }: Subject): Issue[] {
  const reached = new Set(nodes.filter(({ type }) => type?.type === 'start').map(({ index }) => index))
  if (reached.size === 0) return []
  for (const node of reached) {
    for (const target of successors[node] ?? []) reached.add(target) // A set is walked in the order of insertion, growth included.
  }
  return definition.nodes.flatMap(({ id }, index) =>
    reached.has(index) ? [] : [warningAt('UNREACHABLE_NODE', { path: ['nodes', index], nodeId: id }, unreachableMessage(id))],
  )
}

const unreachableMessage = (id: string): string =>
  `no path leads from a \`start\` node to \`${id}\`; a node without incoming edges runs at once, as if it were one`
