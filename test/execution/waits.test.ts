// Waiting for the outside in the real object: it is evicted while it waits, and nothing that came or was decided is lost.
import { abortAllDurableObjects, evictDurableObject } from 'cloudflare:test'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { Json, JsonObject } from '../../src/core/json.ts'
import { MAX_KEPT_SIGNALS } from '../../src/core/limits.ts'
import { linkKey } from '../../src/core/links.ts'
import type { ControlAnswer } from '../../src/execution/contract.ts'
import {
  alarmOf,
  executionOf,
  fireAlarm,
  holdTime,
  newId,
  passTime,
  startExecution,
  stubOf,
  told,
  view,
} from '../support/execution.ts'
import { endOf } from '../support/listener.ts'
import { Meter } from '../support/meter.ts'
import { graph } from '../support/run.ts'

beforeEach(() => void holdTime())
afterEach(() => {
  vi.useRealTimers()
  vi.restoreAllMocks()
})

const HOUR_MS = 3_600_000
const wait = (id: string, config: JsonObject = {}) => ({ id, type: 'wait-for-event', config: { event: 'paid', ...config } })
const approval = (id: string, config: JsonObject = {}) => ({ id, type: 'approval', config: { prompt: 'Sure?', ...config } })
const delay = (id: string) => ({ id, type: 'delay', config: { delay_seconds: 3_600 } })
const value = (id: string, given: Json) => ({ id, type: 'value', config: { value: given } })

async function started(nodes: readonly JsonObject[], edges: readonly string[] = []): Promise<string> {
  const id = newId()
  const links = { origin: 'https://millrace.example', key: linkKey('secret', id) }
  await startExecution(id, graph(nodes, edges), { identity: { links } })
  return id
}

const signal = (id: string, payload: Json, key: string | null = null): Promise<ControlAnswer> =>
  executionOf(id).control('default', { type: 'signal', name: 'paid', payload, key, by: 'shop' })

const approve = (id: string, node = 'ok', epoch = 1): Promise<ControlAnswer> =>
  executionOf(id).approve({
    communityId: null,
    node,
    epoch,
    answer: { decision: 'approved', by: 'ada', via: 'link', comment: null, form: null },
  })

const crashes = [
  { crash: 'an eviction', strike: (id: string) => evictDurableObject(stubOf(id)) },
  { crash: 'an abort', strike: () => abortAllDurableObjects() },
]

describe.each(crashes)('$crash while it waits', ({ strike }) => {
  it('does not keep an event from its node', async () => {
    const id = await started([wait('w'), value('after', '{{ input }}')], ['w>after'])
    await strike(id)
    expect(await signal(id, 'a')).toMatchObject({ kind: 'done', deliveredTo: 'w', status: 'completed' })
    await strike(id)
    expect(await view(id)).toMatchObject({ status: 'completed', final_output: 'a' })
  })

  it('does not keep an answer from its node', async () => {
    const id = await started([approval('ok')])
    await strike(id)
    expect(await approve(id)).toMatchObject({ kind: 'done', status: 'completed' })
    await strike(id)
    expect(await approve(id)).toMatchObject({ kind: 'refused', reason: 'ALREADY_FINISHED' })
  })

  it('does not keep a time out from coming: the alarm is its own', async () => {
    const id = await started([wait('w', { timeout_seconds: 3_600 }), value('t', 'late')], ['w:timeout>t'])
    const alarm = await alarmOf(id)
    await strike(id)
    expect(await alarmOf(id)).toBe(alarm)
    passTime(HOUR_MS)
    await fireAlarm(id)
    expect(await endOf(id)).toBe('completed')
    expect(await view(id)).toMatchObject({ final_output: 'late' })
  })

  it('does not lose an event that came before its wait, and consumes it once', async () => {
    const id = await started([delay('d'), wait('w'), wait('v')], ['d>w', 'w>v'])
    expect(await signal(id, 'early', 'k')).toMatchObject({ kind: 'done', deliveredTo: null })
    await strike(id)
    expect(await signal(id, 'early', 'k')).toMatchObject({ kind: 'refused', reason: 'REPEATED_SIGNAL' })
    passTime(HOUR_MS)
    await fireAlarm(id)
    expect(await view(id)).toMatchObject({ node_results: { w: 'early' }, node_states: { v: { status: 'waiting' } } })
    await strike(id)
    expect((await told(id)).filter((line) => line.startsWith('signal.'))).toEqual(['signal.received', 'signal.consumed w'])
  })

  it('does not lose an early answer', async () => {
    const id = await started([delay('d'), approval('ok')], ['d>ok'])
    await approve(id)
    await strike(id)
    expect(await approve(id)).toMatchObject({ kind: 'refused', reason: 'ALREADY_ANSWERED' })
    passTime(HOUR_MS)
    await fireAlarm(id)
    expect(await view(id)).toMatchObject({ status: 'completed', final_output: { decision: 'approved', by: 'ada' } })
  })
})

