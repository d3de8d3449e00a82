// What a model server's answer means when it is not what was asked for.
import { z } from 'zod'
import { AttemptError } from '../core/attempt-error.ts'
import { MAX_EXCERPT_BYTES } from '../core/limits.ts'
import { nodeError } from '../core/node-error.ts'
import { cutText } from './cut-text.ts'
import { isRetryableStatus } from './retryable-status.ts'

/** OpenAI's form; `code` is a status at OpenRouter, which sends errors of its providers as 200. */
const refusalBody = z.looseObject({
  error: z.union([
    z.looseObject({ message: z.string(), code: z.unknown().optional() }),
    z.string().transform((message) => ({ message, code: null })),
  ]),
})

const MAX_REASON_BYTES = 300

/** @param body its beginning @param retryAfter seconds; null where the server names none */
export function modelRefusal(body: string, status: number | null, retryAfter: number | null, cause?: unknown): AttemptError {
  const reason = reasonIn(body)
  const answered = status === null ? 'refused' : `answered ${status}`
  const message = `The model server ${answered}${reason === null ? '.' : `: ${cutText(reason, MAX_REASON_BYTES, '…')}`}`
  const error = nodeError('MODEL_ERROR', message, {
    retryable: status !== null && isRetryableStatus(status),
    ...(status !== null && { status }),
    ...(retryAfter !== null && { retry_after_seconds: retryAfter }),
    cause: { body: cutText(body, MAX_EXCERPT_BYTES) },
  })
  return new AttemptError(error, { cause })
}

/** A body that came with a good status and is no answer: an error in disguise, or nothing that can be read. */
export function unreadableAnswer(body: string, cause: unknown): AttemptError {
  const disguised = refusalIn(body)
  if (disguised !== null) return modelRefusal(body, statusOf(disguised.code), null, cause)
  const error = nodeError('RESPONSE_INVALID', `The model server's answer is no chat completion.`, {
    cause: { body: cutText(body, MAX_EXCERPT_BYTES) },
  })
  return new AttemptError(error, { cause })
}

/** An error that an answer ends with after it has begun; another attempt may get further, unless the status says otherwise. */
export function brokenAnswer(data: string): AttemptError {
  const disguised = refusalIn(data)
  const status = statusOf(disguised?.code)
  const { error } = modelRefusal(data, status, null)
  return new AttemptError({ ...error, retryable: status === null || error.retryable })
}

const statusOf = (code: unknown): number | null =>
  typeof code === 'number' && Number.isInteger(code) && code >= 400 && code <= 599 ? code : null

const reasonIn = (body: string): string | null => refusalIn(body)?.message ?? null

function refusalIn(body: string): { readonly message: string; readonly code?: unknown } | null {
  try {
    return refusalBody.safeParse(JSON.parse(body)).data?.error ?? null
  } catch {
    return null
  }
}
