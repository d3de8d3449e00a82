// Executions that go on after their end: the same object, journal and stream in another epoch, with evictions in between.
import { evictDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { afterEach, describe, expect, it, vi } from 'vitest'
import type { ControlCommand } from '../../src/execution/contract.ts'
import { DEFAULT_RETENTION_DAYS } from '../../src/execution/retention.ts'
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
  told,
  view,
} from '../support/execution.ts'
import { Listener } from '../support/listener.ts'
import { Meter } from '../support/meter.ts'
import { Outside } from '../support/outside.ts'
import { failure, graph, success } from '../support/run.ts'
import { RunnerAnswers } from '../support/runner-answers.ts'
import { http, underWay } from '../support/under-way.ts'

afterEach(() => {
  vi.useRealTimers()
  vi.unstubAllGlobals()
  vi.restoreAllMocks()
})

const DAY_MS = 24 * 3600_000
const FINAL = failure({ retryable: false })
const history = createExecutionHistory(env.DB)
const control = (id: string, command: ControlCommand) => executionOf(id).control('default', command)
const recover = (id: string) => control(id, { type: 'recover', by: 'op' })
const replay = (id: string, from: string) => executionOf(id).replay('default', 'op', { from })
const cancel = (id: string) => control(id, { type: 'cancel', by: 'op', reason: null })
const two = graph([http('a'), http('b')], ['a>b'])

/** An execution whose first call has failed for good. */
async function failed(definition = two): Promise<string> {
  const id = await underWay(definition)
  await settle(id, 'a', FINAL)
  expect((await view(id)).status).toBe('failed')
  return id
}

describe('recover', () => {
  it('goes on after an eviction, and what it decided survives the next', async () => {
    const id = await failed()
    await evictDurableObject(stubOf(id))
    expect(await recover(id)).toMatchObject({ kind: 'done', status: 'running', epoch: 2 })
    await evictDurableObject(stubOf(id))
    expect(await settle(id, 'a', success(1), { epoch: 1 })).toEqual({ kind: 'ignored', reason: 'SUPERSEDED_EPOCH' })
    expect(await settle(id, 'a', success(1), { epoch: 2 })).toEqual({ kind: 'accepted' })
    expect((await view(id)).node_states.b?.status).toBe('running')
    await settle(id, 'b', success('end'), { epoch: 2 })
    expect(await view(id)).toMatchObject({ status: 'completed', epoch: 2, final_output: 'end', errors: [] })
  })

  it('makes the call again under the same idempotency key, a replay under another', async () => {
    const outside = new Outside(() => new Response('no', { status: 404 }))
    const id = newId()
    await startExecution(id, graph([http('a')], []), { wait: true })
    await recover(id)
    await vi.waitFor(async () => expect((await view(id)).status).toBe('failed'))
    await replay(id, 'a')
    await vi.waitFor(async () => expect((await view(id)).status).toBe('failed'))
    expect(outside.keys()).toEqual([`${id}.a.1`, `${id}.a.1`, `${id}.a.2`])
  })

  it('of an open one changes nothing', async () => {
    const id = await underWay()
    const before = await storedKeys(id)
    expect(await recover(id)).toMatchObject({ kind: 'refused', reason: 'NOTHING_DUE', status: 'running' })
    expect(await storedKeys(id)).toEqual(before)
  })
})

describe('replay', () => {
  it('keeps what came before, through evictions', async () => {
    const id = await underWay(two)
    await settle(id, 'a', success('A'))
    await settle(id, 'b', success('B'))
    await evictDurableObject(stubOf(id))
    expect(await replay(id, 'b')).toMatchObject({ kind: 'done', status: 'running', epoch: 2 })
    await evictDurableObject(stubOf(id))
    expect((await view(id)).node_results).toEqual({ a: 'A' })
    await settle(id, 'b', success('B2'), { epoch: 2 })
    expect(await view(id)).toMatchObject({ status: 'completed', final_output: 'B2', node_results: { a: 'A', b: 'B2' } })
  })

  it('shows the whole journal, also events of iterations that are gone', async () => {
    new Outside(() => Response.json(1))
    const id = newId()
    const loop = {
      id: 'loop',
      type: 'loop',
      config: { while: 'iteration < 3', initial: 0, body: graph([{ id: 'v', config: { value: 1 } }], []) },
    }
    await startExecution(id, graph([loop, http('a')], []), { wait: true, identity: { captureIo: true } })
    await replay(id, 'loop[0].v')
    await executionOf(id).replay('default', 'op', { patch: { loop: { config: { while: 'false' } } } })
    const events = await told(id)
    expect(events.filter((name) => name === 'node.completed loop[2].v').length).toBeGreaterThan(0)
    expect(events).toContain('execution.replayed')
  })

  it('of an open one is refused, with issues where the request does not fit', async () => {
    const id = await underWay()
    expect(await replay(id, 'a')).toMatchObject({ kind: 'refused', reason: 'NOT_FINISHED' })
    await cancel(id)
    expect(await replay(id, 'nowhere')).toMatchObject({ kind: 'invalid', issues: [{ code: 'UNKNOWN_NODE' }] })
    expect(await executionOf(id).replay('other', 'op', {})).toEqual({ kind: 'not_found' })
  })
})

