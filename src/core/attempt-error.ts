// How code inside an attempt gives up: the exception carries the node's failure as data. Thrown by the guarded fetch, by node types
// and by what starts other executions; caught by `perform-attempt.ts`, and where an error workflow is started. It never reaches the
// engine.
import { type NodeError, nodeError } from './node-error.ts'
import { showUrl } from './show-url.ts'

export class AttemptError extends Error {
  override readonly name = 'AttemptError'
  readonly error: NodeError

  constructor(error: NodeError, options?: ErrorOptions) {
    super(error.message, options)
    this.error = error
  }
}

/** The failure of an attempt that took longer than its node allows. */
export const attemptTimeout = (timeoutMs: number): AttemptError =>
  new AttemptError(nodeError('NODE_TIMEOUT', `The attempt took longer than ${timeoutMs / 1000} s.`, { retryable: true }))

export const responseTooLarge = (maxBytes: number): AttemptError =>
  new AttemptError(nodeError('RESPONSE_TOO_LARGE', `The body of the response has more than ${maxBytes} bytes.`))

/** What a connection that broke means: the attempt's own end where its signal aborted, else the network. */
export function connectionFailure(thrown: unknown, signal: AbortSignal, url: string): AttemptError {
  if (signal.aborted && signal.reason instanceof AttemptError) return signal.reason
  if (signal.aborted) return new AttemptError(nodeError('NODE_TIMEOUT', 'The attempt was aborted.', { retryable: true }))
  const error = nodeError('NETWORK_ERROR', `The connection to ${showUrl(url)} failed.`, {
    retryable: true,
    cause: { reason: reasonOf(thrown) },
  })
  return new AttemptError(error, { cause: thrown })
}

/** Node names the reason by a code on the cause, workerd by a message, which may repeat the URL with its query. */
function reasonOf(thrown: unknown): string {
  if (!(thrown instanceof Error)) return 'unknown'
  const { cause } = thrown
  if (cause instanceof Error && 'code' in cause && typeof cause.code === 'string') return cause.code
  return thrown.message.replaceAll(/\w+:\/\/\S*/g, '<url>').slice(0, 200)
}
