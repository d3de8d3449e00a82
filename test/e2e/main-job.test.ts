// The main job through a real `wrangler dev`, which forbids `new Function` as production does, against a real HTTP server.
import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { FUNCTIONS } from '../../src/core/functions.ts'
import { startTestServer, type TestServer } from '../support/dev-server.ts'
import { type Client, httpClient } from '../support/http-client.ts'
import { type PatientServer, startPatientServer } from '../support/patient-server.ts'
import { graph } from '../support/run.ts'

let server: TestServer
let client: Client
let outside: PatientServer

beforeAll(async () => {
  server = await startTestServer()
  client = httpClient(server.base, server.key)
  outside = await startPatientServer((visit, earlier) => {
    if (visit.path === '/users/1') visit.answer(earlier < 2 ? 503 : 200, { name: 'Leanne' })
    if (visit.path.startsWith('/mirror')) visit.answer(200, visit.path)
  })
})

afterAll(async () => {
  await server?.close()
  await outside?.close()
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
    const known = FUNCTIONS.filter(({ name }) => !['now', 'uuid'].includes(name))
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
  }

  it.each(readdirSync(folder))('%s runs as it stands', async (file) => {
    const example = JSON.parse(readFileSync(path.join(folder, file), 'utf8'))
    const variables = { ...example.variables, ...variablesFor[path.basename(file, '.json')]?.() }
    const { status, body } = await client.call('POST', '/executions', { ...example, variables })
    expect([200, 202], JSON.stringify(body)).toContain(status)
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
