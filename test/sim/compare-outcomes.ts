// Law 4 for graphs whose outcome depends on no order and no moment: what a run under faults gives is what the fault-free one gives.
import type { ExecutionState, NodeState } from '../../src/core/state.ts'
import { findDifference } from './find-difference.ts'

/** What does not depend on moments: how a node ended, after how many failures, with what, over which edges. */
function resultOf(node: NodeState): unknown {
  switch (node.status) {
    case 'completed': {
      const { startedAt: _s, completedAt: _c, attempt: _a, ...rest } = node
      return rest
    }
    case 'failed': {
      const { startedAt: _s, completedAt: _c, ...rest } = node
      return rest
    }
    default:
      return { status: node.status }
  }
}

const results = (state: ExecutionState, ids: readonly string[]) =>
  ids.map((id) => [id, resultOf(state.nodes.get(id) ?? { status: 'pending' })])

/** The first difference, or null. Which of several failures ends an execution is a matter of order: then only what ran counts. */
export function compareOutcomes(faultless: ExecutionState, faulty: ExecutionState): string | null {
  const ids = [...faultless.nodes.keys()]
  if (faultless.phase.status !== faulty.phase.status) return `${faulty.phase.status} instead of ${faultless.phase.status}`
  if (faultless.phase.status === 'completed' && faulty.phase.status === 'completed') {
    const errors = (state: ExecutionState) => state.errors.map(({ node, error }) => JSON.stringify([node, error])).sort()
    return (
      findDifference(results(faulty, ids), results(faultless, ids)) ??
      findDifference(faulty.phase.output, faultless.phase.output) ??
      findDifference(errors(faulty), errors(faultless)) ??
      findDifference(byName(faulty.variables), byName(faultless.variables))
    )
  }
  const hasRun = (state: ExecutionState, id: string) => ['completed', 'failed'].includes(state.nodes.get(id)?.status ?? '')
  const ranInBoth = ids.filter((id) => hasRun(faultless, id) && hasRun(faulty, id))
  return findDifference(results(faulty, ranInBoth), results(faultless, ranInBoth))
}

const byName = (values: object) => Object.entries(values).sort(([a], [b]) => (a < b ? -1 : 1))
