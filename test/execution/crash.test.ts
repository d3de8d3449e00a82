// What dies, and what then: an object that is evicted or aborted anywhere goes on by its journal and its alarm.
import { abortAllDurableObjects, evictDurableObject, runInDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { afterEach, describe, expect, it, vi } from 'vitest'
import type { JsonObject } from '../../src/core/json.ts'
import { createExecutionHistory } from '../../src/history/execution-history.ts'
import { Runner } from '../../src/runner/runner.ts'
import {
  alarmOf,
  executionOf,
  fireAlarm,
  holdTime,
  newId,
  passTime,
  settle,
  startExecution,
  stubOf,
  told,
  view,
} from '../support/execution.ts'
import { endOf, Listener } from '../support/listener.ts'
import { Meter, replaceEnv } from '../support/meter.ts'
import { Outside } from '../support/outside.ts'
import { failure, graph, success } from '../support/run.ts'
import { RunnerAnswers } from '../support/runner-answers.ts'

afterEach(() => {
  vi.useRealTimers()
  vi.unstubAllGlobals()
  vi.restoreAllMocks()
})

const LEASE_MS = 30_000
const http = (id: string, more: JsonObject = {}) => ({ id, type: 'http', config: { url: `http://127.0.0.1/${id}` }, ...more })
const call = graph([http('a'), { id: 'z', config: { value: 'end' } }], ['a>z'])
const pause = graph([{ id: 'pause', type: 'delay', config: { delay_seconds: 3600 } }, { id: 'z', config: { value: 'end' } }], ['pause>z'])

/** Values in a row, `n0` … */
const chain = (length: number) => {
  const ids = Array.from({ length }, (_, index) => `n${index}`)
  return graph(
    ids.map((id) => ({ id, config: { value: id } })),
    ids.slice(1).map((id, index) => `n${index}>${id}`),
  )
}

const never = new Promise<never>(() => {})

const crashes = [
  { crash: 'an eviction', strike: (id: string) => evictDurableObject(stubOf(id)) },
  { crash: 'an abort', strike: () => abortAllDurableObjects() },
]

describe('after an abort with a call of its own under way', () => {
  it('an attempt whose Runner had not answered is made again under the same key once its lease has passed', async () => {
    holdTime()
    const outside = new Outside()
    const id = newId()
    await startExecution(id, call)
    await outside.request(0)
    await abortAllDurableObjects()
    passTime(LEASE_MS - 1)
    await fireAlarm(id)
    expect(outside.requests).toHaveLength(1)
    passTime(1)
    await fireAlarm(id)
    ;(await outside.request(1)).answer()
    expect(await endOf(id)).toBe('completed')
    expect(outside.keys()).toEqual([`${id}.a.1`, `${id}.a.1`])
    expect(await view(id)).toMatchObject({ final_output: 'end', node_states: { a: { status: 'completed', attempt: 2 } } })
  })

  it('an attempt that never left the object is made once its lease has passed', async () => {
    holdTime()
    const lost = vi.spyOn(Runner.prototype, 'run').mockImplementation(() => never)
    const id = newId()
    await startExecution(id, call)
    await abortAllDurableObjects()
    lost.mockRestore()
    const outside = new Outside(() => Response.json(1))
    passTime(LEASE_MS)
    await fireAlarm(id)
    expect(await endOf(id)).toBe('completed')
    expect(outside.keys()).toEqual([`${id}.a.1`])
  })

  it('a transition that stopped at its step limit goes on by the alarm', async () => {
    holdTime()
    const id = newId()
    vi.stubGlobal('scheduler', { wait: () => never })
    await startExecution(id, chain(1_500))
    expect((await view(id)).status).toBe('running')
    await abortAllDurableObjects()
    vi.unstubAllGlobals()
    passTime(LEASE_MS)
    await fireAlarm(id)
    expect(await view(id)).toMatchObject({ status: 'completed', final_output: 'n1499' })
  })
})

describe.each(crashes)('after $crash', ({ strike }) => {
  it('an attempt under way settles the object that comes after', async () => {
    const outside = new Outside()
    const runners = new RunnerAnswers()
    const id = newId()
    await startExecution(id, call)
    const request = await outside.request(0)
    await runners.answer(0)
    await strike(id)
    request.answer()
    expect(await endOf(id)).toBe('completed')
    expect(await view(id)).toMatchObject({ node_states: { a: { attempt: 1 } } })
  })

  it('a delay goes on at its moment', async () => {
    holdTime()
    const id = newId()
    await startExecution(id, pause)
    await strike(id)
    passTime(3_599_999)
    await fireAlarm(id)
    expect(await view(id)).toMatchObject({ status: 'waiting' })
    await strike(id)
    passTime(1)
    await fireAlarm(id)
    expect(await view(id)).toMatchObject({ status: 'completed', final_output: 'end' })
  })

  it('a retry is made at its moment, under the same key', async () => {
    holdTime()
    const outside = new Outside()
    const id = newId()
    await startExecution(id, call)
    await outside.request(0)
    await settle(id, 'a', failure())
    await strike(id)
    passTime(1_000)
    await fireAlarm(id)
    await outside.request(1)
    await strike(id)
    expect(await settle(id, 'a', success(), { attempt: 2 })).toEqual({ kind: 'accepted' })
    expect(await view(id)).toMatchObject({ status: 'completed', node_states: { a: { attempt: 2, retry_count: 1 } } })
    expect(outside.keys()).toEqual([`${id}.a.1`, `${id}.a.1`])
  })

  it('an end that history has not heard of is told again', async () => {
    holdTime()
    const id = newId()
    await new Meter().attach(id)
    await startExecution(id, pause)
    passTime(3_600_000)
    await fireAlarm(id)
    await strike(id)
    passTime(60_000)
    await fireAlarm(id)
    await vi.waitFor(
      async () => expect(await createExecutionHistory(env.DB).getStamp(id)).toMatchObject({ status: 'completed' }),
      { timeout: 4_000 },
    )
  })

  it('no event is lost to a listener that comes back with its cursor', async () => {
    const id = newId()
    new Outside()
    await startExecution(id, call)
    const first = await Listener.open(id)
    await first.event('node.started')
    await strike(id)
    const second = await Listener.open(id, `after=${first.seqs().at(-1)}`)
    await settle(id, 'a', success())
    await second.end()
    expect([...new Set([...first.seqs(), ...second.seqs()])]).toEqual([1, 2, 3, 4, 5, 6])
  })
})

describe('an attempt that is lost again and again', () => {
  it('uses no attempts up, and fails the node after the sixth', async () => {
    holdTime()
    const outside = new Outside()
    const id = newId()
    await startExecution(id, call)
    for (let lost = 0; lost < 6; lost += 1) {
      await outside.request(lost)
      await evictDurableObject(stubOf(id))
      passTime(LEASE_MS)
      await fireAlarm(id)
    }
    expect(await view(id)).toMatchObject({ status: 'failed', error_node_id: 'a', node_states: { a: { error_type: 'INTERRUPTED' } } })
    expect(new Set(outside.keys())).toEqual(new Set([`${id}.a.1`]))
    expect(outside.requests).toHaveLength(6)
  })

  it('is not repeated where the node may run at most once', async () => {
    holdTime()
    const outside = new Outside()
    const id = newId()
    await startExecution(id, graph([http('a', { at_most_once: true })], []))
    await outside.request(0)
    await abortAllDurableObjects()
    passTime(LEASE_MS)
    await fireAlarm(id)
    expect((await view(id)).status).toBe('failed')
    expect(outside.requests).toHaveLength(1)
  })
})

describe('the alarm', () => {
  it('changes nothing where it rings early, and is set again', async () => {
    holdTime()
    const id = newId()
    await startExecution(id, pause)
    const before = await told(id)
    for (let ring = 0; ring < 3; ring += 1) {
      expect(await fireAlarm(id)).toBe(true)
      expect(await alarmOf(id)).not.toBeNull()
    }
    expect(await told(id)).toEqual(before)
  })

  it('changes nothing where it rings twice', async () => {
    holdTime()
    const outside = new Outside()
    const id = newId()
    await startExecution(id, graph([{ id: 'p', type: 'delay', config: { delay_seconds: 5 } }, http('a')], ['p>a']))
    passTime(5_000)
    await runInDurableObject(stubOf(id), (instance) => Promise.all([instance.alarm(), instance.alarm()]))
    await outside.request(0)
    await fireAlarm(id)
    await settle(id, 'a', success())
    expect(outside.requests).toHaveLength(1)
    expect((await told(id)).filter((event) => event === 'node.completed p')).toHaveLength(1)
    const ended = await told(id)
    await fireAlarm(id)
    await fireAlarm(id)
    expect(await told(id)).toEqual(ended)
  })

  it('survives D1 failing: the timer takes effect, nothing is thrown, and it is set again', async () => {
    holdTime()
    vi.spyOn(console, 'error').mockImplementation(() => {})
    const id = newId()
    await startExecution(id, pause)
    const broken = () => {
      throw new Error('D1 is down')
    }
    await replaceEnv(id, { DB: { prepare: broken, batch: broken } })
    passTime(3_600_000)
    await fireAlarm(id)
    expect((await view(id)).status).toBe('completed')
    const next = await alarmOf(id)
    expect(next).toBeGreaterThan(Date.now())
    expect(next).toBeLessThanOrEqual(Date.now() + 60_000)
  })

  it('is set again where a transition throws, and the execution goes on later', async () => {
    holdTime()
    vi.spyOn(console, 'error').mockImplementation(() => {})
    const id = newId()
    await startExecution(id, pause)
    passTime(3_600_000)
    await runInDurableObject(stubOf(id), (_, { storage }) => {
      vi.spyOn(storage.kv, 'put').mockImplementation(() => {
        throw new Error('database or disk is full')
      })
    })
    await fireAlarm(id)
    expect(await alarmOf(id)).not.toBeNull()
    await evictDurableObject(stubOf(id))
    await fireAlarm(id)
    expect((await view(id)).status).toBe('completed')
  })
})

describe('a transition that stops at its step limit', () => {
  it('goes on by itself', async () => {
    const id = newId()
    const answer = await startExecution(id, chain(1_500), { wait: true })
    expect(answer).toMatchObject({ view: { status: 'completed', final_output: 'n1499' } })
  })
})

describe('storage that fails in the middle of an entry', () => {
  it('leaves the journal as it was', async () => {
    vi.spyOn(console, 'error').mockImplementation(() => {})
    const id = newId()
    new Outside()
    await startExecution(id, graph([http('a'), http('b')], []))
    await runInDurableObject(stubOf(id), async (instance, { storage }) => {
      const { kv } = storage
      const put = kv.put.bind(kv)
      vi.spyOn(kv, 'put').mockImplementation((key, value) => {
        if (key.endsWith('/001')) throw new Error('database or disk is full')
        put(key, value)
      })
      const long = { executionId: id, epoch: 1, node: 'a', attempt: 1, result: success('x'.repeat(1024 * 1024 - 2)) }
      await expect(instance.settle(long)).rejects.toThrow('full')
    })
    await evictDurableObject(stubOf(id))
    expect(await settle(id, 'a', success('short'))).toEqual({ kind: 'accepted' })
    expect(await settle(id, 'b', success('short'))).toEqual({ kind: 'accepted' })
    expect((await executionOf(id).get('default', { includeLogs: true, includeMetrics: false }))?.status).toBe('completed')
  })
})
