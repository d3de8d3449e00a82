// Keeps a bug of ours, or a value beyond what the engine can hold, to the node at which it showed: were it thrown out of `decide`,
// the execution would throw at every wake and neither go on nor end.
import type { NodeInstance } from './instance.ts'
import { prepareRun, thrownError } from './node-run.ts'
import { routeFailure } from './settle-node.ts'
import type { Transition } from './transition.ts'

/** Runs, completes or fails one node; what is thrown fails the node for good. */
export function containBugs(transition: Transition, instance: NodeInstance, work: () => void): void {
  try {
    work()
  } catch (thrown) {
    routeFailure(transition, prepareRun(transition, instance), thrownError(transition, instance, thrown))
  }
}