describe('an event and its time out', () => {
  const timed = () =>
    started([wait('w', { timeout_seconds: 3_600 }), value('out', 'came'), value('t', 'late')], ['w:out>out', 'w:timeout>t'])

  it('the event first, though the time has passed: the alarm finds nothing due', async () => {
    const id = await timed()
    passTime(HOUR_MS)
    expect(await signal(id, 1)).toMatchObject({ kind: 'done', deliveredTo: 'w' })
    await fireAlarm(id)
    expect(await view(id)).toMatchObject({ final_output: 'came' })
  })

  it('the time out first: the event comes too late', async () => {
    const id = await timed()
    passTime(HOUR_MS)
    await fireAlarm(id)
    expect(await signal(id, 1)).toMatchObject({ kind: 'refused', reason: 'ALREADY_FINISHED' })
    expect(await view(id)).toMatchObject({ final_output: 'late' })
  })

  it('both at once: one of them, once', async () => {
    const id = await timed()
    passTime(HOUR_MS)
    const [answer] = await Promise.all([signal(id, 1), fireAlarm(id)])
    const { final_output: output } = await view(id)
    expect(output).toBe(answer.kind === 'done' ? 'came' : 'late')
    expect((await told(id)).filter((line) => line === 'node.completed w')).toHaveLength(1)
  })
})

describe('events', () => {
  it('repeated all at once under one key count once', async () => {
    const id = await started([wait('w'), wait('v')])
    const answers = await Promise.all([1, 2, 3, 4].map(() => signal(id, 'a', 'k')))
    expect(answers.map(({ kind }) => kind).sort()).toEqual(['done', 'refused', 'refused', 'refused'])
    expect(await view(id)).toMatchObject({ node_states: { w: { status: 'completed' }, v: { status: 'waiting' } } })
  })

  it('that come together are each told where they went', async () => {
    const id = await started([wait('w'), wait('v'), delay('d')])
    await evictDurableObject(stubOf(id))
    const answers = await Promise.all([1, 2, 3].map((payload) => signal(id, payload)))
    const places = answers.map((answer) => answer.kind === 'done' && answer.deliveredTo)
    expect(new Set(places)).toEqual(new Set(['w', 'v', null]))
    const { node_results: results } = await view(id)
    for (const [index, place] of places.entries()) if (typeof place === 'string') expect(results[place]).toBe(index + 1)
  })

  it(`are kept up to ${MAX_KEPT_SIGNALS}, evictions between them or not`, { timeout: 30_000 }, async () => {
    const id = await started([delay('d'), wait('w')], ['d>w'])
    for (let from = 0; from < MAX_KEPT_SIGNALS; from += 250) {
      const answers = await Promise.all(Array.from({ length: 250 }, (_, n) => signal(id, from + n)))
      expect(new Set(answers.map((answer) => answer.kind === 'done' && answer.deliveredTo))).toEqual(new Set([null]))
      await evictDurableObject(stubOf(id))
    }
    expect(await signal(id, 'one more')).toMatchObject({ kind: 'refused', reason: 'TOO_MANY_SIGNALS' })
    passTime(HOUR_MS)
    await fireAlarm(id)
    expect(await view(id)).toMatchObject({ status: 'completed', final_output: 0 })
  })

  it('belong to a community; a verified link stands for it', async () => {
    const id = await started([wait('w')])
    const command = { type: 'signal', name: 'paid', payload: 1, key: null, by: 'link' } as const
    expect(await executionOf(id).control('other', command)).toEqual({ kind: 'not_found' })
    expect(await executionOf(id).control(null, command)).toMatchObject({ kind: 'done', deliveredTo: 'w' })
  })
})

describe('approvals', () => {
  it('of an execution that there is not are none, and asking leaves nothing behind', async () => {
    const id = newId()
    expect(await executionOf(id).approval(null, 'ok')).toBeNull()
    expect(await approve(id)).toEqual({ kind: 'not_found' })
    expect(await alarmOf(id)).toBeNull()
  })

  it('belong to a community', async () => {
    const id = await started([approval('ok')])
    expect(await executionOf(id).approval('other', 'ok')).toBeNull()
    expect(await executionOf(id).approval('default', 'ok')).toMatchObject({ status: 'waiting', prompt: 'Sure?' })
  })
})

it('a wait costs a row for what comes, and nothing while it lasts', async () => {
  const id = await started([wait('w'), wait('v'), delay('d')])
  const meter = new Meter()
  await meter.attach(id)
  await signal(id, 1)
  await signal(id, 2)
  expect(meter.rows).toHaveLength(2)
  expect(meter.history).toEqual([])
})

it('the key of the links is in no answer of the object', async () => {
  const id = await started([value('a', 1), approval('ok')])
  const answers = [
    await view(id),
    await executionOf(id).definition('default'),
    await executionOf(id).events('default', { after: 0, limit: 1_000 }),
    await executionOf(id).approval('default', 'ok'),
  ]
  expect(JSON.stringify(answers)).not.toContain(linkKey('secret', id))
})
