// The main job through a real `wrangler dev`, which forbids `new Function` as production does, against a real HTTP server.
import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { FUNCTIONS } from '../../src/core/functions.ts'
import { startTestServer, type TestServer } from '../support/dev-server.ts'
import { type Client, httpClient } from '../support/http-client.ts'
import { scriptModel } from '../support/model-script.ts'
import { type ModelServer, startModelServer } from '../support/model-server.ts'
import { type PatientServer, startPatientServer } from '../support/patient-server.ts'
import { graph } from '../support/run.ts'

let server: TestServer
let client: Client
let outside: PatientServer
let models: ModelServer

beforeAll(async () => {
  models = await startModelServer()
  const { baseUrl } = await scriptModel(models.base, 'summary', [
    { text: '{"summary":"The parcel came late.","mood":"unhappy"}' },
    { text: 'We are sorry.' },
  ])
  server = await startTestServer({ AI_BASE_URL: baseUrl, AI_API_KEY: 'e2e-model-key' })
  client = httpClient(server.base, server.key)
  outside = await startPatientServer((visit, earlier) => {
    if (visit.path === '/users/1') visit.answer(earlier < 2 ? 503 : 200, { name: 'Leanne' })
    if (visit.path === '/hooks') visit.answer(200, {})
    if (visit.path.startsWith('/mirror')) visit.answer(200, visit.path)
    if (visit.path.startsWith('/posts/')) visit.answer(visit.path === '/posts/1000' ? 404 : 200, { title: visit.path })
    if (visit.path.startsWith('/todos/')) visit.answer(200, { completed: visit.path === '/todos/4' })
  })
})

afterAll(async () => {
  await server?.close()
  await outside?.close()
  await models?.close()
})

/** Runs an inline workflow to its end and gives the execution. */
async function run(workflow: object, variables: object = {}) {
  const { status, body } = await client.call('POST', '/executions', { workflow, variables, async_execution: false })
  if (status === 200) return body.data
  expect(status, JSON.stringify(body)).toBe(202)
  return client.ended(body.data.execution_id)
}

const http = (id: string, url: string, more: object = {}) => ({ id, type: 'http-request', config: { url }, ...more })

describe('expressions', () => {
  it('every documented function gives its documented result', async () => {
    const known = FUNCTIONS.filter(({ name }) => !['now', 'uuid', 'approval_url', 'event_url'].includes(name))
    const value = Object.fromEntries(known.map(({ example }, index) => [String(index), `{{ ${example} }}`]))
    const ended = await run(graph([{ id: 'all', type: 'value', config: { value } }], []))
    expect(ended.final_output, JSON.stringify(ended.errors)).toEqual(
      Object.fromEntries(known.map(({ result }, index) => [String(index), result])),
    )
  })

  it('a name that does not exist fails the execution and names the place', async () => {
    const ended = await run(graph([{ id: 'hello', type: 'value', config: { value: 'Hi {{ nobody }}' } }], []))
    expect(ended).toMatchObject({ status: 'failed', error_node_id: 'hello' })
    for (const part of ['hello', 'config.value', 'nobody']) expect(ended.error_message).toContain(part)
  })
})

