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

const historyRow = (row: { execution_id: string; status: string }): string => `${row.execution_id} ${row.status}`
