// Asks an execution's object for its stream. What it refuses becomes the API's answer.
import type { AppDeps } from './deps.ts'
import { ApiError, executionNotFound } from './errors.ts'
import { streamRequest } from './stream-request.ts'

interface StreamOrder {
  readonly executionId: string
  readonly communityId: string
  /** The last sequence number that the client has, where its URL does not say. */
  readonly after?: number
}

/** The upgrade's answer, with its socket. @throws ApiError where there is no such execution, or too many listen */
export async function openStream(deps: AppDeps, request: Request, order: StreamOrder): Promise<Response> {
  const { executionId, communityId, after } = order
  const answer = await deps.execution(executionId).fetch(streamRequest(request, communityId, after))
  if (answer.status === 404) throw executionNotFound(executionId)
  if (answer.status === 429) {
    const message = 'Too many listen to this execution already. Try again later.'
    throw new ApiError('RATE_LIMITED', message, { retryAfterSeconds: SECONDS_UNTIL_A_LISTENER_MAY_HAVE_GONE })
  }
  return answer
}

const SECONDS_UNTIL_A_LISTENER_MAY_HAVE_GONE = 30
