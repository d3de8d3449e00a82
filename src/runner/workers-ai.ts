// Workers AI as a server of chat completions: the platform's binding takes what they take, but answers in forms of its own. It exists
// in production only. What the binding does with `returnRawResponse` is read off workerd's own source of it (`ai-api`).
import { z } from 'zod'
import { AttemptError, connectionFailure } from '../core/attempt-error.ts'
import { MAX_RESPONSE_BYTES } from '../core/limits.ts'
import type { GuardedFetch } from '../core/node-type.ts'
import type { WorkersAi } from '../env.ts'
import { limitBody } from './limit-body.ts'

const asked = z.looseObject({ model: z.string(), max_tokens: z.number().optional() })

/** What most models answer. In JSON mode `response` is the value. */
const plainAnswer = z.looseObject({
  response: z.unknown(),
  usage: z.looseObject({ completion_tokens: z.number().optional() }).optional(),
})
const refusal = z.looseObject({ internalCode: z.number(), description: z.string() })

/** Answers the request of a chat completion with one, or with the binding's status and reason. */
export function workersAiFetch(ai: WorkersAi): GuardedFetch {
  return async (url, { body, signal }) => {
    const { model, ...inputs } = asked.parse(JSON.parse(String(body)))
    try {
      const response = limitBody(await ai.run(model, inputs, { returnRawResponse: true, signal }), MAX_RESPONSE_BYTES)
      const answer = parsed(await response.text())
      const told = response.ok ? asCompletion(answer, model, inputs.max_tokens) : asError(answer)
      return Response.json(told, { status: response.status, headers: retryAfterOf(response) })
    } catch (thrown) {
      throw thrown instanceof AttemptError ? thrown : connectionFailure(thrown, signal, url)
    }
  }
}

const retryAfterOf = ({ headers }: Response): Record<string, string> => {
  const retryAfter = headers.get('retry-after')
  return retryAfter === null ? {} : { 'retry-after': retryAfter }
}

/** Text is left for who reads completions to refuse. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}

/** Some models answer as OpenAI's do. Of the others none says why it ended: where it has said as much as it may, it was cut off. */
function asCompletion(answer: unknown, model: string, maxTokens: number | undefined): unknown {
  const plain = plainAnswer.safeParse(answer)
  if (!plain.success || plain.data.response === undefined) return answer
  const { response, usage } = plain.data
  const isCutOff = maxTokens !== undefined && (usage?.completion_tokens ?? 0) >= maxTokens
  const content = typeof response === 'string' ? response : JSON.stringify(response)
  return {
    object: 'chat.completion',
    model,
    choices: [{ index: 0, message: { role: 'assistant', content }, finish_reason: isCutOff ? 'length' : 'stop' }],
    usage,
  }
}

function asError(answer: unknown): unknown {
  const told = refusal.safeParse(answer)
  return told.success ? { error: { message: `${told.data.internalCode}: ${told.data.description}` } } : answer
}
