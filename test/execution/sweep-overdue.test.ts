// What goes on where the platform has dropped an alarm: a look-up sets it again, and the cron looks at what is overdue.
import { createScheduledController, runInDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { MAX_WOKEN_PER_SWEEP, OVERDUE_AFTER_MS, sweepOverdue } from '../../src/execution/sweep-overdue.ts'
import { createExecutionHistory } from '../../src/history/execution-history.ts'
import worker from '../../src/index.ts'
import {
  alarmOf,
  executionOf,
  holdTime,
  newId,
  passTime,
  startExecution,
  storedKeys,
  stubOf,
  view,
} from '../support/execution.ts'
import { openRecord } from '../support/execution-record.ts'
import { Meter } from '../support/meter.ts'
import { graph } from '../support/run.ts'

const history = createExecutionHistory(env.DB)
const pause = (seconds: number) => graph([{ id: 'p', type: 'delay', config: { delay_seconds: seconds } }], [])
const twoPauses = graph(
  [
    { id: 'p', type: 'delay', config: { delay_seconds: 30 } },
    { id: 'q', type: 'delay', config: { delay_seconds: 7_200 } },
  ],
  ['p>q'],
)

beforeEach(async () => {
  await env.DB.exec('DELETE FROM executions')
})
afterEach(() => {
  vi.useRealTimers()
  vi.restoreAllMocks()
})

/** As after six failures of the handler and an eviction; whatever looks at the object next finds it so. */
const dropAlarm = (id: string) =>
  runInDurableObject(stubOf(id), async (_, context) => {
    await context.storage.deleteAlarm()
    await context.storage.sync()
    context.abort('evicted')
  }).catch(() => {})

/** Started, listed in D1, and without its alarm. */
async function stranded(definition = pause(30)): Promise<string> {
  const id = newId()
  const meter = new Meter()
  await meter.attach(id)
  await startExecution(id, definition)
  await history.save(meter.history)
  await dropAlarm(id)
  return id
}

async function sweep(): Promise<void> {
  await worker.scheduled(createScheduledController(), env)
}

describe('an object whose alarm was dropped', () => {
  it('sets it again when anything looks at it', async () => {
    holdTime()
    const started = Date.now()
    const id = await stranded()
    await view(id)
    expect(await alarmOf(id)).toBe(started + 30_000)
  })

  it('sets it again where it is woken, although it remembers the one that was dropped', async () => {
    holdTime()
    const id = newId()
    await startExecution(id, pause(30))
    const due = await alarmOf(id)
    await runInDurableObject(stubOf(id), (_, { storage }) => storage.deleteAlarm())
    await executionOf(id).wake()
    expect(await alarmOf(id)).toBe(due)
  })

  it('that was never started stays empty', async () => {
    const id = newId()
    await executionOf(id).wake()
    expect([await storedKeys(id), await alarmOf(id)]).toEqual([[], null])
  })
})

describe('the sweep', () => {
  it('wakes what is overdue, and it goes on', async () => {
    holdTime()
    const id = await stranded()
    passTime(30_000 + OVERDUE_AFTER_MS + 1)
    await sweep()
    expect((await view(id)).status).toBe('completed')
    expect(await alarmOf(id)).not.toBeNull()
  })

  it('leaves alone what is late by less', async () => {
    holdTime()
    const id = await stranded()
    passTime(30_000 + OVERDUE_AFTER_MS)
    expect(await history.listOverdue(Date.now() - OVERDUE_AFTER_MS, 1)).toEqual([])
    passTime(1)
    expect(await history.listOverdue(Date.now() - OVERDUE_AFTER_MS, 1)).toEqual([id])
  })

  it('lets history know the next moment of what waits in health', async () => {
    holdTime()
    const id = await stranded(twoPauses)
    passTime(30_000)
    await executionOf(id).wake()
    passTime(OVERDUE_AFTER_MS + 1)
    const meter = new Meter()
    await meter.attach(id)
    await sweep()
    expect(meter.history).toMatchObject([{ execution_id: id, status: 'waiting' }])
    await history.save(meter.history)
    expect(await history.listOverdue(Date.now() - OVERDUE_AFTER_MS, 1)).toEqual([])
  })

  it('takes the longest overdue, so many at once, and none of those that failed keeps the others from it', async () => {
    vi.spyOn(console, 'error').mockImplementation(() => {})
    const ids = Array.from({ length: MAX_WOKEN_PER_SWEEP + 1 }, (_, index) => `overdue-${index}`)
    await history.save(ids.map((id, index) => openRecord({ execution_id: id, wake_at: 1_000 - index })))
    const woken: string[] = []
    const execution = (id: string) => ({
      wake: async () => {
        woken.push(id)
        if (id === 'overdue-50') throw new Error('broken')
      },
    })
    await sweepOverdue({ history, execution, now: () => OVERDUE_AFTER_MS + 2_000 })
    expect(woken).toEqual(ids.slice(1).reverse())
  })

  it('finds them by an index', async () => {
    const { results } = await env.DB.prepare(
      'EXPLAIN QUERY PLAN SELECT execution_id FROM executions WHERE ended_at IS NULL AND wake_at < ? ORDER BY wake_at LIMIT 1',
    )
      .bind(1)
      .all<{ detail: string }>()
    expect(results.map(({ detail }) => detail)).toEqual([expect.stringContaining('executions_by_wake')])
  })
})
