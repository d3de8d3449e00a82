// What is said where an object knows nothing of an execution: that it has ended long ago, or that there is none.
import type { Asker } from '../../execution/contract.ts'
import type { AppDeps } from '../deps.ts'
import { ApiError, executionNotFound } from '../errors.ts'

/** @throws ApiError always */
export async function refuseUnknown(deps: AppDeps, executionId: string, asker: Asker): Promise<never> {
  // A link was signed for an execution that there was.
  if (asker === null) throw new ApiError('GONE', 'The execution that this link is for has ended long ago')
  // What history alone still knows ended long ago.
  if ((await deps.history.get(asker, executionId)) === null) throw executionNotFound(executionId)
  throw new ApiError('CONFLICT', `Execution ${executionId} has ended`)
}
