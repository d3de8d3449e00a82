// `kill -9` of the whole process in the middle of everything; the same state is started again, and nobody asks for anything.
import { afterAll, beforeAll, expect, it } from 'vitest'
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
  outside = await startPatientServer()
})

afterAll(async () => {
  await server?.close()
  await outside?.close()
})

it('every accepted execution goes on after a crash, and is in history once', async () => {
  const start = async (workflow: object, headers: Record<string, string> = {}) => {
    const { status, body } = await client.call('POST', '/workflows/crash/execute', workflow, headers)
    expect(status, JSON.stringify(body)).toBe(202)
    return String(body.data.execution_id)
  }
  const workflow = {
    workflow_id: 'crash',
    ...graph(
      [
        { id: 'route', type: 'switch', config: { on: 'inputs.kind', cases: { call: 'call', delay: 'delay' } } },
        { id: 'call', type: 'http-request', timeout_seconds: 1, config: { url: '{{ inputs.url }}' } },
        { id: 'delay', type: 'delay', config: { delay_seconds: 2 } },
        { id: 'end', type: 'end', config: { output: 'survived {{ inputs.kind }}' } },
      ],
      ['route:call>call', 'route:delay>delay', 'call>end', 'delay>end'],
    ),
  }
  expect((await client.call('POST', '/workflows', workflow)).status).toBe(201)
  const delayed = await start({ variables: { kind: 'delay' } }, { 'Idempotency-Key': 'once' })
  const calling = await start({ variables: { kind: 'call', url: `${outside.base}/call` } })
  const done = await start({ variables: { kind: 'nothing' } })
  // The call is under way, its Runner about to die with everything else.
  await outside.visit('/call')
  await server.kill('SIGKILL')
  await server.restart()

  // The attempt's lease passes, by the alarm alone; the attempt is made again under the same key.
  const again = await outside.visit('/call', 1)
  expect(again.idempotencyKey).toBe(outside.visits[0]?.idempotencyKey)
  again.answer(200, 'ok')
  expect(await client.ended(calling)).toMatchObject({ status: 'completed', final_output: 'survived call' })
  expect(await client.ended(delayed)).toMatchObject({ status: 'completed', final_output: 'survived delay' })
  expect(await client.ended(done)).toMatchObject({ status: 'completed', final_output: null })

  const replay = await client.call(
    'POST',
    '/workflows/crash/execute',
    { variables: { kind: 'delay' } },
    { 'Idempotency-Key': 'once' },
  )
  expect(replay.headers.get('Idempotent-Replay')).toBe('true')
  expect(replay.body.data.execution_id).toBe(delayed)

  await expect
    .poll(async () => (await client.call('GET', '/workflows/crash/executions')).body.data.map(historyRow).sort(), {
      timeout: 90_000,
    })
    .toEqual([delayed, calling, done].map((id) => `${id} completed`).sort())
})

it('a loop half done, a parent with its child, a paused one and an event that came go on too, each once', async () => {
  const store = async (workflow: object) => expect((await client.call('POST', '/workflows', workflow)).status).toBe(201)
  const start = async (workflowId: string, variables: object = {}): Promise<string> => {
    const { status, body } = await client.call('POST', `/workflows/${workflowId}/execute`, { variables })
    expect([200, 202], JSON.stringify(body)).toContain(status)
    return String(body.data.execution_id)
  }
  const look = async (id: string) => (await client.call('GET', `/executions/${id}`)).body.data
  const fetchItem = { id: 'f', type: 'http-request', timeout_seconds: 1, config: { url: '{{ inputs.base }}/item/{{ item }}' } }
  const items = {
    items: 'range(4)',
    concurrency: 2,
    body: graph([fetchItem, { id: 'v', config: { value: '{{ item }}' } }], ['f>v']),
  }
  await store({ workflow_id: 'crash-loop', ...graph([{ id: 'each', type: 'for-each', config: items }], []) })
  const wait = { id: 'w', type: 'wait-for-event', config: { event: 'go' } }
  await store({ workflow_id: 'crash-child', ...graph([wait], []) })
  await store({
    workflow_id: 'crash-parent',
    ...graph([{ id: 'call', type: 'workflow', config: { workflow_id: 'crash-child' } }], []),
  })
  const nap = { id: 'nap', type: 'delay', config: { delay_seconds: 1 } }
  await store({ workflow_id: 'crash-nap', ...graph([nap, { id: 'z', config: { value: 'woke' } }], ['nap>z']) })
  await store({ workflow_id: 'crash-early', ...graph([nap, wait], ['nap>w']) })

  const looping = await start('crash-loop', { base: outside.base })
  for (const item of [0, 1]) (await outside.visit(`/item/${item}`)).answer(200, item)
  for (const item of [2, 3]) await outside.visit(`/item/${item}`)
  const parent = await start('crash-parent')
  await expect.poll(async () => (await look(parent)).node_states.call.metadata.execution_id).toBeDefined()
  const child = (await look(parent)).node_states.call.metadata.execution_id
  const paused = await start('crash-nap')
  expect((await client.call('POST', `/executions/${paused}/pause`, {})).status).toBe(200)
  const early = await start('crash-early')
  expect((await client.call('POST', `/executions/${early}/signals/go`, 'kept')).status).toBe(202)
  await server.kill('SIGKILL')
  await server.restart()

  for (const item of [2, 3]) (await outside.visit(`/item/${item}`, 1)).answer(200, item)
  expect(await client.ended(looping)).toMatchObject({ status: 'completed', final_output: [0, 1, 2, 3] })
  expect(outside.visits.map(({ path }) => path).filter((path) => /item.[01]$/.test(path))).toHaveLength(2)
  expect(await client.ended(early)).toMatchObject({ status: 'completed', final_output: 'kept' })
  // By now the moment of its delay is long past.
  expect((await look(paused)).status).toBe('paused')
  await client.call('POST', `/executions/${paused}/resume`, {})
  expect(await client.ended(paused)).toMatchObject({ status: 'completed', final_output: 'woke' })
  expect((await look(parent)).status).toBe('waiting')
  await client.call('POST', `/executions/${child}/signals/go`, { n: 1 })
  expect(await client.ended(parent)).toMatchObject({ status: 'completed', final_output: { n: 1 } })
  expect((await look(parent)).node_states.call.metadata.execution_id).toBe(child)
})

const historyRow = (row: { execution_id: string; status: string }): string => `${row.execution_id} ${row.status}`
