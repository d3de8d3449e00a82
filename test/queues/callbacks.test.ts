// Callbacks: the end of an execution is told to whom its start names, signed, at least once, and under one id however often.
import { evictDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { createHmac } from 'node:crypto'
import { afterEach, describe, expect, it, vi } from 'vitest'
import type { ExecutionIdentity } from '../../src/core/event.ts'
import type { JsonObject } from '../../src/core/json.ts'
import { createDeadLetterStore } from '../../src/history/dead-letter-store.ts'
import { createExecutionHistory } from '../../src/history/execution-history.ts'
import type { HistoryMessage } from '../../src/history/history-message.ts'
import { deliverCallback } from '../../src/queues/deliver-callback.ts'
import { consumeHistory } from '../../src/queues/history-consumer.ts'
import type { CallbackMessage, TaskMessage } from '../../src/queues/messages.ts'
import { queueCallback } from '../../src/queues/queue-callback.ts'
import { consumeTasks, MAX_CALLBACK_TRIES } from '../../src/queues/task-consumer.ts'
import { outboundFetch } from '../../src/runner/outbound-fetch.ts'
import { apiOf, sleeper, sum, testApp } from '../support/api.ts'
import { executionOf, fireAlarm, holdTime, newId, passTime, startExecution, stubOf } from '../support/execution.ts'
import { executionRecord, failedRecord } from '../support/execution-record.ts'
import { Meter, replaceEnv } from '../support/meter.ts'
import { Outside } from '../support/outside.ts'
import { recordingLog } from '../support/queue-batch.ts'
import { graph } from '../support/run.ts'

afterEach(() => {
  vi.useRealTimers()
  vi.unstubAllGlobals()
  vi.restoreAllMocks()
})

const settings = { MILLRACE_ADMIN_KEY: 'test-admin-key', ID_SECRET: 'test-id-secret', ALLOW_PRIVATE_HOSTS: '127.0.0.1' }
const api = apiOf(testApp({ settings }))
const url = 'http://127.0.0.1/done'
const history = createExecutionHistory(env.DB)
const deadLetters = createDeadLetterStore(env.DB)
const value = graph([{ id: 'a', config: { value: { answer: 42 } } }], [])

const secretOf = async (community: string): Promise<string> =>
  (await api('GET', `/admin/callback-secret?community_id=${community}`)).body.data.secret

/** As a receiver checks it. */
function isSigned(secret: string, header: string | null, body: string): boolean {
  const [, t = '', v1 = ''] = header?.match(/^t=(\d+),v1=([0-9a-f]{64})$/) ?? []
  return createHmac('sha256', secret).update(`${t}.${body}`).digest('hex') === v1
}

/** A batch of one message, in its n-th delivery; and what became of it. */
function delivery(body: unknown, attempts = 1) {
  const message = { id: 'm0', timestamp: new Date(0), attempts, body, ack: vi.fn(), retry: vi.fn() }
  const batch = { queue: 'q', messages: [message] } as unknown as MessageBatch
  return { batch, outcome: () => ({ acked: message.ack.mock.calls.length, retried: message.retry.mock.calls.length }) }
}

/** What an execution tells history at its end. */
async function ended(definition: JsonObject, identity: Partial<ExecutionIdentity> = {}): Promise<HistoryMessage> {
  const id = newId()
  const meter = new Meter()
  await meter.attach(id)
  await startExecution(id, definition, { identity, wait: true })
  return meter.history.at(-1) ?? expect.fail('nothing was told')
}

async function consumeEnd(body: HistoryMessage, tasks: TaskMessage[] = [], send?: () => Promise<void>) {
  const { batch, outcome } = delivery(body)
  const queue = { send: async (message: TaskMessage) => (send === undefined ? void tasks.push(message) : send()) }
  const startErrorWorkflow = async () => null
  const callback = (message: HistoryMessage) => queueCallback(message, { history, tasks: queue })
  await consumeHistory(batch, { history, deadLetters, startErrorWorkflow, queueCallback: callback, log: () => {} })
  return { ...outcome(), tasks }
}

const callbackOf = (record = executionRecord({ execution_id: newId() }), to = url): CallbackMessage => ({
  kind: 'callback',
  url: to,
  record,
})

async function consumeCallback(message: CallbackMessage, attempts = 1, letters: Pick<typeof deadLetters, 'save'> = deadLetters) {
  const { batch, outcome } = delivery(message, attempts)
  const { log, lines } = recordingLog()
  const nothing = () => Promise.reject(new Error('not a callback'))
  const deps = {
    fetch: outboundFetch(settings),
    execution: executionOf,
    idSecret: settings.ID_SECRET,
    version: '1',
    now: Date.now,
  }
  await consumeTasks(batch, {
    execution: executionOf,
    payloads: env.PAYLOADS,
    perform: nothing,
    deliver: nothing,
    deliverCallback: (given) => deliverCallback(given, deps),
    deadLetters: letters,
    log,
  })
  return { ...outcome(), lines: lines.map(([level, event]) => `${level} ${event}`) }
}

describe('a start with a callback_url', () => {
  it('has its end told: signed, with the outcome', async () => {
    const outside = new Outside(() => new Response(null, { status: 204 }))
    const headers = { 'X-Correlation-ID': 'order-7' }
    const start = await api('POST', '/executions', { workflow: sum, callback_url: url, metadata: { order: 7 } }, headers)
    expect(start.status).toBe(202)
    const id = start.body.data.execution_id
    const request = await outside.request(0)
    const body = String(request.body)
    expect(request.url).toBe(url)
    expect(isSigned(await secretOf('default'), request.headers.get('X-Millrace-Signature'), body)).toBe(true)
    expect(isSigned(await secretOf('another'), request.headers.get('X-Millrace-Signature'), body)).toBe(false)
    expect(JSON.parse(body)).toEqual({
      event: 'execution.ended',
      delivery_id: `${id}.callback.1`,
      execution_id: id,
      workflow_id: 'sum',
      workflow_version: null,
      config_hash: expect.any(String),
      community_id: 'default',
      status: 'completed',
      success: true,
      epoch: 1,
      start_time: expect.any(String),
      end_time: expect.any(String),
      execution_time_seconds: expect.any(Number),
      nodes_executed: 3,
      error_code: null,
      error_message: null,
      error_node_id: null,
      trigger_type: 'POST /api/v1/executions',
      triggered_by: 'admin',
      correlation_id: 'order-7',
      parent_execution_id: null,
      trace_id: expect.any(String),
      metadata: { order: 7 },
      final_output: 15,
    })
    expect(request.headers.get('Idempotency-Key')).toBe(`${id}.callback.1`)
    expect(request.headers.get('X-Correlation-ID')).toBe('order-7')
    expect(request.headers.get('Content-Type')).toBe('application/json')
  })

  it('is told of a cancellation, too', async () => {
    const outside = new Outside(() => new Response(null, { status: 200 }))
    const id = (await api('POST', '/executions', { workflow: sleeper(), callback_url: url })).body.data.execution_id
    await api('POST', `/executions/${id}/cancel`)
    const { status, success, ...rest } = JSON.parse(String((await outside.request(0)).body))
    expect([status, success, 'final_output' in rest]).toEqual(['cancelled', false, false])
  })

  it('needs ID_SECRET', async () => {
    const unsigned = apiOf(testApp({ settings: { MILLRACE_ADMIN_KEY: 'test-admin-key' } }))
    for (const body of [{ workflow: sum, callback_url: url }, { workflow: { ...sum, settings: { callback_url: url } } }]) {
      const { status, body: answer } = await unsigned('POST', '/executions', body)
      expect([status, answer.error_code]).toEqual([503, 'UNAVAILABLE'])
    }
    expect((await unsigned('GET', '/admin/callback-secret')).status).toBe(503)
  })

  it('may have 2,048 characters', async () => {
    const long = (length: number) => `http://127.0.0.1/${'x'.repeat(length - 'http://127.0.0.1/'.length)}`
    new Outside(() => new Response(null, { status: 204 }))
    expect((await api('POST', '/executions', { workflow: sum, callback_url: long(2_048) })).status).toBe(202)
    expect((await api('POST', '/executions', { workflow: sum, callback_url: long(2_049) })).status).toBe(400)
    const settled = async (length: number) =>
      (await api('POST', '/workflows/validate', { ...sum, settings: { callback_url: long(length) } })).body.data.valid
    expect([await settled(2_048), await settled(2_049)]).toEqual([true, false])
  })
})

describe('what an execution tells history', () => {
  it('names whom to call: by its start, else by its workflow, else nobody', async () => {
    const settled = { ...value, settings: { callback_url: 'https://example.com/settled' } }
    expect((await ended(value)).callback_url).toBeUndefined()
    expect((await ended(value, { callbackUrl: url })).callback_url).toBe(url)
    expect((await ended(settled)).callback_url).toBe('https://example.com/settled')
    expect((await ended(settled, { callbackUrl: url })).callback_url).toBe(url)
  })

  it('names nobody while it is open', async () => {
    const pause = graph([{ id: 'p', type: 'delay', config: { delay_seconds: 60 } }], [])
    const message = await ended(pause, { callbackUrl: url })
    expect([message.ended_at, message.callback_url]).toEqual([null, undefined])
  })
})

describe('between the end and the call', () => {
  it('a crash before the record is stored has it called twice, under one id; after that never', async () => {
    const outside = new Outside(() => new Response(null, { status: 204 }))
    const message = await ended(value, { callbackUrl: url })
    const tasks: TaskMessage[] = []
    // The call is under way, and then the consumer dies: nothing is stored, the message comes again.
    const callback = (body: HistoryMessage) =>
      queueCallback(body, { history, tasks: { send: async (task) => void tasks.push(task) } })
    await callback(message)
    await consumeEnd(message, tasks)
    await consumeEnd(message, tasks)
    expect(tasks).toHaveLength(2)
    for (const task of tasks) if (task.kind === 'callback') await consumeCallback(task)
    expect(outside.keys()).toEqual([`${message.execution_id}.callback.1`, `${message.execution_id}.callback.1`])
    const [first, second] = outside.requests
    expect(second?.body).toEqual(first?.body)
  })

  it('an object that dies before its message is sent tells it again, with whom to call', async () => {
    vi.spyOn(console, 'error').mockImplementation(() => {})
    holdTime()
    const id = newId()
    await replaceEnv(id, { HISTORY_QUEUE: { send: () => Promise.reject(new Error('killed')) } })
    await startExecution(id, value, { identity: { callbackUrl: url }, wait: true })
    await evictDurableObject(stubOf(id))
    const meter = new Meter()
    await meter.attach(id)
    passTime(60_000)
    await fireAlarm(id)
    expect(meter.history).toEqual([expect.objectContaining({ execution_id: id, status: 'completed', callback_url: url })])
  })

  it('a queue that fails keeps the record back, so that the message comes again', async () => {
    const message = await ended(value, { callbackUrl: url })
    const failed = await consumeEnd(message, [], () => Promise.reject(new Error('the queue is away')))
    expect([failed.acked, failed.retried]).toEqual([0, 1])
    expect(await history.getStamp(message.execution_id)).toBeNull()
    const { acked, tasks } = await consumeEnd(message)
    expect([acked, tasks.length]).toEqual([1, 1])
  })

  it('costs nothing where nobody is to be called', async () => {
    const getStamp = vi.fn(history.getStamp)
    const send = vi.fn()
    await queueCallback(executionRecord({ execution_id: newId() }), { history: { getStamp }, tasks: { send } })
    expect([getStamp.mock.calls, send.mock.calls]).toEqual([[], []])
  })
})

describe('a receiver', () => {
  it.each([500, 404, 429, 302])('that answers %i is called again, later', async (status) => {
    new Outside(() => new Response(null, { status }))
    const { acked, retried, lines } = await consumeCallback(callbackOf())
    expect([acked, retried, lines]).toEqual([0, 1, ['error task.failed']])
  })

  it.each<[string, number, string, number]>([
    ['wants no more (410)', 1, 'HTTP_STATUS', 410],
    ['fails to the last', MAX_CALLBACK_TRIES, 'HTTP_STATUS', 503],
  ])('that %s becomes a dead letter that can be sent again', async (_, attempts, code, status) => {
    new Outside(() => new Response(null, { status }))
    const message = callbackOf(failedRecord({ execution_id: newId() }))
    const { acked, retried, lines } = await consumeCallback(message, attempts)
    expect([acked, retried, lines]).toEqual([1, 0, ['error callback.given_up']])
    const letter = await deadLetters.get('default', `callback:${message.record.execution_id}:0`)
    expect(letter).toMatchObject({
      kind: 'callback',
      execution_id: message.record.execution_id,
      error_code: code,
      error_message: `The callback was not taken: The receiver answered ${status}.`,
      attempts,
    })
    expect(JSON.parse(letter?.body ?? '')).toEqual(message)
  })

  it('that must not be called is not', async () => {
    const outside = new Outside(() => new Response(null, { status: 204 }))
    const message = callbackOf(undefined, 'http://10.0.0.1/done')
    expect((await consumeCallback(message)).acked).toBe(1)
    expect(outside.requests).toEqual([])
    const { body } = await api('GET', '/admin/dead-letters?community_id=default')
    expect(body.data).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ kind: 'callback', error_code: 'ADDRESS_BLOCKED', execution_id: message.record.execution_id }),
      ]),
    )
  })

  it('is not given up while nobody can note it', async () => {
    new Outside(() => new Response(null, { status: 410 }))
    const save: typeof deadLetters.save = async (letters) => ({
      rowsWritten: 0,
      failed: new Map(letters.map((letter) => [letter, new Error('D1 is away')])),
    })
    const { acked, retried } = await consumeCallback(callbackOf(), 1, { save })
    expect([acked, retried]).toEqual([0, 1])
  })

  it('gets the output of the epoch that it is told of, and none where the execution has gone on or is gone', async () => {
    const outside = new Outside(() => new Response(null, { status: 204 }))
    const { callback_url: _, ...record } = await ended(value, { callbackUrl: url })
    for (const told of [record, { ...record, epoch: 2 }, executionRecord({ execution_id: newId() })])
      await consumeCallback(callbackOf(told))
    expect(outside.requests.map(({ body }) => JSON.parse(String(body)).final_output)).toEqual([
      { answer: 42 },
      undefined,
      undefined,
    ])
  })
})
