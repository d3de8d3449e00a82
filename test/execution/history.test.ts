// What an execution tells history, how it makes sure that history has heard, and what it removes when.
import { abortAllDurableObjects, evictDurableObject, runInDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { MAX_RECORD_MESSAGE_BYTES } from '../../src/core/limits.ts'
import { HISTORY_ARRIVES_WITHIN_MS } from '../../src/execution/history-check.ts'
import { FIRST_HISTORY_CHECK_MS, LAST_HISTORY_CHECK_MS } from '../../src/execution/next-alarm.ts'
import { createExecutionHistory } from '../../src/history/execution-history.ts'
import {
  alarmOf,
  executionOf,
  fireAlarm,
  holdTime,
  newId,
  passTime,
  settle,
  startExecution,
  storedKeys,
  stubOf,
  view,
} from '../support/execution.ts'
import { Meter, replaceEnv } from '../support/meter.ts'
import { Outside } from '../support/outside.ts'
import { graph, success } from '../support/run.ts'
import { RunnerAnswers } from '../support/runner-answers.ts'

afterEach(() => {
  vi.useRealTimers()
  vi.unstubAllGlobals()
  vi.restoreAllMocks()
})

const DAY_MS = 24 * 3600_000
const history = createExecutionHistory(env.DB)
const value = graph([{ id: 'a', config: { value: 1 } }], [])
const pause = graph([{ id: 'pause', type: 'delay', config: { delay_seconds: 30 } }], [])
const call = graph([{ id: 'a', type: 'http', config: { url: 'http://127.0.0.1/a' } }], [])

/** An object whose messages are kept by the meter. */
async function metered(): Promise<{ readonly id: string; readonly meter: Meter }> {
  const id = newId()
  const meter = new Meter()
  await meter.attach(id)
  return { id, meter }
}
const statuses = ({ history: sent }: Meter) => sent.map(({ status }) => status)

/** What the queue's consumer does with the last message. */
async function arrive({ history: sent }: Meter): Promise<void> {
  const last = sent.at(-1)
  if (last !== undefined) await history.save([last])
}

async function ring(id: string): Promise<void> {
  const moment = await alarmOf(id)
  if (moment === null) throw new Error('no alarm is set')
  vi.setSystemTime(moment)
  await fireAlarm(id)
}

describe('messages to history', () => {
  it('are one for a short execution, its end', async () => {
    holdTime()
    const { id, meter } = await metered()
    await startExecution(id, value, { wait: true })
    expect(meter.history).toEqual([
      expect.objectContaining({
        execution_id: id,
        status: 'completed',
        seq: 4,
        ended_at: Date.now(),
        expires_at: Date.now() + 30 * DAY_MS,
        wake_at: null,
      }),
    ])
    await arrive(meter)
    await ring(id)
    await ring(id)
    expect(statuses(meter)).toEqual(['completed'])
  })

  it('are one for calls that answer within their bound', async () => {
    new Outside(() => Response.json(1))
    const { id, meter } = await metered()
    await startExecution(id, call, { wait: true })
    expect(statuses(meter)).toEqual(['completed'])
  })

  it('are two for one that waits: listed with its moment, then its end', async () => {
    holdTime()
    const { id, meter } = await metered()
    await startExecution(id, pause)
    expect(meter.history).toMatchObject([{ status: 'waiting', wake_at: Date.now() + 30_000, ended_at: null, expires_at: null }])
    await arrive(meter)
    await ring(id)
    await arrive(meter)
    await ring(id)
    await ring(id)
    expect(statuses(meter)).toEqual(['waiting', 'completed'])
    expect(await storedKeys(id)).toEqual([])
  })

  it('are two for a call that takes longer', async () => {
    const outside = new Outside()
    const runners = new RunnerAnswers()
    const { id, meter } = await metered()
    await startExecution(id, call)
    await outside.request(0)
    await runners.answer(0)
    await vi.waitFor(() => expect(statuses(meter)).toEqual(['running']))
    await settle(id, 'a', success())
    expect(statuses(meter)).toEqual(['running', 'completed'])
  })

  it('are one for an execution that is cancelled in its first turn', async () => {
    const outside = new Outside()
    const runners = new RunnerAnswers()
    const { id, meter } = await metered()
    await startExecution(id, call)
    const request = await outside.request(0)
    await executionOf(id).control('default', { type: 'cancel', by: 'ada', reason: null })
    request.answer()
    await runners.answer(0)
    await view(id)
    expect(statuses(meter)).toEqual(['cancelled'])
  })

  it('arrive in D1 through the real queue', async () => {
    const id = newId()
    await startExecution(id, value)
    await vi.waitFor(async () => expect(await history.get('default', id)).toMatchObject({ status: 'completed', seq: 4 }), 4_000)
  })

  it('have whole moments where a setting names parts of a millisecond', async () => {
    const [ended, open] = [newId(), newId()]
    await startExecution(ended, { ...value, settings: { retention_days: 0.123456789 } })
    await startExecution(open, { ...pause, settings: { timeout_seconds: 20.0001234 } })
    await vi.waitFor(async () => {
      const row = await history.get('default', ended)
      expect(row?.expires_at).toBe((row?.ended_at ?? 0) + Math.ceil(0.123456789 * DAY_MS))
      expect(await history.get('default', open)).toMatchObject({ status: 'waiting' })
    }, 4_000)
  })

  it('fit into the queue however long an error is', async () => {
    const id = newId()
    const fail = graph([{ id: 'f', type: 'fail', config: { message: '{{ inputs.text }}' } }], [])
    await startExecution(id, fail, { inputs: { text: 'ä'.repeat(200_000) } })
    expect((await view(id)).status).toBe('failed')
    await vi.waitFor(async () => expect(await history.get('default', id)).not.toBeNull(), 4_000)
    const message = (await history.get('default', id))?.error_message ?? ''
    const bytes = new TextEncoder().encode(message).length
    expect(bytes).toBeLessThanOrEqual(MAX_RECORD_MESSAGE_BYTES)
    expect(bytes).toBeGreaterThan(MAX_RECORD_MESSAGE_BYTES - 4)
    expect(message).toMatch(/\[truncated\]$/)
  })

  it('carry an error of the longest kind whole', async () => {
    const { id, meter } = await metered()
    const fail = graph([{ id: 'f', type: 'fail', config: { message: 'x'.repeat(MAX_RECORD_MESSAGE_BYTES) } }], [])
    await startExecution(id, fail)
    expect(meter.history[0]?.error_message).toBe('x'.repeat(MAX_RECORD_MESSAGE_BYTES))
  })
})

describe('the check that history has heard', () => {
  it('sends a lost message again after a minute, then ever more rarely, until the row is there', async () => {
    holdTime()
    const { id, meter } = await metered()
    await startExecution(id, value)
    const ended = Date.now()
    const checks: number[] = []
    for (let check = 0; check < 4; check += 1) {
      await ring(id)
      checks.push(Date.now() - ended)
    }
    expect(checks).toEqual([1, 2, 4, 8].map((times) => times * FIRST_HISTORY_CHECK_MS))
    expect(meter.history).toHaveLength(5)
    await arrive(meter)
    await ring(id)
    expect(meter.history).toHaveLength(5)
    expect(await alarmOf(id)).toBe(ended + 30 * DAY_MS)
  })

  it('gives a message time to arrive', async () => {
    holdTime()
    const { id, meter } = await metered()
    await startExecution(id, value)
    passTime(HISTORY_ARRIVES_WITHIN_MS - 1)
    await fireAlarm(id)
    expect(meter.history).toHaveLength(1)
    passTime(1)
    await fireAlarm(id)
    expect(meter.history).toHaveLength(2)
  })

  it('sends again the row of an execution that is still open', async () => {
    holdTime()
    const { id, meter } = await metered()
    await startExecution(id, graph([{ id: 'p', type: 'delay', config: { delay_seconds: 600 } }], []))
    await ring(id)
    expect(statuses(meter)).toEqual(['waiting', 'waiting'])
    await arrive(meter)
    await ring(id)
    expect(statuses(meter)).toEqual(['waiting', 'waiting'])
  })

  it('is not content with the row of a moment before the end', async () => {
    holdTime()
    const { id, meter } = await metered()
    await startExecution(id, pause)
    await arrive(meter)
    await ring(id)
    expect(statuses(meter)).toEqual(['waiting', 'completed'])
    await ring(id)
    expect(statuses(meter)).toEqual(['waiting', 'completed', 'completed'])
  })

  it('is not content with it either where the execution ends while D1 is asked', async () => {
    holdTime()
    const { id, meter } = await metered()
    await startExecution(id, pause)
    await arrive(meter)
    passTime(10_000)
    await runInDurableObject(stubOf(id), async (instance) => {
      const prepare = (sql: string) => {
        void instance.control('default', { type: 'cancel', by: 'ada', reason: null })
        return env.DB.prepare(sql)
      }
      await replaceEnv(id, { DB: { prepare } })
      await instance.alarm()
      await replaceEnv(id, { DB: env.DB })
    })
    expect(statuses(meter)).toEqual(['waiting', 'cancelled', 'cancelled'])
    await ring(id)
    expect(statuses(meter)).toEqual(['waiting', 'cancelled', 'cancelled', 'cancelled'])
    await arrive(meter)
    await ring(id)
    expect(statuses(meter)).toHaveLength(4)
  })

  it('survives an abort right after the end', async () => {
    holdTime()
    const { id } = await metered()
    await startExecution(id, value)
    await abortAllDurableObjects()
    await ring(id)
    await vi.waitFor(async () => expect(await history.getStamp(id)).toMatchObject({ status: 'completed' }), 4_000)
  })
})

describe('retention', () => {
  const week = { ...value, settings: { retention_days: 7 } }

  it('removes the storage and the alarm at its date; the row in D1 stays', async () => {
    holdTime()
    const { id, meter } = await metered()
    await startExecution(id, week)
    await arrive(meter)
    await ring(id)
    await evictDurableObject(stubOf(id))
    passTime(7 * DAY_MS - FIRST_HISTORY_CHECK_MS - 1)
    await fireAlarm(id)
    expect(await storedKeys(id)).toHaveLength(1)
    await ring(id)
    expect(await storedKeys(id)).toEqual([])
    expect(await alarmOf(id)).toBeNull()
    expect(await executionOf(id).get('default', { includeLogs: true, includeMetrics: false })).toBeNull()
    expect(await history.get('default', id)).toMatchObject({ status: 'completed', expires_at: Date.now() })
    await runInDurableObject(stubOf(id), (instance) => instance.alarm())
    expect(await storedKeys(id)).toEqual([])
    expect(await alarmOf(id)).toBeNull()
  })

  it('waits while D1 lacks the final row, without ringing in a hurry', async () => {
    holdTime()
    const { id, meter } = await metered()
    await startExecution(id, week)
    passTime(8 * DAY_MS)
    await fireAlarm(id)
    expect(await storedKeys(id)).toHaveLength(1)
    expect(await alarmOf(id)).toBe(Date.now() + LAST_HISTORY_CHECK_MS)
    await arrive(meter)
    await ring(id)
    expect(await storedKeys(id)).toEqual([])
    expect(await alarmOf(id)).toBeNull()
  })
})