describe('the stream over epochs', () => {
  it('counts on, each event once and in order', async () => {
    const id = await failed()
    const first = await Listener.open(id)
    const end = await first.end()
    await recover(id)
    const second = await Listener.open(id, `after=${end.seq}`)
    await settle(id, 'a', success(1), { epoch: 2 })
    await settle(id, 'b', success(2), { epoch: 2 })
    expect(await second.end()).toMatchObject({ status: 'completed' })
    expect(second.seqs()[0]).toBe(end.seq + 1)
    const all = [...first.seqs(), ...second.seqs()]
    expect(all).toEqual(all.map((_, index) => index + 1))
  })
})

describe('history', () => {
  it('is told that it goes on and how it ends; the greater epoch wins', async () => {
    const id = newId()
    const meter = new Meter()
    new Outside()
    const runners = new RunnerAnswers()
    await meter.attach(id)
    await startExecution(id, two)
    await runners.answer(0)
    await settle(id, 'a', FINAL)
    await recover(id)
    await runners.answer(1)
    await settle(id, 'a', success(1), { epoch: 2 })
    await cancel(id)
    const stamps = () => meter.history.map(({ epoch, status }) => `${epoch} ${status}`)
    await vi.waitFor(() => expect(stamps()).toEqual(['1 running', '1 failed', '2 running', '2 cancelled']))
    for (const record of [...meter.history].reverse()) await history.save([record])
    expect(await history.get('default', id)).toMatchObject({ epoch: 2, status: 'cancelled', error_code: null })
  })

  it('hears of a pause and of another time limit', async () => {
    const id = newId()
    const meter = new Meter()
    await meter.attach(id)
    await startExecution(id, graph([{ id: 'd', type: 'delay', config: { delay_seconds: 60 } }], []))
    await control(id, { type: 'pause', by: 'op', reason: null })
    await control(id, { type: 'resume', by: 'op' })
    await control(id, { type: 'set_timeout', by: 'op', seconds: 5 })
    expect(meter.history.map(({ status }) => status)).toEqual(['waiting', 'paused', 'waiting', 'waiting'])
    expect(meter.history[3]?.wake_at).toBeLessThan(meter.history[2]?.wake_at ?? 0)
  })

  it('that did not hear of the epoch is told again by the alarm', async () => {
    holdTime()
    const id = newId()
    const meter = new Meter()
    await meter.attach(id)
    const fails = graph([{ id: 'w', type: 'delay', config: { delay_seconds: 3600 } }], [])
    await startExecution(id, fails)
    await cancel(id)
    await history.save(meter.history.slice(-1))
    passTime(60_000)
    await fireAlarm(id)
    await recover(id)
    const sent = meter.history.length
    passTime(60_000)
    await fireAlarm(id)
    expect(meter.history.slice(sent)).toMatchObject([{ epoch: 2, status: 'waiting' }])
  })
})

describe('retention', () => {
  it('counts from the end of the last epoch', async () => {
    holdTime()
    const id = newId()
    const waits = graph([{ id: 'w', type: 'delay', config: { delay_seconds: 3600 } }], [])
    const meter = new Meter()
    await meter.attach(id)
    await startExecution(id, waits)
    await cancel(id)
    passTime((DEFAULT_RETENTION_DAYS - 1) * DAY_MS)
    await recover(id)
    passTime(3_600_000)
    await fireAlarm(id)
    expect((await view(id)).status).toBe('completed')
    await history.save(meter.history.slice(-1))
    passTime((DEFAULT_RETENTION_DAYS - 1) * DAY_MS)
    await fireAlarm(id)
    expect(await storedKeys(id)).not.toEqual([])
    expect(await alarmOf(id)).not.toBeNull()
    passTime(DAY_MS)
    await fireAlarm(id)
    expect(await storedKeys(id)).toEqual([])
    expect(await recover(id)).toEqual({ kind: 'not_found' })
  })
})

describe('commands that race', () => {
  it('a cancellation before a completion counts, and the settlement is told', async () => {
    const id = await underWay(graph([http('a')], []))
    const [cancelled, settled] = await Promise.all([cancel(id), settle(id, 'a', success())])
    expect([cancelled.kind, settled.kind]).toEqual(['done', 'ignored'])
    expect((await view(id)).status).toBe('cancelled')
  })

  it('a completion before a cancellation counts, and the canceller is told', async () => {
    const id = await underWay(graph([http('a')], []))
    const [settled, refused] = await Promise.all([settle(id, 'a', success()), cancel(id)])
    expect([settled.kind, refused]).toMatchObject(['accepted', { kind: 'refused', reason: 'ALREADY_FINISHED' }])
    expect((await view(id)).status).toBe('completed')
  })

  it('two replays at once: one epoch', async () => {
    const id = await underWay(graph([http('a')], []))
    await settle(id, 'a', success())
    const answers = await Promise.all([replay(id, 'a'), replay(id, 'a')])
    expect(answers.map(({ kind }) => kind)).toEqual(['done', 'refused'])
    expect((await view(id)).epoch).toBe(2)
  })
})