describe('examples', () => {
  const folder = path.join(import.meta.dirname, '../../examples')
  const variablesFor: Record<string, () => object> = {
    'http-with-retries': () => ({ base_url: outside.base, user_id: 1 }),
    'first-answer': () => ({ mirrors: [`${outside.base}/mirror/a`, `${outside.base}/mirror/b`] }),
    reminder: () => ({ seconds: 0.5 }),
    'parallel-calls': () => ({ base_url: outside.base }),
    'poll-until-done': () => ({ base_url: outside.base, every_seconds: 0.5 }),
    approval: () => ({ answer_within_seconds: 0.5 }),
    webhook: () => ({ url: `${outside.base}/hooks` }),
    'data-source': () => ({ base_url: outside.base }),
  }

  /** What somebody outside does for it. */
  const helpFor: Record<string, (executionId: string) => Promise<unknown>> = {
    task: async (id) => {
      const { body } = await client.call('GET', `/executions/${id}`)
      const [task = ''] = /\S+$/.exec(body.data.node_states.render.blocked_on.detail) ?? []
      return client.call('POST', `/tasks/${task}/complete`, { output: { url: 'https://example.com/mill.png' } })
    },
  }

  it.each(readdirSync(folder).filter((file) => file.endsWith('.json')))('%s runs as it stands', async (file) => {
    const example = JSON.parse(readFileSync(path.join(folder, file), 'utf8'))
    const variables = { ...example.variables, ...variablesFor[path.basename(file, '.json')]?.() }
    const { status, body } = await client.call('POST', '/executions', { ...example, variables })
    expect([200, 202], JSON.stringify(body)).toContain(status)
    await helpFor[path.basename(file, '.json')]?.(body.data.execution_id)
    const ended = await client.ended(body.data.execution_id)
    expect(ended.status, JSON.stringify(ended.errors)).toBe('completed')
    expect(ended.final_output).not.toBeNull()
  })

  it('the HTTP call was retried under one idempotency key', () => {
    const visits = outside.visits.filter((visit) => visit.path === '/users/1')
    expect(visits).toHaveLength(3)
    expect(new Set(visits.map(({ idempotencyKey }) => idempotencyKey)).size).toBe(1)
  })
})

describe('nodes that touch the world', () => {
  it('a model is asked once for what many want at the same time', async () => {
    const held = await scriptModel(models.base, 'held', [{ text: 'shared', held: true }])
    const config = { prompt: 'Hi', base_url: held.baseUrl, api_key: 'e2e-node-key' }
    const workflow = graph([{ id: 'ask', type: 'ai', config }], [])
    const items = [1, 2, 3]
    const started = await Promise.all(items.map(() => client.call('POST', '/executions', { workflow })))
    while ((await held.asked()).length === 0) await sleep(10)
    await held.release()
    const ended = await Promise.all(started.map(({ body }) => client.ended(body.data.execution_id)))
    expect(ended.map(({ final_output: output }) => output)).toEqual(items.map(() => 'shared'))
    expect(await held.asked()).toHaveLength(1)
  })

  it('a call that answers long after the object stopped waiting settles later', async () => {
    const { body } = await client.call('POST', '/executions', { workflow: graph([http('slow', `${outside.base}/slow`)], []) })
    const id = body.data.execution_id
    const visit = await outside.visit('/slow')
    const listening = client.stream(id)
    const running = await client.call('GET', `/executions/${id}`)
    expect(running.body.data).toMatchObject({ status: 'running', node_states: { slow: { blocked_on: { kind: 'lease' } } } })
    visit.answer(200, { at: 'last' })
    const { frames, closed } = await listening
    expect(frames.at(-1)).toMatchObject({ type: 'end', status: 'completed' })
    expect(await closed).toBe(1000)
    expect((await client.ended(id)).final_output.body).toEqual({ at: 'last' })
  })

  it('a timeout above 20 s goes by the task queue', async () => {
    const workflow = graph([http('long', `${outside.base}/long`, { timeout_seconds: 60 })], [])
    const { body } = await client.call('POST', '/executions', { workflow })
    ;(await outside.visit('/long')).answer(200, 'done')
    expect((await client.ended(body.data.execution_id)).final_output.body).toBe('done')
  })

  it('a private address is refused, and nothing is tried again', async () => {
    const ended = await run(graph([http('inside', 'http://[::ffff:10.0.0.1]/')], []))
    expect(ended).toMatchObject({ status: 'failed', node_states: { inside: { error_type: 'ADDRESS_BLOCKED', attempt: 1 } } })
  })
})

