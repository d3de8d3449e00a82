// Law 4 for graphs whose outcome depends on no order and no moment: what a run under faults gives is what the fault-free one gives.
import type { JsonObject } from '../../src/core/json.ts'
import type { ExecutionState, Loop, NodeState } from '../../src/core/state.ts'
import { findDifference } from './find-difference.ts'
import { instancesOf } from './instances.ts'
import { stateAt } from './loop-oracle.ts'

/** What does not depend on moments: how a node ended, after how many failures, with what, over which edges. */
function resultOf(node: NodeState): unknown {
  switch (node.status) {
    case 'completed': {
      const { startedAt: _s, completedAt: _c, attempt: _a, assigned, loop, metadata, ...rest } = node
      return { ...rest, metadata: withoutTask(metadata), assigned: assigned?.values ?? null, loop: countsOf(loop) }
    }
    case 'failed': {
      const { startedAt: _s, completedAt: _c, loop, metadata = null, ...rest } = node
      return { ...rest, metadata: withoutTask(metadata), loop: countsOf(loop) }
    }
    default:
      return { status: node.status }
  }
}

/** The number of a task is that of an event, and so a matter of order. */
const withoutTask = (metadata: JsonObject | null): JsonObject | null => {
  const { task: _task, ...rest } = metadata ?? {}
  return metadata === null ? null : rest
}

/** Which of several items failed first is a matter of order. */
function countsOf(loop: Loop | null): unknown {
  if (loop === null) return null
  const { failure: _failure, ...counts } = loop
  return counts
}

const results = (state: ExecutionState, paths: readonly string[]) =>
  timeless(paths.map((path) => [path, resultOf(stateAt(state, path) ?? { status: 'pending' })]))

/** Without the moments at which approvals were answered, which they give and others pass on. */
const timeless = (value: unknown): unknown => JSON.parse(JSON.stringify(value).replace(MOMENTS, 'then'))
const MOMENTS = /\d{4}-\d\d-\d\dT[\d:.]+Z/g

/** The first difference, or null. Which of several failures ends an execution is a matter of order: then only what ran counts. */
export function compareOutcomes(faultless: ExecutionState, faulty: ExecutionState): string | null {
  const paths = instancesOf(faultless).map(({ path }) => path)
  if (faultless.phase.status !== faulty.phase.status) return `${faulty.phase.status} instead of ${faultless.phase.status}`
  if (faultless.phase.status === 'completed' && faulty.phase.status === 'completed') {
    const errors = (state: ExecutionState) =>
      state.errors.map(({ node, error }) => JSON.stringify(timeless([node, error]))).sort()
    return (
      findDifference(results(faulty, paths), results(faultless, paths)) ??
      findDifference(instancesOf(faulty).length, paths.length) ??
      findDifference(timeless(faulty.phase.output), timeless(faultless.phase.output)) ??
      findDifference(errors(faulty), errors(faultless)) ??
      findDifference(timeless(byName(faulty.variables)), timeless(byName(faultless.variables)))
    )
  }
  const hasRun = (state: ExecutionState, path: string) => ['completed', 'failed'].includes(stateAt(state, path)?.status ?? '')
  const ranInBoth = paths.filter((path) => hasRun(faultless, path) && hasRun(faulty, path))
  return findDifference(results(faulty, ranInBoth), results(faultless, ranInBoth))
}

const byName = (values: object) => Object.entries(values).sort(([a], [b]) => (a < b ? -1 : 1))
