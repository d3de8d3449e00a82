// What a parent and one child that it waits for cost over both their lives; counted as in budgets.test.ts.
import { env } from 'cloudflare:workers'
import { afterEach, expect, it, vi } from 'vitest'
import { pricePerMillion } from '../../bench/prices.ts'
import type { JsonObject } from '../../src/core/json.ts'
import { createExecutionHistory } from '../../src/history/execution-history.ts'
import { derivedId } from '../../src/runner/derived-id.ts'
import { alarmOf, fireAlarm, holdTime, newId, startExecution, storedKeys, view } from '../support/execution.ts'
import { Meter } from '../support/meter.ts'
import { graph } from '../support/run.ts'
import { storeWorkflow } from '../support/stored.ts'

afterEach(() => {
  vi.useRealTimers()
  vi.restoreAllMocks()
})

const history = createExecutionHistory(env.DB)
const parent = graph([{ id: 'call', type: 'workflow', config: { workflow_id: 'child' } }], [])

/** Rings every alarm of both when it is set until nothing is left of them; messages have arrived before. */
async function liveOn(ids: readonly string[], arrive: () => Promise<void>): Promise<void> {
  for (;;) {
    await arrive()
    const alarms = await Promise.all(ids.map(async (id) => ({ id, at: await alarmOf(id) })))
    const next = alarms.flatMap(({ id, at }) => (at === null ? [] : [{ id, at }])).sort((a, b) => a.at - b.at)[0]
    if (next === undefined) return
    vi.setSystemTime(next.at)
    await fireAlarm(next.id)
  }
}

async function live(childWorkflow: JsonObject) {
  holdTime()
  await storeWorkflow('child', childWorkflow)
  const id = newId()
  const child = derivedId('test-id-secret', ['child', id, 'call', 1, 0])
  const meter = new Meter()
  await meter.attach(id)
  await meter.attach(child)
  await startExecution(id, parent)
  await vi.waitFor(async () => expect((await view(id)).node_states.call?.metadata.execution_id).toBe(child))
  let arrived = 0
  let d1RowsWritten = 0
  await liveOn([id, child], async () => {
    for (const record of meter.history.slice(arrived)) d1RowsWritten += (await history.save([record])).rowsWritten
    arrived = meter.history.length
  })
  expect([...(await storedKeys(id)), ...(await storedKeys(child))]).toEqual([])
  expect(await history.get('default', id)).toMatchObject({ status: 'completed' })
  // The test's own looks are none of the executions' requests.
  const { get: _looks, ...requests } = meter.requests()
  const rows = Object.fromEntries(
    [...Map.groupBy(meter.rows, (key) => (key.startsWith('j/') ? 'entry' : key))].map(([kind, some]) => [kind, some.length]),
  )
  const units = {
    objectRowsWritten: meter.rows.length,
    d1RowsWritten,
    queueMessages: meter.history.length,
    objectRequests: Object.values(requests).reduce((sum, count) => sum + count, 0),
  }
  return { rows, requests, units }
}

it('a quick child costs its parent two rows, no message and one request more', async () => {
  const { rows, requests, units } = await live(graph([{ id: 'a', config: { value: 1 } }], []))
  expect({ rows, requests, units }).toEqual({
    rows: { entry: 3, alarm: 4, deleteAll: 2 },
    requests: { start: 2, childEnded: 1, alarm: 4 },
    units: { objectRowsWritten: 9, d1RowsWritten: 6, queueMessages: 2, objectRequests: 7 },
  })
  expect(pricePerMillion(units)).toBeLessThan(19)
})

it('a child that takes an hour costs what its waits do', async () => {
  const slow = graph([{ id: 'pause', type: 'delay', config: { delay_seconds: 3_600 } }], [])
  const { rows, requests, units } = await live(slow)
  expect({ rows, requests, units }).toEqual({
    rows: { entry: 5, alarm: 7, deleteAll: 2 },
    requests: { start: 2, childEnded: 1, awaitsChild: 1, alarm: 7 },
    units: { objectRowsWritten: 14, d1RowsWritten: 9, queueMessages: 4, objectRequests: 11 },
  })
  expect(pricePerMillion(units)).toBeLessThan(30)
})