describe('code', () => {
  const code = (source: string, config: object = {}) => ({ id: 'code', type: 'code', config: { source, ...config } })

  it('cannot compile what is not in the sandbox, and an endless loop or a memory bomb is its own failure', async () => {
    const typeOf = "return (() => {}).constructor.constructor('return typeof fetch')()"
    expect((await run(graph([code(typeOf)], []))).final_output).toBe('undefined')
    for (const [source, limit] of [
      ['for (;;);', 'timeout_ms'],
      ['"a".repeat(4e6).indexOf("a".repeat(2e6) + "b")', 'timeout_ms'],
      ['const all = []; for (;;) all.push("x".repeat(1e5) + all.length)', 'memory_mb'],
    ] as const) {
      const ended = await run(graph([code(`console.log('before'); ${source}`)], []))
      expect(ended).toMatchObject({ status: 'failed', node_states: { code: { error_type: 'CODE_LIMIT', attempt: 1 } } })
      expect(ended.error_message).toContain(limit)
      expect(ended.node_states.code.logs).toContain('before')
    }
    expect((await client.call('GET', '/health')).status).not.toBe(500)
  })
})

describe('waiting', () => {
  it('the workflow of docs/waiting.md is approved on its page and paid by its link, with a crash between', async () => {
    const page = readFileSync(path.join(import.meta.dirname, '../../docs/waiting.md'), 'utf8')
    const workflow = JSON.parse(/```json\n(.*?)```/s.exec(page)?.[1] ?? '')
    const { body } = await client.call('POST', '/executions', { workflow, variables: { customer: 'ada', amount: 20 } })
    const { node_results: results } = (await client.call('GET', `/executions/${body.data.execution_id}`)).body.data
    const shown = await (await fetch(results.links.decide, { headers: { Accept: 'text/html' } })).text()
    expect(shown).toContain('Refund 20 to ada?')
    await server.kill('SIGKILL')
    await server.restart()
    const form = new URLSearchParams({ decision: 'approved', by: 'Bob', 'form.amount': '15' })
    const answered = await fetch(results.links.decide, { method: 'POST', body: form, headers: { Accept: 'text/html' } })
    expect(await answered.text()).toContain('approved by Bob')
    const paid = await fetch(results.links.paid, { method: 'POST', body: '{"customer":"ada","receipt":"R-1"}' })
    expect(await paid.json()).toMatchObject({ data: { outcome: 'delivered', node_id: 'payment', execution_status: 'completed' } })
    expect((await client.ended(body.data.execution_id)).final_output).toBe('15 paid, R-1')
  })
})

describe('the stream', () => {
  it('gives every event once and in order, from any cursor', async () => {
    const ended = await run(
      graph(
        [
          { id: 'a', config: { value: 1 } },
          { id: 'b', config: { value: 2 } },
        ],
        ['a>b'],
      ),
    )
    const all = await client.stream(ended.execution_id)
    expect(all.frames.map(({ seq }) => seq)).toEqual([1, 2, 3, 4, 5, 5])
    expect(all.frames.map(({ event, type }) => event ?? type)).toEqual([
      'execution.created',
      'execution.started',
      'node.completed',
      'node.completed',
      'execution.completed',
      'end',
    ])
    expect((await client.stream(ended.execution_id, 3)).frames).toEqual(all.frames.slice(3))
  })
})

describe('a model that is listened to', () => {
  it('is read along over a WebSocket, word for word', async () => {
    const text = 'It was a dark and stormy night; the rain fell in torrents.'
    const model = await scriptModel(models.base, 'story', [{ text, heldAfter: 4 }])
    const config = { prompt: 'Begin.', model: 'stub', base_url: model.baseUrl, api_key: 'e2e-story-key', cache_ttl_seconds: 0 }
    const workflow = graph([{ id: 'tell', type: 'ai-processor', config }], [])
    const { body } = await client.call('POST', '/executions', { workflow })
    const { frames } = await client.stream(body.data.execution_id, 0, ({ type }) => {
      // Only who has heard the beginning lets it go on.
      if (type === 'delta') model.release()
    })
    const deltas = frames.filter(({ type }) => type === 'delta')
    expect(deltas[0]).toEqual({ type: 'delta', node_id: 'tell', attempt: 1, offset: 0, text: 'It was a dark ' })
    expect(deltas.map((delta) => delta.text).join('')).toBe(text)
    const ended = await client.ended(body.data.execution_id)
    expect(ended).toMatchObject({ final_output: text, node_states: { tell: { metadata: { usage: { output_tokens: 3 } } } } })
  })
})
