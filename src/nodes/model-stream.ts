// A chat completion that comes in parts, put together as the whole that the server would have sent otherwise: so that both are read
// by the same code and give the same.
import { z } from 'zod'
import { AttemptError, connectionFailure, responseTooLarge } from '../core/attempt-error.ts'
import { MAX_RESPONSE_BYTES } from '../core/limits.ts'
import { nodeError } from '../core/node-error.ts'
import { eventData } from './event-data.ts'
import { jsonProblem } from './json-problem.ts'
import { brokenAnswer } from './model-refusal.ts'

/** OpenAI's `chat.completion.chunk`, as far as it is needed. */
const chunkSchema = z.looseObject({
  model: z.string().nullish(),
  choices: z
    .array(
      z.looseObject({
        index: z.number().nullish(),
        delta: z.looseObject({ content: z.string().nullish(), refusal: z.string().nullish() }).nullish(),
        finish_reason: z.string().nullish(),
      }),
    )
    .default([]),
  usage: z.looseObject({}).nullish(),
})

/** What has come so far. */
interface Parts {
  text: string
  refusal: string
  model: string | undefined
  finishReason: string | undefined
  usage: object | undefined
}

interface StreamOptions {
  /** Takes out what nobody may see. */
  readonly clean: (text: string) => string
  readonly signal: AbortSignal
  /** Hears the text as it comes. */
  readonly say: (text: string) => void
}

/** JSON of a `chat.completion`. @throws AttemptError */
export async function readModelStream(response: Response, { clean, signal, say }: StreamOptions): Promise<string> {
  const parts: Parts = { text: '', refusal: '', model: undefined, finishReason: undefined, usage: undefined }
  try {
    for await (const data of eventData(response.body ?? noBody())) {
      if (data === '[DONE]') break
      const said = take(parts, data, clean)
      if (said !== '') say(said)
    }
  } catch (thrown) {
    throw thrown instanceof AttemptError ? thrown : connectionFailure(thrown, signal, response.url)
  }
  // OpenRouter ends so what its provider has broken off.
  if (parts.finishReason === undefined || parts.finishReason === 'error') throw brokenOff()
  return clean(completionOf(parts))
}

async function* noBody(): AsyncGenerator<Uint8Array> {}

/** The text that a chunk adds. Servers that are asked for no more send one choice. */
function take(parts: Parts, data: string, clean: (text: string) => string): string {
  const chunk = parseChunk(data, clean)
  const choice = chunk.choices.find(({ index }) => (index ?? 0) === 0)
  const said = choice?.delta?.content ?? ''
  parts.text += said
  parts.refusal += choice?.delta?.refusal ?? ''
  if (parts.text.length + parts.refusal.length > MAX_RESPONSE_BYTES) throw responseTooLarge(MAX_RESPONSE_BYTES)
  parts.model ??= chunk.model ?? undefined
  parts.finishReason = choice?.finish_reason ?? parts.finishReason
  parts.usage = chunk.usage ?? parts.usage
  return said
}

function parseChunk(data: string, clean: (text: string) => string): z.output<typeof chunkSchema> {
  const problem = jsonProblem(data)
  if (problem !== null) throw invalid(`has JSON with ${problem}`)
  const value = parseJson(data)
  if (typeof value === 'object' && value !== null && 'error' in value && value.error !== null) throw brokenAnswer(clean(data))
  const chunk = chunkSchema.safeParse(value)
  if (!chunk.success) throw invalid('has a part that is no chunk of a chat completion')
  return chunk.data
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw invalid('has a part that is no JSON')
  }
}

const invalid = (what: string): AttemptError =>
  new AttemptError(nodeError('RESPONSE_INVALID', `The model server's answer ${what}.`))

const brokenOff = (): AttemptError =>
  new AttemptError(nodeError('MODEL_ERROR', `The model server's answer broke off.`, { retryable: true }))

const completionOf = ({ text, refusal, model, finishReason, usage }: Parts): string =>
  JSON.stringify({
    object: 'chat.completion',
    model,
    choices: [
      {
        index: 0,
        message: { role: 'assistant', content: text, ...(refusal !== '' && { refusal }) },
        finish_reason: finishReason,
      },
    ],
    usage,
  })
