import { env } from 'cloudflare:workers'
import { afterEach, describe, expect, inject, it, vi } from 'vitest'
import type { JsonObject } from '../../src/core/json.ts'
import { MAX_CACHE_TTL_SECONDS, MIN_CACHE_TTL_SECONDS } from '../../src/core/limits.ts'
import type { NodeError } from '../../src/core/node-error.ts'
import type { AttemptResult } from '../../src/core/node-type.ts'
import type { Settings } from '../../src/env.ts'
import { aiProcessor } from '../../src/nodes/ai-processor.ts'
import { performAttempt } from '../../src/runner/perform-attempt.ts'
import { attemptDeps } from '../../src/runner/runner-deps.ts'
import type { AttemptTask } from '../../src/runner/task.ts'
import { attemptTask } from '../support/attempt-task.ts'
import { configIssues } from '../support/config-issues.ts'
import { executionOf, newId, startExecution, view } from '../support/execution.ts'
import { endOf } from '../support/listener.ts'
import { type ModelScript, type ScriptedModel, scriptModel } from '../support/model-script.ts'
import { Outside } from '../support/outside.ts'

afterEach(() => vi.unstubAllGlobals())

const KEY = 'sk-deployment-key'
let scripts = 0

/** A model that says this, of no other test. */
function modelThat(...script: ModelScript): Promise<ScriptedModel> {
  scripts += 1
  return scriptModel(inject('modelServer'), `s${scripts}`, script)
}

interface Attempt {
  readonly settings?: Settings
  readonly task?: Partial<AttemptTask>
}

/** The whole way of a production attempt, from the bindings on. */
const attempt = (config: JsonObject, { settings = {}, task = {} }: Attempt = {}): Promise<AttemptResult> =>
  performAttempt(attemptTask({ node: 'ask', nodeType: 'ai-processor', config, ...task }), {
    ...attemptDeps({
      EXECUTION: { getByName: executionOf },
      DB: env.DB,
      PAYLOADS: env.PAYLOADS,
      CACHE: env.CACHE,
      ALLOW_PRIVATE_HOSTS: '127.0.0.1',
      ...settings,
    }),
    reportBug: (thrown) => {
      throw thrown
    },
  })

/** Asks the deployment's model. */
const ask = (model: ScriptedModel, config: JsonObject = {}, { settings, task }: Attempt = {}): Promise<AttemptResult> =>
  attempt(
    { prompt: 'Hi', ...config },
    { settings: { AI_BASE_URL: model.baseUrl, AI_API_KEY: KEY, AI_MODEL: 'stub', ...settings }, ...(task && { task }) },
  )

async function completed(result: Promise<AttemptResult>) {
  const { kind, ...rest } = await result
  expect({ kind, ...rest }).toMatchObject({ kind: 'completed' })
  return rest as { readonly output: unknown; readonly metadata: JsonObject }
}

async function failure(result: Promise<AttemptResult>): Promise<NodeError> {
  const given = await result
  expect(given).toMatchObject({ kind: 'failed' })
  return (given as { error: NodeError }).error
}

const lastAsked = async (model: ScriptedModel) => (await model.asked()).at(-1)

const person = {
  type: 'object',
  properties: { name: { type: 'string' }, age: { type: 'integer', minimum: 0 } },
  required: ['name', 'age'],
}

