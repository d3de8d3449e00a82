// What the API says, and what becomes of executions, while a part of the platform does not answer: 503 and when to ask again, and
// nothing that was accepted is lost.

import { runInDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { afterEach, describe, expect, it, vi } from 'vitest'
import type { ExecutionRpc } from '../../src/execution/contract.ts'
import { createDeadLetterStore } from '../../src/history/dead-letter-store.ts'
import { createExecutionHistory } from '../../src/history/execution-history.ts'
import { createWorkflowStore } from '../../src/history/workflow-store.ts'
import { type Answer, apiOf, sleeper, sum, testApp } from '../support/api.ts'
import { executionOf, fireAlarm, holdTime, passTime, stubOf } from '../support/execution.ts'
import { replaceEnv } from '../support/meter.ts'

afterEach(() => {
  vi.useRealTimers()
  vi.restoreAllMocks()
})

const api = apiOf(testApp())
const quiet = () => vi.spyOn(console, 'error').mockImplementation(() => {})
const unavailable = ({ status, body, headers }: Answer) => [status, body.error_code, headers.get('Retry-After')]
const UNAVAILABLE = [503, 'UNAVAILABLE', '5']

describe('while D1 is away', () => {
  const database = {
    prepare: () => {
      throw new Error('D1_ERROR: no such database')
    },
  } as unknown as D1Database
  const without = apiOf(
    testApp({
      workflows: createWorkflowStore(database),
      history: createExecutionHistory(database),
      deadLetters: createDeadLetterStore(database),
      database,
    }),
  )

  it.each([
    ['GET', '/workflows'],
    ['GET', '/workflows/x'],
    ['GET', '/workflows/x/executions'],
    ['POST', '/workflows/x/execute'],
    ['GET', '/executions'],
    ['GET', '/executions/unknown'],
    ['GET', '/executions?error=x'],
    ['GET', '/admin/dead-letters'],
  ])('%s %s is a 503 that says when to ask again', async (method, path) => {
    quiet()
    expect(unavailable(await without(method, path))).toEqual(UNAVAILABLE)
  })

  it('inline definitions start, run, and can be read and cancelled', async () => {
    const done = await without('POST', '/executions', { workflow: sum, async_execution: false })
    expect([done.status, done.body.data.final_output]).toEqual([200, 15])
    const id = (await without('POST', '/executions', { workflow: sleeper() })).body.data.execution_id
    expect((await without('GET', `/executions/${id}`)).status).toBe(200)
    expect((await without('POST', `/executions/${id}/cancel`)).status).toBe(200)
  })

  it('a start with a key is refused before anything exists, and starts once when D1 is back', async () => {
    quiet()
    const body = { workflow: sum, idempotency_key: crypto.randomUUID() }
    expect(unavailable(await without('POST', '/executions', body))).toEqual(UNAVAILABLE)
    const first = await api('POST', '/executions', body)
    const again = await api('POST', '/executions', body)
    expect([first.status, again.status, again.body.data.execution_id]).toEqual([202, 200, first.body.data.execution_id])
  })
})

describe('while the queues are away', () => {
  it('executions start and end, and history hears of it when they are back', async () => {
    quiet()
    holdTime()
    const failing = { send: () => Promise.reject(new Error('the queue does not answer')) }
    // The object gets the failing queue before anything reaches it.
    const broken = testApp({
      execution: (id) =>
        ({
          start: async (request) => {
            await replaceEnv(id, { HISTORY_QUEUE: failing, TASKS_QUEUE: failing })
            return executionOf(id).start(request)
          },
        }) as ExecutionRpc,
    })
    const start = await apiOf(broken)('POST', '/executions', { workflow: sum })
    expect(start.status).toBe(202)
    const id = start.body.data.execution_id
    expect((await api('GET', `/executions/${id}`)).body.data).toMatchObject({ status: 'completed', final_output: 15 })
    const history = createExecutionHistory(env.DB)
    expect(await history.getStamp(id)).toBeNull()
    const sent: unknown[] = []
    await replaceEnv(id, { HISTORY_QUEUE: { send: async (message: unknown) => void sent.push(message) } })
    passTime(60_000)
    expect(await fireAlarm(id)).toBe(true)
    expect(sent).toEqual([expect.objectContaining({ execution_id: id, status: 'completed' })])
  })
})

describe('an object that does not answer', () => {
  const refusing = (mark: object) =>
    new Proxy({} as ExecutionRpc, {
      get: () => () => Promise.reject(Object.assign(new Error('Durable Object is overloaded'), mark)),
    })

  const routes: [method: string, path: string, body?: object][] = [
    ['POST', '/executions', { workflow: sum }],
    ['POST', '/executions', { workflow: sum, async_execution: false }],
    ['GET', '/executions/x'],
    ['GET', '/executions/x/nodes'],
    ['GET', '/executions/x/events'],
    ['GET', '/executions/x/logs'],
    ['GET', '/executions/x/definition'],
    ['GET', '/executions/x/payloads/y'],
    ['POST', '/executions/x/cancel'],
    ['POST', '/executions/x/pause'],
    ['POST', '/executions/x/replay', {}],
    ['POST', '/executions/x/signals/y', {}],
    ['POST', '/executions/x/stream-token'],
    ['DELETE', '/executions/x'],
  ]

  it.each(routes)('%s %s is a 503, overloaded or in passing', async (method, path, body) => {
    quiet()
    for (const mark of [{ overloaded: true }, { retryable: true }]) {
      const answer = await apiOf(testApp({ execution: () => refusing(mark) }))(method, path, body)
      expect(unavailable(answer)).toEqual(UNAVAILABLE)
    }
  })

  it.each(['logs/stream', 'events'])('its stream as well: %s', async (path) => {
    quiet()
    const app = apiOf(testApp({ execution: () => refusing({ overloaded: true }) }))
    const headers = { Upgrade: 'websocket', Accept: 'text/event-stream' }
    expect(unavailable(await app('GET', `/executions/x/${path}`, undefined, headers))).toEqual(UNAVAILABLE)
  })

  it('for another reason is a bug: 500, and nothing says to ask again', async () => {
    quiet()
    const answer = await apiOf(testApp({ execution: () => refusing({}) }))('GET', '/executions/x')
    expect(unavailable(answer)).toEqual([500, 'INTERNAL_ERROR', null])
  })
})

describe('a start whose answer is lost', () => {
  /** The start gets through, its answer does not. */
  const losing = () => {
    let lost = false
    return testApp({
      execution: (id) =>
        ({
          start: async (request) => {
            const answer = await executionOf(id).start(request)
            if (lost) return answer
            lost = true
            throw Object.assign(new Error('Network connection lost.'), { retryable: true })
          },
        }) as ExecutionRpc,
    })
  }

  it('under a key is found by sending it again', async () => {
    quiet()
    const shaky = apiOf(losing())
    const body = { workflow: sum, idempotency_key: crypto.randomUUID() }
    const first = await shaky('POST', '/executions', body)
    expect(unavailable(first)).toEqual(UNAVAILABLE)
    const again = await shaky('POST', '/executions', body)
    expect([again.status, again.headers.get('Idempotent-Replay')]).toEqual([200, 'true'])
    expect(first.body.message).toContain(`Execution ${again.body.data.execution_id} `)
    expect(first.body.message).toContain('send the same request again')
  })

  it('without one names the execution, which can be looked at', async () => {
    quiet()
    const { body } = await apiOf(losing())('POST', '/executions', { workflow: sum })
    const [, id] = body.message.match(/^Execution ([0-9a-f]{16}) /)
    expect(body.message).toContain('look at it before you start again')
    expect((await api('GET', `/executions/${id}`)).body.data.final_output).toBe(15)
  })

  it('while it was waited for says that it has started', async () => {
    const deaf = testApp({
      execution: (id) =>
        ({
          start: (request) => executionOf(id).start(request),
          fetch: () => Promise.reject(Object.assign(new Error('overloaded'), { overloaded: true })),
        }) as Partial<ExecutionRpc> as ExecutionRpc,
    })
    const start = await apiOf(deaf)('POST', '/executions', { workflow: sleeper(), async_execution: false })
    expect([start.status, start.body.data.status]).toEqual([202, 'waiting'])
    expect(await runInDurableObject(stubOf(start.body.data.execution_id), (_, { storage }) => storage.getAlarm())).not.toBeNull()
  })
})

it('while R2 is away a large value is a 503', async () => {
  quiet()
  const payloads = { get: () => Promise.reject(new Error('R2 does not answer')) } as unknown as R2Bucket
  const found = { payload: async () => ({ key: 'executions/x/y', size: 1 }) } as unknown as ExecutionRpc
  const answer = await apiOf(testApp({ payloads, execution: () => found }))('GET', '/executions/x/payloads/y')
  expect(unavailable(answer)).toEqual(UNAVAILABLE)
})
