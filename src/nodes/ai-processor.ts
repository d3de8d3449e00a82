// `ai-processor`: asks a model and gives its answer, as text or as JSON of a schema. Runs in the Runner; the same question is
// answered from the cache. Who else may use a kept answer is decided by what its key holds.
import { createHash } from 'node:crypto'
import { z } from 'zod'
import { AttemptError } from '../core/attempt-error.ts'
import { canonicalJson, isJsonObject, type JsonObject } from '../core/json.ts'
import { nodeError } from '../core/node-error.ts'
import type { AttemptContext, AttemptResult, GuardedFetch, HandedOffNodeType, Made, ModelServer } from '../core/node-type.ts'
import { type AiProcessorConfig, aiProcessorConfig } from './ai-processor-config.ts'
import { type Answered, answerQuestion } from './answer-question.ts'
import type { ModelMessage, ModelRequest } from './call-model.ts'
import { jsonInstruction } from './model-json.ts'
import { jsonField } from './schema.ts'
import { syntheticText } from './synthetic-answer.ts'
import { syntheticValue } from './synthetic-value.ts'

export const aiProcessor: HandedOffNodeType = {
  kind: 'handed_off',
  type: 'ai-processor',
  aliases: ['ai', 'llm'],
  summary: 'Asks a language model. Gives its text, or the JSON of its response_schema.',
  config: aiProcessorConfig,
  expressions: [],
  // A schema is no template; the core has checked it as it stands.
  deferred: ['response_schema'],
  ports: () => ['out'],
  continuePort: () => 'out',
  defaultTimeoutSeconds: 60,
  takesSecrets: true,
  example: { prompt: 'Summarize in one sentence: {{ inputs.text }}', max_tokens: 200, temperature: 0.2 },
  syntheticOutput: ({ response_schema: schema }, nodePath) =>
    isJsonObject(schema) ? syntheticValue(schema) : syntheticText(nodePath),
  run: (config, context) => ask(aiProcessorConfig.parse(config), context),
}

async function ask(config: AiProcessorConfig, context: AttemptContext): Promise<AttemptResult> {
  const request = requestOf(config, context.modelServer)
  // A server may tell what it was sent, in parts of an answer.
  context.conceal(request.apiKey)
  // The core has found it to be JSON.
  const schema = (config.response_schema as JsonObject | undefined) ?? null
  const make = async (): Promise<Made> => {
    const answered = await answerQuestion(request, schema, { ...context, fetch: fetchOf(config, context) })
    // What was cut off would be cut off for everybody.
    return { text: JSON.stringify(answered), isKept: answered.finish_reason === 'stop' }
  }
  const { cache_ttl_seconds: ttlSeconds } = config
  const { text, isMade } =
    ttlSeconds === 0
      ? { ...(await make()), isMade: true }
      : await context.remember(cacheKey(config, request, context), ttlSeconds, make)
  const { output, model, ...spent } = keptAnswer.parse(JSON.parse(text))
  return {
    kind: 'completed',
    output,
    metadata: { model, ...(isMade ? spent : NOTHING_SPENT), cached: !isMade },
  }
}

/** A binding is reached by its own way; it is the deployment's alone. */
function fetchOf({ base_url }: AiProcessorConfig, { modelServer, fetch, note }: AttemptContext): GuardedFetch {
  if (base_url !== undefined || modelServer.fetch === undefined) return fetch
  note({ host: new URL(modelServer.baseUrl).host })
  return modelServer.fetch
}

/** What answers from the cache report. */
const NOTHING_SPENT = { usage: { input_tokens: 0, output_tokens: 0 }, cost_usd: 0 }

const tokens = z.number().nullable()
/** As `answerQuestion` gives it. */
const keptAnswer = z.object({
  output: jsonField('an answer has an output'),
  model: z.string(),
  usage: z.object({ input_tokens: tokens, output_tokens: tokens }),
  cost_usd: z.number().exactOptional(),
  finish_reason: z.string(),
  repaired: z.boolean().exactOptional(),
}) satisfies z.ZodType<Answered>

function requestOf(config: AiProcessorConfig, server: ModelServer): ModelRequest {
  const { response_schema: schema } = config
  return {
    ...serverOf(config, server),
    model: config.model ?? server.model,
    messages: messagesOf(config),
    temperature: config.temperature,
    maxTokens: config.max_tokens,
    asJson: schema !== undefined,
    isStreamed: config.stream && (config.base_url !== undefined || server.fetch === undefined),
  }
}

function messagesOf({ system_prompt, messages, prompt, response_schema }: AiProcessorConfig): ModelMessage[] {
  // As everywhere, the core has found it to be JSON.
  const instruction = response_schema === undefined ? [] : [jsonInstruction(response_schema as JsonObject)]
  const system = [...(system_prompt === undefined ? [] : [system_prompt]), ...instruction].join('\n\n')
  return [
    ...(system === '' ? [] : [{ role: 'system', content: system } as const]),
    ...messages.map(({ role, content }) => ({ role, content })),
    ...(prompt === undefined ? [] : [{ role: 'user', content: prompt } as const]),
  ]
}

/** The deployment's key goes to the deployment's server alone: else a workflow could have it sent anywhere. @throws AttemptError */
function serverOf({ base_url, api_key }: AiProcessorConfig, server: ModelServer): Pick<ModelRequest, 'baseUrl' | 'apiKey'> {
  const ours = withoutSlash(server.baseUrl)
  const baseUrl = withoutSlash(base_url ?? ours)
  if (api_key !== undefined) return { baseUrl, apiKey: api_key }
  if (baseUrl !== ours) {
    const message = '`base_url` names a server of its own, which needs an `api_key`: AI_API_KEY is sent to AI_BASE_URL only.'
    throw new AttemptError(nodeError('SECRET_MISSING', message))
  }
  if (server.apiKey !== null) return { baseUrl, apiKey: server.apiKey }
  const message = 'There is no key for the model server: set AI_API_KEY of the deployment, or `api_key` of the node.'
  throw new AttemptError(nodeError('SECRET_MISSING', message))
}

const withoutSlash = (url: string): string => url.replace(/\/+$/, '')

/** Of all that changes the answer, and of whose it is. The deployment's key is known by its name, any other by itself. */
function cacheKey(config: AiProcessorConfig, request: ModelRequest, { communityId }: AttemptContext): string {
  const { apiKey: _key, isStreamed: _form, ...question } = request
  const credential = config.api_key === undefined ? ['AI_API_KEY'] : ['api_key', config.api_key]
  const text = canonicalJson([communityId, credential, { ...question, messages: question.messages.map((said) => ({ ...said })) }])
  return `llm:cache:${createHash('sha256').update(text).digest('hex')}`
}
