// `settings.error_workflow`: what a failure starts, once for each epoch that failed, whatever is lost or repeated on the way.
import { evictDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { afterEach, describe, expect, it, vi } from 'vitest'
import type { ExecutionIdentity } from '../../src/core/event.ts'
import type { Json, JsonObject } from '../../src/core/json.ts'
import { MAX_CHILD_DEPTH } from '../../src/core/limits.ts'
import { createDeadLetterStore } from '../../src/history/dead-letter-store.ts'
import { createExecutionHistory } from '../../src/history/execution-history.ts'
import type { HistoryMessage } from '../../src/history/history-message.ts'
import { createWorkflowStore } from '../../src/history/workflow-store.ts'
import { consumeHistory, MAX_ERROR_WORKFLOW_TRIES } from '../../src/queues/history-consumer.ts'
import { type ErrorWorkflowDeps, startErrorWorkflow } from '../../src/queues/start-error-workflow.ts'
import { derivedId } from '../../src/runner/derived-id.ts'
import {
  executionOf,
  fireAlarm,
  holdTime,
  newId,
  passTime,
  settle,
  startExecution,
  storedKeys,
  stubOf,
  told,
  view,
} from '../support/execution.ts'
import { Meter } from '../support/meter.ts'
import { Outside } from '../support/outside.ts'
import { recordingLog } from '../support/queue-batch.ts'
import { failure, graph } from '../support/run.ts'
import { storeWorkflow } from '../support/stored.ts'
import { http } from '../support/under-way.ts'

afterEach(() => {
  vi.useRealTimers()
  vi.unstubAllGlobals()
  vi.restoreAllMocks()
})

const SECRET = 'test-id-secret'
const history = createExecutionHistory(env.DB)
const deadLetters = createDeadLetterStore(env.DB)
const workflows = createWorkflowStore(env.DB)

/** Gives what it was started with. */
const echo = graph([{ id: 'z', type: 'end', config: { output: '{{ inputs }}' } }], [])
const failing = (errorWorkflow: Json = 'on-error') =>
  graph([{ id: 'f', type: 'fail', config: { code: 'OUT_OF_STOCK', message: 'none left' } }], [], {
    settings: { error_workflow: errorWorkflow },
  })

const errorIdOf = (id: string, epoch = 1) => derivedId(SECRET, ['error_workflow', id, epoch])

const deps = (over: Partial<ErrorWorkflowDeps> = {}): ErrorWorkflowDeps => ({
  history,
  findWorkflow: (communityId, workflowId) => workflows.get(communityId, workflowId),
  mayStart: async () => true,
  execution: executionOf,
  derivedId: (parts) => derivedId(SECRET, parts),
  ...over,
})

/** A batch of one message, in its n-th delivery. */
const delivery = (body: HistoryMessage, attempts = 1): MessageBatch => {
  const batch = {
    queue: 'millrace-history',
    messages: [{ id: 'm0', timestamp: new Date(0), attempts, body, ack: vi.fn(), retry: vi.fn() }],
  }
  return batch as unknown as MessageBatch
}

async function consume(body: HistoryMessage, over: Partial<ErrorWorkflowDeps> = {}, attempts = 1) {
  const batch = delivery(body, attempts)
  const { log, lines } = recordingLog()
  const start = vi.fn((message: HistoryMessage) => startErrorWorkflow(message, deps(over)))
  await consumeHistory(batch, { history, deadLetters, startErrorWorkflow: start, queueCallback: async () => {}, log })
  const [message] = batch.messages
  return { acked: vi.mocked(message?.ack)?.mock.calls.length, retried: vi.mocked(message?.retry)?.mock.calls.length, lines }
}

/** An object whose messages to history are kept from it. */
async function metered() {
  const id = newId()
  const meter = new Meter()
  await meter.attach(id)
  return { id, meter }
}

// What an object sends is a message as history takes it.
function lastOf({ history: sent }: Meter): HistoryMessage {
  const last = sent.at(-1)
  if (last === undefined) throw new Error('no message was sent')
  return last
}

/** One that has ended, with its message. */
async function ended(definition: JsonObject = failing(), identity: Partial<ExecutionIdentity> = {}) {
  const { id, meter } = await metered()
  await startExecution(id, definition, { identity })
  return { id, meter, message: lastOf(meter) }
}

describe('an execution that fails', () => {
  it('starts its error workflow with what happened', async () => {
    await storeWorkflow('on-error', echo)
    const id = newId()
    await startExecution(id, failing(), { inputs: { order: 7 }, identity: { correlationId: 'order-7', workflowId: 'orders' } })
    const errorId = errorIdOf(id)
    await vi.waitFor(async () => expect(await storedKeys(errorId)).not.toEqual([]), { timeout: 8_000 })
    expect(await view(errorId)).toMatchObject({
      workflow_id: 'on-error',
      status: 'completed',
      trigger_type: 'error_workflow',
      parent_execution_id: id,
      trace_id: 'a'.repeat(32),
      final_output: {
        execution_id: id,
        workflow_id: 'orders',
        error: { code: 'OUT_OF_STOCK', message: 'none left', retryable: false },
        failed_node_id: 'f',
        inputs: { order: 7 },
      },
    })
    await vi.waitFor(
      async () =>
        expect(await history.get('default', errorId)).toMatchObject({ parent_execution_id: id, correlation_id: 'order-7' }),
      { timeout: 8_000 },
    )
    expect(await history.get('default', id)).toMatchObject({ status: 'failed' })
  })

  it('by its timeout does so too, and no node is to blame', async () => {
    holdTime()
    await storeWorkflow('on-error', echo)
    const { id, meter } = await metered()
    const slow = { id: 'p', type: 'delay', config: { delay_seconds: 60 } }
    await startExecution(id, graph([slow], [], { settings: { error_workflow: 'on-error', timeout_seconds: 1 } }))
    expect(meter.history.at(-1)).not.toHaveProperty('error_workflow')
    passTime(1_000)
    await fireAlarm(id)
    await consume(lastOf(meter))
    expect(await view(errorIdOf(id))).toMatchObject({
      final_output: { failed_node_id: null, error: { code: 'EXECUTION_TIMEOUT' } },
    })
  })
})

describe('no error workflow', () => {
  it.each([
    ['completes', graph([{ id: 'a', config: { value: 1 } }], [], { settings: { error_workflow: 'on-error' } })],
    ['fails without naming one', graph([{ id: 'f', type: 'fail', config: { message: 'no' } }], [])],
  ])('is told of one that %s', async (_, definition) => {
    expect((await ended(definition)).message).not.toHaveProperty('error_workflow')
  })

  it('is told of one that is cancelled', async () => {
    new Outside()
    const { id, meter } = await metered()
    await startExecution(id, graph([http('a')], [], { settings: { error_workflow: 'on-error' } }))
    await executionOf(id).control('default', { type: 'cancel', by: 'ada', reason: null })
    expect(meter.history.at(-1)).toMatchObject({ status: 'cancelled' })
    expect(meter.history.at(-1)).not.toHaveProperty('error_workflow')
  })

  it('is told of an error workflow that fails itself', async () => {
    const { message } = await ended(failing('on-error'), { triggerType: 'error_workflow' })
    expect(message).toMatchObject({ status: 'failed' })
    expect(message).not.toHaveProperty('error_workflow')
  })
})

describe('once for each epoch that failed', () => {
  it('though the consumer dies between the start and the store', async () => {
    await storeWorkflow('on-error', echo)
    const { id, message } = await ended()
    expect(await startErrorWorkflow(message, deps())).toBe(errorIdOf(id))
    const before = await told(errorIdOf(id))
    expect(await consume(message)).toMatchObject({ acked: 1, retried: 0, lines: [] })
    expect(await told(errorIdOf(id))).toEqual(before)
  })

  it('though the message comes again when all is done, and what was started has been retired', async () => {
    await storeWorkflow('on-error', echo)
    const { id, message } = await ended()
    await consume(message)
    const execution = vi.fn(executionOf)
    expect(await consume(message, { execution })).toMatchObject({ acked: 1, lines: [] })
    expect(execution).not.toHaveBeenCalled()
    expect(await told(errorIdOf(id))).toContain('execution.completed')
  })

  it('though the message is lost: the object finds history without it and sends it again', async () => {
    holdTime()
    await storeWorkflow('on-error', echo)
    const { id, meter } = await ended()
    await evictDurableObject(stubOf(id))
    await meter.attach(id)
    passTime(60_000)
    await fireAlarm(id)
    expect(meter.history).toHaveLength(2)
    await consume(lastOf(meter))
    expect(await view(errorIdOf(id))).toMatchObject({ parent_execution_id: id })
  })

  it('though it was recovered before the message came: the record has the failure', async () => {
    new Outside()
    await storeWorkflow('on-error', echo)
    const { id, meter } = await metered()
    await startExecution(id, graph([http('a')], [], { settings: { error_workflow: 'on-error' } }))
    await settle(id, 'a', failure({ retryable: false, code: 'HTTP_STATUS', message: 'answered 500', status: 500 }))
    const first = lastOf(meter)
    await executionOf(id).control('default', { type: 'recover', by: 'ada' })
    await consume(first)
    expect(await view(errorIdOf(id))).toMatchObject({
      final_output: { error: { code: 'HTTP_STATUS', message: 'answered 500' }, failed_node_id: 'a' },
    })
    await settle(id, 'a', failure({ retryable: false, code: 'HTTP_STATUS', message: 'answered 500', status: 500 }), { epoch: 2 })
    await consume(lastOf(meter))
    expect(await view(errorIdOf(id, 2))).toMatchObject({ final_output: { error: { status: 500 } } })
  })
})

describe('a failure of which history hears after the next epoch', () => {
  it('starts its error workflow all the same', async () => {
    new Outside()
    await storeWorkflow('on-error', echo)
    const { id, meter } = await metered()
    await startExecution(id, graph([http('a')], [], { settings: { error_workflow: 'on-error' } }))
    await settle(id, 'a', failure({ retryable: false, code: 'HTTP_STATUS', message: 'answered 500', status: 500 }))
    const first = lastOf(meter)
    await executionOf(id).control('default', { type: 'recover', by: 'ada' })
    await settle(id, 'a', { kind: 'completed', output: 1 }, { epoch: 2 })
    await consume(lastOf(meter))
    expect(await history.getStamp(id)).toMatchObject({ epoch: 2, status: 'completed' })
    expect(await consume(first)).toMatchObject({ acked: 1 })
    expect(await view(errorIdOf(id))).toMatchObject({ final_output: { failed_node_id: 'a' } })
  })
})

describe('what cannot be started', () => {
  const missing = ['error', 'error_workflow.not_started'] as const

  it('is logged, and history has the failure all the same', async () => {
    const { id, message } = await ended(failing('nobody-stored-it'))
    const { acked, lines } = await consume(message)
    expect({ acked, lines }).toEqual({
      acked: 1,
      lines: [
        [
          ...missing,
          { execution_id: id, error_workflow: 'nobody-stored-it', attempts: 1, reason: 'There is no workflow nobody-stored-it.' },
        ],
      ],
    })
    expect(await history.get('default', id)).toMatchObject({ status: 'failed' })
  })

  it('is one that refuses such inputs', async () => {
    await storeWorkflow('picky', { ...echo, input_schema: { required: ['something_else'] } })
    const { message } = await ended(failing('picky'))
    expect((await consume(message)).lines).toEqual([
      [...missing, expect.objectContaining({ reason: expect.stringContaining('refuses its inputs') })],
    ])
  })

  it('is one below the deepest, so that handlers of children of handlers come to an end', async () => {
    await storeWorkflow('on-error', echo)
    const deep = await ended(failing(), { depth: MAX_CHILD_DEPTH - 1 })
    expect((await consume(deep.message)).lines).toEqual([])
    expect(await storedKeys(errorIdOf(deep.id))).not.toEqual([])
    const deeper = await ended(failing(), { depth: MAX_CHILD_DEPTH })
    expect((await consume(deeper.message)).lines).toEqual([
      [...missing, expect.objectContaining({ reason: expect.stringContaining('16 deep') })],
    ])
    expect(await storedKeys(errorIdOf(deeper.id))).toEqual([])
  })

  it('is nothing where the failed execution is gone', async () => {
    const { message } = await ended()
    const gone = { ...message, execution_id: newId() }
    expect(await consume(gone)).toMatchObject({ acked: 1, lines: [] })
  })

  it('now is tried again a few times, and keeps the record from history no longer', async () => {
    await storeWorkflow('on-error', echo)
    const { id, message } = await ended()
    const down = { findWorkflow: () => Promise.reject(new Error('D1 is down')) }
    expect(await consume(message, down, MAX_ERROR_WORKFLOW_TRIES - 1)).toMatchObject({
      acked: 0,
      retried: 1,
      lines: [['warn', 'error_workflow.start_failed', { reason: 'D1 is down' }]],
    })
    expect(await history.getStamp(id)).toBeNull()
    expect(await consume(message, down, MAX_ERROR_WORKFLOW_TRIES)).toMatchObject({
      acked: 1,
      retried: 0,
      lines: [[...missing, {}]],
    })
    expect(await history.getStamp(id)).toMatchObject({ status: 'failed' })
    expect(await deadLetters.get('default', `error_workflow:${id}:1`)).toMatchObject({ error_code: null, attempts: 5 })
  })

  it('is a dead letter of its own beside that of the failure, once', async () => {
    const { id, message } = await ended(failing('nobody-stored-it'))
    await consume(message)
    await consume(message)
    expect(await deadLetters.get('default', `error_workflow:${id}:1`)).toMatchObject({
      kind: 'error_workflow',
      execution_id: id,
      error_code: 'CONFIG_INVALID',
      error_message: 'The error workflow nobody-stored-it was not started: There is no workflow nobody-stored-it.',
      created_at: message.ended_at,
    })
    expect(await deadLetters.get('default', `execution:${id}:1`)).toMatchObject({ kind: 'execution', error_code: 'OUT_OF_STOCK' })
  })

  it('comes again where its dead letter cannot be stored', async () => {
    const { id, message } = await ended(failing('nobody-stored-it'))
    await env.DB.exec("CREATE TRIGGER no_letters BEFORE INSERT ON dead_letters BEGIN SELECT RAISE(ABORT, 'refused'); END")
    const { acked, retried, lines } = await consume(message)
    await env.DB.exec('DROP TRIGGER no_letters')
    expect({ acked, retried, lines }).toMatchObject({
      acked: 0,
      retried: 1,
      lines: [
        [...missing, {}],
        ['warn', 'dead_letter.save_failed', { id: `error_workflow:${id}:1` }],
      ],
    })
    expect(await history.getStamp(id)).toBeNull()
  })

  it('keeps no other record of its batch waiting', async () => {
    const one = await ended(failing('nobody-stored-it'))
    const other = await ended(graph([{ id: 'a', config: { value: 1 } }], []))
    const batch = {
      queue: 'millrace-history',
      messages: [...delivery(one.message).messages, ...delivery(other.message).messages],
    }
    const { log } = recordingLog()
    const down = () => Promise.reject(new Error('unreachable'))
    await consumeHistory(batch as unknown as MessageBatch, {
      history,
      deadLetters,
      startErrorWorkflow: down,
      queueCallback: async () => {},
      log,
    })
    expect(await history.getStamp(one.id)).toBeNull()
    expect(await history.getStamp(other.id)).toMatchObject({ status: 'completed' })
  })
})
