// What a dry run did, node by node: which entries its trace has, and what came of all nodes together. Pure; `dry-run-view.ts` shows it.
import { findInstance, type NodeInstance, stateOf } from '../../core/instance.ts'
import type { NodeState } from '../../core/state.ts'
import { nodeInstances } from '../../history/node-instances.ts'
import { MAX_LATE_FAILURES_IN_TRACE, MAX_TRACE_ENTRIES } from '../limits.ts'
import type { DryExecution } from './dry-execution.ts'

export interface Traced {
  readonly execution: DryExecution
  readonly instance: NodeInstance
  /** The execution of a stored workflow that the node started last, and its nodes. */
  readonly child: { readonly execution: DryExecution; readonly trace: readonly Traced[] } | null
}

export interface Counts {
  /** Completed and failed ones; here and below of loops and children too. */
  readonly executed: number
  readonly failed: number
  readonly skipped: number
  /** Nodes for which somebody else answered than they themselves. */
  readonly simulated: number
}

export interface DryTrace {
  readonly entries: readonly Traced[]
  /** Nodes that it leaves out. */
  readonly omitted: number
  readonly counts: Counts
}

export function traceOf(execution: DryExecution): DryTrace {
  const room = { entries: MAX_TRACE_ENTRIES, failures: MAX_LATE_FAILURES_IN_TRACE, omitted: 0 }
  const entries = entriesOf(execution, room)
  return { entries, omitted: room.omitted, counts: countNodes(execution) }
}

interface Room {
  entries: number
  failures: number
  omitted: number
}

/** In the order in which they began. */
function entriesOf(execution: DryExecution, room: Room): Traced[] {
  const entries: Traced[] = []
  for (const path of pathsInOrder(execution)) {
    const instance = findInstance(execution.state, path)
    if (instance === undefined || isShardLoop(execution, path)) continue
    const [child] = (execution.children.get(path) ?? []).slice(-1)
    if (instance.node.type.internal === true) {
      if (child !== undefined) entries.push(...entriesOf(child, room))
    } else if (hasRoom(room, stateOf(execution.state, instance)))
      entries.push({
        execution,
        instance,
        child: child === undefined ? null : { execution: child, trace: child.isShown ? entriesOf(child, room) : [] },
      })
  }
  return entries
}

function pathsInOrder({ entries }: DryExecution): ReadonlySet<string> {
  const paths = new Set<string>()
  for (const { events } of entries)
    for (const event of events) if ('node' in event && typeof event.node === 'string') paths.add(event.node)
  return paths
}

/** In a shard the loop stands for the one around it, which has its own entry. */
const isShardLoop = ({ state }: DryExecution, path: string): boolean =>
  state.identity.shard === true && state.graph.nodes.has(path)

/** Those who look for what went wrong must find it. */
function hasRoom(room: Room, node: NodeState): boolean {
  if (room.entries > 0) room.entries -= 1
  else if (node.status === 'failed' && room.failures > 0) room.failures -= 1
  else {
    room.omitted += 1
    return false
  }
  return true
}

function countNodes(execution: DryExecution): Counts {
  let counts: Counts = { executed: 0, failed: 0, skipped: 0, simulated: 0 }
  for (const { path, node, nodeState } of nodeInstances(execution.state)) {
    if (node.type.internal !== true && !isShardLoop(execution, path)) counts = add(counts, countOne(execution, path, nodeState))
    for (const child of execution.children.get(path) ?? []) counts = add(counts, countNodes(child))
  }
  return counts
}

const countOne = ({ simulated }: DryExecution, path: string, { status }: NodeState): Counts => ({
  executed: status === 'completed' || status === 'failed' ? 1 : 0,
  failed: status === 'failed' ? 1 : 0,
  skipped: status === 'skipped' ? 1 : 0,
  simulated: simulated.has(path) ? 1 : 0,
})

const add = (a: Counts, b: Counts): Counts => ({
  executed: a.executed + b.executed,
  failed: a.failed + b.failed,
  skipped: a.skipped + b.skipped,
  simulated: a.simulated + b.simulated,
})
