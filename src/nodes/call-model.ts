// One call of an OpenAI-compatible chat-completions endpoint: the AI SDK's provider writes the request and reads the answer, the
// guarded fetch carries it. It repeats nothing: attempts belong to the engine.
import { createOpenAICompatible } from '@ai-sdk/openai-compatible'
import { AttemptError } from '../core/attempt-error.ts'
import { MAX_MODEL_STREAM_BYTES, MAX_RESPONSE_BYTES } from '../core/limits.ts'
import { nodeError } from '../core/node-error.ts'
import type { AttemptContext } from '../core/node-type.ts'
import { hideCredentials } from './http-auth.ts'
import { jsonProblem } from './json-problem.ts'
import { costOf } from './model-prices.ts'
import { modelRefusal, unreadableAnswer } from './model-refusal.ts'
import { readModelStream } from './model-stream.ts'
import { readExcerpt, readResponseBody } from './response-body.ts'
import { parseRetryAfter } from './retry-after.ts'

export interface ModelMessage {
  readonly role: 'system' | 'user' | 'assistant'
  readonly content: string
}

export interface ModelRequest {
  readonly baseUrl: string
  readonly apiKey: string
  readonly model: string
  readonly messages: readonly ModelMessage[]
  /** Null, as of `maxTokens`: the model's own. */
  readonly temperature: number | null
  readonly maxTokens: number | null
  /** Whether the answer is to be JSON. */
  readonly asJson: boolean
  /** Whether it is to come in parts. */
  readonly isStreamed: boolean
}

/** Tokens are null where the server tells none. */
export interface ModelUsage {
  readonly input_tokens: number | null
  readonly output_tokens: number | null
}

export interface ModelAnswer {
  readonly text: string
  /** As the server names the one that answered. */
  readonly model: string
  /** `stop` where it said all it had to; `length` where it was cut off. */
  readonly finishReason: string
  readonly usage: ModelUsage
  /** Null: neither the server nor the price table tells. */
  readonly costUsd: number | null
}

type Outside = Pick<AttemptContext, 'fetch' | 'signal' | 'say'>

/** @throws AttemptError `MODEL_ERROR`, `RESPONSE_INVALID`, and those of the guarded fetch */
export async function callModel(request: ModelRequest, idempotencyKey: string, outside: Outside): Promise<ModelAnswer> {
  const received: string[] = []
  const fetch = async (url: RequestInfo | URL, init?: RequestInit): Promise<Response> => {
    const text = await exchange(String(url), { ...init, signal: outside.signal }, request, outside)
    received.push(text)
    return new Response(text, { headers: { 'content-type': 'application/json' } })
  }
  const { baseUrl: baseURL, apiKey } = request
  const model = createOpenAICompatible({ name: 'model', baseURL, apiKey, fetch }).chatModel(request.model)
  try {
    return answerOf(await model.doGenerate(callOptions(request, idempotencyKey)), request.model)
  } catch (thrown) {
    const [text] = received
    throw attemptErrorIn(thrown) ?? (text === undefined ? thrown : unreadableAnswer(text, thrown))
  }
}

type ChatModel = ReturnType<ReturnType<typeof createOpenAICompatible>['chatModel']>
type CallOptions = Parameters<ChatModel['doGenerate']>[0]
type Generated = Awaited<ReturnType<ChatModel['doGenerate']>>

const callOptions = ({ messages, temperature, maxTokens, asJson }: ModelRequest, idempotencyKey: string): CallOptions => ({
  prompt: messages.map(({ role, content }) =>
    role === 'system' ? { role, content } : { role, content: [{ type: 'text', text: content }] },
  ),
  headers: { 'idempotency-key': idempotencyKey },
  ...(temperature !== null && { temperature }),
  ...(maxTokens !== null && { maxOutputTokens: maxTokens }),
  // Without the schema, which servers take in ways of their own: it is in the prompt, and the answer is checked here.
  ...(asJson && { responseFormat: { type: 'json' } }),
})

/** The body of the answer, without the key: servers may tell what they were sent. @throws AttemptError */
async function exchange(
  url: string,
  init: RequestInit & { readonly signal: AbortSignal },
  { apiKey, isStreamed }: ModelRequest,
  { fetch, signal, say }: Outside,
): Promise<string> {
  const headers = new Headers(init.headers)
  headers.delete('user-agent') // The library's; ours says who calls.
  const body = isStreamed ? asStreamed(String(init.body)) : init.body
  const response = await fetch(url, { ...init, body: body ?? null, headers, maxResponseBytes: MAX_MODEL_STREAM_BYTES })
  // A server that does not know how to stream sends the whole.
  if (response.ok && isEventStream(response))
    return readModelStream(response, { signal, say, clean: (data) => hideCredentials(data, [apiKey]) })
  if (response.ok) {
    const text = String((await readResponseBody(response, { mode: 'text', maxBytes: MAX_RESPONSE_BYTES, signal })) ?? '')
    const problem = jsonProblem(text)
    if (problem !== null)
      throw new AttemptError(nodeError('RESPONSE_INVALID', `The model server's answer is JSON with ${problem}.`))
    return hideCredentials(text, [apiKey])
  }
  const retryAfter = parseRetryAfter(response.headers.get('retry-after'), Date.now())
  throw modelRefusal(await readExcerpt(response, [apiKey]), response.status, retryAfter)
}

/** Usage is told in parts only where it is asked for. */
const asStreamed = (body: string): string =>
  JSON.stringify({ ...JSON.parse(body), stream: true, stream_options: { include_usage: true } })

const isEventStream = ({ headers }: Response): boolean => /^text\/event-stream\b/i.test(headers.get('content-type') ?? '')

/** The library wraps what the fetch has thrown where it looks like the network's. */
function attemptErrorIn(thrown: unknown): AttemptError | null {
  for (let error = thrown; error instanceof Error; error = error.cause) if (error instanceof AttemptError) return error
  return null
}

function answerOf({ content, finishReason, usage, response }: Generated, askedModel: string): ModelAnswer {
  const told = { input_tokens: usage.inputTokens.total ?? null, output_tokens: usage.outputTokens.total ?? null }
  return {
    text: content.map((part) => (part.type === 'text' ? part.text : '')).join(''),
    model: response?.modelId ?? askedModel,
    finishReason: finishReason.unified,
    usage: told,
    costUsd: costOf(askedModel, told, usage.raw?.cost),
  }
}
