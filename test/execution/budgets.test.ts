// Rows are money (ARCHITECTURE, law 5): what three executions cost over their whole life, from the start over both alarms to the
// removal of the storage. Billed as rows of an object: each key written, each alarm set (PLATFORM 1.5), and, counted as one, the
// removal of everything. As requests: each call of a method and each run of the alarm (PLATFORM 1.6). A Runner's run is none: it
// is a call between Workers. D1 bills what its answer says (`meta.rows_written`): the row and each index entry that it touches.
import { evictDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { MILLRACE_UNITS } from '../../bench/billable-units.ts'
import { type BillableUnits, pricePerMillion } from '../../bench/prices.ts'
import { WRITES } from '../../bench/write-counts.ts'
import type { JsonObject } from '../../src/core/json.ts'
import { createExecutionHistory } from '../../src/history/execution-history.ts'
import type { ExecutionRecord } from '../../src/history/execution-record.ts'
import { alarmOf, fireAlarm, holdTime, newId, passTime, startExecution, storedKeys, stubOf } from '../support/execution.ts'
import { endOf } from '../support/listener.ts'
import { Meter } from '../support/meter.ts'
import { Outside } from '../support/outside.ts'
import { graph } from '../support/run.ts'
import { RunnerAnswers } from '../support/runner-answers.ts'

afterEach(() => {
  vi.useRealTimers()
  vi.unstubAllGlobals()
  vi.restoreAllMocks()
})

const inARow = (nodes: readonly JsonObject[]) =>
  graph(
    nodes,
    nodes.slice(1).map(({ id }, index) => `${nodes[index]?.id}>${id}`),
  )
const pure = (length: number) => inARow(Array.from({ length }, (_, index) => ({ id: `n${index}`, config: { value: index } })))
const calls = (length: number) =>
  inARow(Array.from({ length }, (_, index) => ({ id: `n${index}`, type: 'http', config: { url: 'http://127.0.0.1/' } })))

type Units = Required<Pick<BillableUnits, 'objectRowsWritten' | 'd1RowsWritten' | 'queueMessages' | 'objectRequests'>>

interface Living {
  readonly id: string
  readonly meter: Meter
}

interface Life {
  readonly units: Units
  readonly rows: Readonly<Record<string, number>>
  readonly requests: Readonly<Record<string, number>>
  /** Those of `rows` that were written by the end of the execution. */
  readonly rowsAtItsEnd: Readonly<Record<string, number>>
}

/** Starts an execution, lets `act` bring it to its end, and rings its alarms until there is nothing left of it. */
async function live(definition: JsonObject, act: (life: Living) => Promise<void> = async () => {}): Promise<Life> {
  holdTime()
  const id = newId()
  const meter = new Meter()
  await meter.attach(id)
  await startExecution(id, definition)
  await act({ id, meter })
  await endOf(id)
  const rowsAtItsEnd = kindsOf(meter.rows)
  const d1RowsWritten = await saveEach(meter.history)
  for (let moment = await alarmOf(id); moment !== null; moment = await alarmOf(id)) {
    vi.setSystemTime(moment)
    await fireAlarm(id)
  }
  expect(await storedKeys(id)).toEqual([])
  // The stream on which this test saw the end is none of the execution's own requests.
  const { fetch: _stream, ...requests } = meter.requests()
  const units = {
    objectRowsWritten: meter.rows.length,
    d1RowsWritten,
    queueMessages: meter.history.length + meter.tasks.length,
    objectRequests: Object.values(requests).reduce((sum, count) => sum + count, 0),
  }
  return { units, rows: kindsOf(meter.rows), requests, rowsAtItsEnd }
}

/** The messages arrive before the first check, each in a batch of its own. */
async function saveEach(records: readonly ExecutionRecord[]): Promise<number> {
  const history = createExecutionHistory(env.DB)
  let rowsWritten = 0
  for (const record of records) rowsWritten += (await history.save([record])).rowsWritten
  return rowsWritten
}

/** ARCHITECTURE, Budgets. */
function expectWithin(units: Units, budget: Units & { readonly dollarsPerMillion: number }): void {
  const { dollarsPerMillion, ...limits } = budget
  for (const [unit, limit] of Object.entries(limits))
    expect({ unit, count: units[unit as keyof Units] <= limit }).toEqual({ unit, count: true }) // its own key
  expect(pricePerMillion(units)).toBeLessThanOrEqual(dollarsPerMillion)
}

function kindsOf(rows: readonly string[]): Record<string, number> {
  const kinds = rows.map((row) => (row.startsWith('j/') ? 'entry' : row.startsWith('s/') ? 'snapshot' : row))
  return Object.fromEntries([...Map.groupBy(kinds, (kind) => kind)].map(([kind, some]) => [kind, some.length]))
}

describe('the life of an execution', () => {
  it('of 10 pure nodes', async () => {
    const { units, rows, requests } = await live(pure(10))
    expect({ rows, requests, units }).toEqual({
      rows: { entry: 1, alarm: 2, deleteAll: 1 },
      requests: { start: 1, alarm: 2 },
      units: { objectRowsWritten: 4, d1RowsWritten: 3, queueMessages: 1, objectRequests: 3 },
    })
    expectWithin(units, { objectRowsWritten: 6, d1RowsWritten: 4, queueMessages: 1, objectRequests: 3, dollarsPerMillion: 12 })
    expect(pricePerMillion(units)).toBeCloseTo(8.65)
  })

  it('of 10 fast calls in a row', async () => {
    new Outside(() => Response.json(1))
    const { units, rows, requests } = await live(calls(10))
    expect({ rows, requests, units }).toEqual({
      rows: { entry: 11, alarm: 2, deleteAll: 1 },
      requests: { start: 1, alarm: 2 },
      units: { objectRowsWritten: 14, d1RowsWritten: 3, queueMessages: 1, objectRequests: 3 },
    })
    expectWithin(units, { objectRowsWritten: 18, d1RowsWritten: 4, queueMessages: 1, objectRequests: 4, dollarsPerMillion: 26 })
    expect(pricePerMillion(units)).toBeCloseTo(18.65)
  })

  it('of 10 slow calls in a row', { timeout: 20_000 }, async () => {
    const outside = new Outside()
    const runners = new RunnerAnswers()
    const { units, rows, requests } = await live(calls(10), async ({ id, meter }) => {
      for (let call = 0; call < 10; call += 1) {
        const request = await outside.request(call)
        expect(await runners.answer(call)).toEqual({ kind: 'running' })
        passTime(2_000)
        // Meanwhile the object sleeps; what it forgets must not cost rows.
        await evictDurableObject(stubOf(id))
        await meter.attach(id)
        request.answer()
      }
    })
    expect({ rows, requests, units }).toEqual({
      rows: { entry: 11, alarm: 2, deleteAll: 1 },
      requests: { start: 1, settle: 10, alarm: 2 },
      units: { objectRowsWritten: 14, d1RowsWritten: 5, queueMessages: 2, objectRequests: 13 },
    })
    expectWithin(units, { objectRowsWritten: 20, d1RowsWritten: 7, queueMessages: 2, objectRequests: 14, dollarsPerMillion: 38 })
    expect(pricePerMillion(units)).toBeCloseTo(23.35)
  })
})

describe('what the benchmark writes and pays', () => {
  it.each(['10', '100'] as const)('is what %s pure nodes do', async (kind) => {
    const { units, rowsAtItsEnd } = await live(pure(Number(kind)))
    expect(MILLRACE_UNITS[kind]).toEqual(units)
    expect(rowsAtItsEnd).toEqual({ entry: WRITES[kind].commits * WRITES[kind].rowsPerCommit, alarm: 1 })
  })

  it('is what three calls do', async () => {
    new Outside(() => Response.json(1))
    const { units, rowsAtItsEnd } = await live(calls(3))
    expect(MILLRACE_UNITS.http).toEqual(units)
    expect(rowsAtItsEnd).toEqual({ entry: WRITES.http.commits * WRITES.http.rowsPerCommit, alarm: 1 })
  })
})