describe('a question', () => {
  it('is sent as chat completions are, with what every outbound call carries', async () => {
    const model = await modelThat({})
    await completed(ask(model, { system_prompt: 'Be brief.', prompt: 'Who are you?' }))
    const asked = await lastAsked(model)
    expect(asked?.url).toMatch(/^\/s\d+\/v1\/chat\/completions$/)
    expect(asked?.body).toEqual({
      model: 'stub',
      messages: [
        { role: 'system', content: 'Be brief.' },
        { role: 'user', content: 'Who are you?' },
      ],
      temperature: 0.7,
      max_tokens: 2048,
      stream: true,
      stream_options: { include_usage: true },
    })
    expect(asked?.headers).toMatchObject({
      authorization: `Bearer ${KEY}`,
      'content-type': 'application/json',
      'idempotency-key': 'e1e1e1e1e1e1e1e1.ask.1',
      'x-execution-id': 'e1e1e1e1e1e1e1e1',
      traceparent: '00-a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0-e1e1e1e1e1e1e1e1-01',
    })
    expect(asked?.headers['user-agent']).toMatch(/^Millrace\//)
  })

  it('may go on a conversation, and leave what is null to the model', async () => {
    const model = await modelThat({})
    const messages = [
      { role: 'user', content: 'Two?' },
      { role: 'assistant', content: { number: 2 } },
    ]
    await completed(ask(model, { model: 'other', messages, prompt: 3, temperature: null, max_tokens: null }))
    expect((await lastAsked(model))?.body).toEqual({
      model: 'other',
      messages: [
        { role: 'user', content: 'Two?' },
        { role: 'assistant', content: '{"number":2}' },
        { role: 'user', content: '3' },
      ],
      stream: true,
      stream_options: { include_usage: true },
    })
  })

  it('is answered with the text, and tells what it took', async () => {
    const model = await modelThat({ text: 'I am a stub.' })
    const { output, metadata } = await completed(ask(model))
    expect(output).toBe('I am a stub.')
    expect(metadata).toEqual({
      model: 'stub-1',
      usage: { input_tokens: 7, output_tokens: 3 },
      finish_reason: 'stop',
      cached: false,
      latency_ms: expect.any(Number),
      host: new URL(model.baseUrl).host,
      status: 200,
      bytes_in: expect.any(Number),
      bytes_out: expect.any(Number),
    })
  })

  it.each([
    [{ text: null }, {}, ''],
    [{ usage: null }, { usage: { input_tokens: null, output_tokens: null } }, 'Hello'],
    [{ text: 'Hel', finish: 'length' }, { finish_reason: 'length' }, 'Hel'],
  ])('is answered also by %j', async (answer, metadata, output) => {
    expect(await completed(ask(await modelThat(answer)))).toMatchObject({ output, metadata })
  })
})

describe('what a call costs', () => {
  it('is what the server tells', async () => {
    const model = await modelThat({ usage: { prompt_tokens: 1, completion_tokens: 1, cost: 0.0125 } })
    expect((await completed(ask(model))).metadata.cost_usd).toBe(0.0125)
  })

  it.each(['gpt-4o-mini', 'openai/gpt-4o-mini', 'gpt-4o-mini-2024-07-18'])(
    'is by list price where it tells nothing: %s',
    async (name) => {
      const model = await modelThat({ usage: { prompt_tokens: 1_000_000, completion_tokens: 100_000 } })
      expect((await completed(ask(model, { model: name }))).metadata.cost_usd).toBeCloseTo(0.21)
    },
  )
})

describe('an answer of a schema', () => {
  it('is the value; the model is told the schema', async () => {
    const model = await modelThat({ text: '```json\n{ "name": "Ada", "age": 36 }\n```' })
    const { output } = await completed(ask(model, { system_prompt: 'Extract.', response_schema: person }))
    expect(output).toEqual({ name: 'Ada', age: 36 })
    const { body } = (await lastAsked(model)) ?? {}
    expect(body?.response_format).toEqual({ type: 'json_object' })
    expect(body?.messages[0]?.content).toMatch(/^Extract\.\n\n.*JSON/s)
    expect(body?.messages[0]?.content).toContain(JSON.stringify(person))
  })

  it.each([
    ['Ada is 36.', 'it is no JSON'],
    ['{"name":"Ada","age":-1}', 'answer.age: '],
    ['{"name":"Ada"}', 'answer'],
    ['['.repeat(10_000), 'it is JSON with'],
  ])('that does not fit is asked for once more, with what is wrong: %s', async (text, issue) => {
    const model = await modelThat({ text }, { text: '{"name":"Ada","age":36}' })
    const { output, metadata } = await completed(ask(model, { response_schema: person }))
    expect(output).toEqual({ name: 'Ada', age: 36 })
    expect(metadata).toMatchObject({ repaired: true, usage: { input_tokens: 14, output_tokens: 6 } })
    const [first, second] = await model.asked()
    expect(second?.body.messages.slice(first?.body.messages.length)).toEqual([
      { role: 'assistant', content: text },
      { role: 'user', content: expect.stringContaining(issue) },
    ])
    expect(second?.headers['idempotency-key']).toBe('e1e1e1e1e1e1e1e1.ask.1.repair')
  })

  it('that does not fit then either is a failure, which tells what is wrong and what it took', async () => {
    const model = await modelThat({ text: '{"name":"Ada","age":"old"}' })
    const error = await failure(ask(model, { response_schema: person }))
    expect(error).toMatchObject({
      code: 'RESPONSE_INVALID',
      retryable: false,
      cause: {
        issues: [expect.stringContaining('answer.age')],
        answer: '{"name":"Ada","age":"old"}',
        usage: { input_tokens: 14, output_tokens: 6 },
      },
    })
    expect(await model.asked()).toHaveLength(2)
    await failure(ask(model, { response_schema: person }))
    expect(await model.asked(), 'failures are not kept').toHaveLength(4)
  })

  it('that was cut off is not asked for again', async () => {
    const model = await modelThat({ text: '{"name":"A', finish: 'length' })
    const error = await failure(ask(model, { response_schema: person }))
    expect(error).toMatchObject({ code: 'RESPONSE_INVALID', message: expect.stringContaining('max_tokens') })
    expect(await model.asked()).toHaveLength(1)
  })
})

describe('the cache', () => {
  it('answers the same question without a call', async () => {
    const model = await modelThat({ text: 'once' }, { text: 'twice' })
    await completed(ask(model))
    const { output, metadata } = await completed(ask(model, {}, { task: { executionId: 'f2f2f2f2f2f2f2f2', node: 'other' } }))
    expect(output).toBe('once')
    expect(metadata).toEqual({
      model: 'stub-1',
      usage: { input_tokens: 0, output_tokens: 0 },
      cost_usd: 0,
      cached: true,
      latency_ms: expect.any(Number),
    })
    expect(await model.asked()).toHaveLength(1)
  })

  it('answers with the value of a schema, too', async () => {
    const model = await modelThat({ text: '{"name":"Ada","age":36}' })
    await completed(ask(model, { response_schema: person }))
    expect(await completed(ask(model, { response_schema: person }))).toMatchObject({
      output: { name: 'Ada', age: 36 },
      metadata: { cached: true },
    })
  })

  it.each<[string, JsonObject, Attempt]>([
    ['prompt', { prompt: 'Ho' }, {}],
    ['system prompt', { system_prompt: 'Be kind.' }, {}],
    ['messages', { messages: [{ role: 'user', content: 'Before' }] }, {}],
    ['model', { model: 'other' }, {}],
    ['temperature', { temperature: 0 }, {}],
    ['max_tokens', { max_tokens: 100 }, {}],
    ['response_schema', { response_schema: {} }, {}],
    ['credential', { api_key: 'sk-of-the-node' }, {}],
    ['credential of the same text', { api_key: KEY }, {}],
    ['community', {}, { task: { communityId: 'other' } }],
  ])('knows another %s for another question', async (_, config, options) => {
    const model = await modelThat({ text: '1' })
    await completed(ask(model))
    expect((await completed(ask(model, config, options))).metadata.cached).toBe(false)
    expect(await model.asked()).toHaveLength(2)
  })

  it('knows another server for another', async () => {
    const [one, other] = [await modelThat({ text: 'one' }), await modelThat({ text: 'other' })]
    await completed(ask(one))
    expect((await completed(ask(other))).output).toBe('other')
  })

  it.each<[string, ModelScript, JsonObject]>([
    ['answers that were cut off', [{ finish: 'length' }], {}],
    ['what the server did not say to be whole', [{ finish: 'tool_calls' }], {}],
    ['anything where it is off', [{}], { cache_ttl_seconds: 0 }],
  ])('does not keep %s', async (_, script, config) => {
    const model = await modelThat(...script)
    await completed(ask(model, config))
    expect((await completed(ask(model, config))).metadata.cached).toBe(false)
    expect(await model.asked()).toHaveLength(2)
  })

  it('does not keep errors', async () => {
    const model = await modelThat({ status: 503 }, { text: 'well again' })
    await failure(ask(model))
    expect((await completed(ask(model))).output).toBe('well again')
  })

  it('lies in KV under llm:cache, for an hour unless the node says otherwise, and holds no key', async () => {
    const before = new Set((await env.CACHE.list({ prefix: 'llm:cache:' })).keys.map(({ name }) => name))
    const model = await modelThat({})
    const now = Date.now() / 1000
    await completed(ask(model))
    await completed(ask(model, { cache_ttl_seconds: 120, api_key: 'sk-of-the-node' }))
    const kept = (await env.CACHE.list({ prefix: 'llm:cache:' })).keys.filter(({ name }) => !before.has(name))
    const lives = kept.map(({ expiration = 0 }) => Math.round((expiration - now) / 60)).sort((a, b) => a - b)
    expect(lives).toEqual([2, 60])
    for (const { name } of kept) {
      expect(name).toMatch(/^llm:cache:[0-9a-f]{64}$/)
      expect(await env.CACHE.get(name)).not.toMatch(/sk-/)
    }
  })
})

describe('a server that does not answer as it should', () => {
  it.each([
    [400, false],
    [401, false],
    [404, false],
    [408, true],
    [429, true],
    [500, true],
    [503, true],
  ])('with status %d: MODEL_ERROR, another attempt %s', async (status, retryable) => {
    const body = JSON.stringify({ error: { message: 'No such luck', type: 'x', code: 'y' } })
    const error = await failure(ask(await modelThat({ status, body, headers: { 'retry-after': '17' } })))
    expect(error).toEqual({
      code: 'MODEL_ERROR',
      message: `The model server answered ${status}: No such luck`,
      status,
      retryable,
      retry_after_seconds: 17,
      cause: { body },
    })
  })

  it.each([
    [
      'an error in disguise',
      '{"error":{"message":"Provider down","code":502}}',
      { code: 'MODEL_ERROR', status: 502, retryable: true },
    ],
    [
      'an error of text',
      '{"error":"nope"}',
      { code: 'MODEL_ERROR', message: 'The model server refused: nope', retryable: false },
    ],
    ['no JSON', '<html>', { code: 'RESPONSE_INVALID', retryable: false, cause: { body: '<html>' } }],
    ['nothing', '', { code: 'RESPONSE_INVALID' }],
    ['no choices', '{"choices":[]}', { code: 'RESPONSE_INVALID' }],
    ['other JSON', '[1]', { code: 'RESPONSE_INVALID' }],
    ['JSON that is too deep', `${'['.repeat(10_000)}${']'.repeat(10_000)}`, { code: 'RESPONSE_INVALID' }],
    ['choices of another kind', '{"choices":[{"message":7}]}', { code: 'RESPONSE_INVALID' }],
  ])('but with %s', async (_, body, error) => {
    expect(await failure(ask(await modelThat({ body })))).toMatchObject(error)
  })

  it('but breaks off: the network, and another attempt', async () => {
    const outside = new Outside()
    const config = { prompt: 'Hi', base_url: 'https://models.example.com/v1', api_key: 'sk-of-the-node' }
    const attempted = failure(attempt(config))
    const cause = Object.assign(new Error('socket'), { code: 'ECONNRESET' })
    ;(await outside.request(0)).answer(() => Promise.reject(new TypeError('fetch failed', { cause })))
    expect(await attempted).toMatchObject({ code: 'NETWORK_ERROR', retryable: true, cause: { reason: 'ECONNRESET' } })
  })

  it('but keeps silent: the timeout of the attempt', async () => {
    const model = await modelThat({ held: true })
    expect(await failure(ask(model, {}, { task: { timeoutMs: 50 } }))).toMatchObject({ code: 'NODE_TIMEOUT', retryable: true })
    await model.release()
  })

  it('but sends more than fits', async () => {
    const body = JSON.stringify({ choices: 'x'.repeat(10 * 1024 * 1024) })
    expect(await failure(ask(await modelThat({ body })))).toMatchObject({ code: 'RESPONSE_TOO_LARGE' })
  })

  it.each([
    [{ finish: 'content_filter', text: 'I' }, 'I'],
    [{ refusal: 'I would rather not.', text: null }, 'I would rather not.'],
  ])('but refuses: %j', async (answer, text) => {
    expect(await failure(ask(await modelThat(answer)))).toMatchObject({
      code: 'MODEL_ERROR',
      retryable: false,
      cause: { answer: text },
    })
  })

  it('but with our key: nobody sees it', async () => {
    const told = `your key ${KEY} is bad`
    const refused = await failure(ask(await modelThat({ status: 401, body: JSON.stringify({ error: { message: told } }) })))
    const answered = await completed(ask(await modelThat({ text: told })))
    expect(JSON.stringify([refused, answered])).not.toContain(KEY)
    expect(answered.output).toBe('your key [redacted] is bad')
  })
})

describe('the key', () => {
  it.each<[Settings, JsonObject]>([
    [{}, {}],
    [{ AI_API_KEY: '' }, {}],
    [{ AI_API_KEY: KEY }, { base_url: 'https://elsewhere.example.com/v1' }],
  ])('is missing: %j, %j', async (settings, config) => {
    const error = await failure(attempt({ prompt: 'Hi', ...config }, { settings }))
    expect(error).toMatchObject({ code: 'SECRET_MISSING', retryable: false, message: expect.stringContaining('AI_API_KEY') })
  })

  it("is the deployment's only where the server is", async () => {
    const model = await modelThat({})
    await completed(ask(model, { base_url: `${model.baseUrl}/` }))
    expect((await lastAsked(model))?.headers.authorization).toBe(`Bearer ${KEY}`)
    const other = await modelThat({})
    expect(await failure(ask(model, { base_url: other.baseUrl }))).toMatchObject({ code: 'SECRET_MISSING' })
    await completed(ask(model, { base_url: other.baseUrl, api_key: 'sk-of-the-node' }))
    expect((await lastAsked(other))?.headers.authorization).toBe('Bearer sk-of-the-node')
  })

  it('goes nowhere without the guard of addresses', async () => {
    const config = { prompt: 'Hi', base_url: 'http://10.0.0.1/v1', api_key: 'sk-of-the-node' }
    expect(await failure(attempt(config))).toMatchObject({ code: 'ADDRESS_BLOCKED' })
  })
})

describe('the config', () => {
  it.each<[JsonObject, string]>([
    [{}, "requires 'prompt'"],
    [{ prompt: ' ' }, "requires 'prompt'"],
    [{ messages: [{ role: 'robot', content: 'x' }] }, "'role' must be"],
    [{ prompt: 'x', temperature: 3 }, 'temperature'],
    [{ prompt: 'x', max_tokens: 0 }, 'max_tokens'],
    [{ prompt: 'x', response_schema: 'object' }, 'JSON Schema'],
    [{ prompt: 'x', api_key: 'two words' }, 'api_key'],
    [{ prompt: 'x', cache_ttl_seconds: MIN_CACHE_TTL_SECONDS - 1 }, 'cache_ttl_seconds'],
    [{ prompt: 'x', cache_ttl_seconds: MAX_CACHE_TTL_SECONDS + 1 }, 'cache_ttl_seconds'],
  ])('%j is refused', (config, rule) => {
    expect(JSON.stringify(configIssues(aiProcessor, config))).toContain(rule)
  })

  it.each<JsonObject>([
    { messages: [{ role: 'user', content: 'x' }] },
    { prompt: 'x', cache_ttl_seconds: 0 },
    { prompt: 'x', cache_ttl_seconds: MIN_CACHE_TTL_SECONDS },
    { prompt: 'x', cache_ttl_seconds: MAX_CACHE_TTL_SECONDS },
  ])('%j is taken', (config) => expect(configIssues(aiProcessor, config)).toEqual([]))
})

describe('in executions', () => {
  const workflow = (model: ScriptedModel, more: JsonObject = {}) => ({
    nodes: [
      {
        id: 'ask',
        type: 'llm',
        config: { prompt: '{{ inputs.text }}', base_url: model.baseUrl, api_key: 'sk-of-the-node' },
        ...more,
      },
    ],
    edges: [],
  })

  const endedView = async (id: string) => {
    await endOf(id)
    return view(id)
  }

  it('goes by the task queue, tries again, and shows model, usage and cache at the node', async () => {
    const model = await modelThat({ status: 429, headers: { 'retry-after': '0' } }, { text: 'At last' })
    const [first, second] = [newId(), newId()]
    await startExecution(first, workflow(model), { inputs: { text: 'Hi' } })
    expect(await endedView(first)).toMatchObject({
      status: 'completed',
      final_output: 'At last',
      node_states: { ask: { attempt: 2, cached: false, metadata: { model: 'stub-1', usage: { input_tokens: 7 } } } },
    })
    await startExecution(second, workflow(model), { inputs: { text: 'Hi' } })
    expect(await endedView(second)).toMatchObject({ final_output: 'At last', node_states: { ask: { cached: true } } })
    expect(await model.asked()).toHaveLength(2)
  })

  it('the same question of many at a time is one call', async () => {
    const model = await modelThat({ text: 'shared', held: true })
    const ids = [newId(), newId(), newId(), newId()]
    const soon = { timeout_seconds: 20 }
    for (const id of ids) await startExecution(id, workflow(model, soon), { inputs: { text: 'Hi' } })
    while ((await model.asked()).length === 0) await scheduler.wait(1)
    const passing = newId()
    await startExecution(passing, workflow(await modelThat({}), soon), { inputs: { text: 'Meanwhile' } })
    await endOf(passing)
    expect(await model.asked()).toHaveLength(1)
    await model.release()
    const views = await Promise.all(ids.map(endedView))
    expect(views.map(({ final_output: output }) => output)).toEqual(ids.map(() => 'shared'))
    expect(views.filter(({ node_states: { ask } }) => ask?.cached)).toHaveLength(ids.length - 1)
    expect(await model.asked()).toHaveLength(1)
  })
})
