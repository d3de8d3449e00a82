// What dies, and what then: an object that is evicted or aborted anywhere goes on by its journal and its alarm.
import { abortAllDurableObjects, evictDurableObject, runInDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { afterEach, describe, expect, it, vi } from 'vitest'
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
  startRequest,
  storedKeys,
  stubOf,
  view,
} from '../support/execution.ts'
import { endOf, Listener } from '../support/listener.ts'
import { Meter } from '../support/meter.ts'
import { Outside, untilPresent } from '../support/outside.ts'
import { failure, graph, success } from '../support/run.ts'
import { RunnerAnswers } from '../support/runner-answers.ts'
import { call, http, pause } from '../support/under-way.ts'

afterEach(() => {
  vi.useRealTimers()
  vi.unstubAllGlobals()
  vi.restoreAllMocks()
})

const LEASE_MS = 30_000

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
    expect(await view(id)).toMatchObject({
      status: 'failed',
      error_node_id: 'a',
      node_states: { a: { error_type: 'INTERRUPTED' } },
    })
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

describe('a start', () => {
  it('whose answer is lost in an abort is replayed under its key, and its execution goes on', async () => {
    holdTime()
    const outside = new Outside()
    const id = newId()
    const key = { identity: { idempotency: { key: 'k', bodyHash: 'body' } } }
    const lost = startExecution(id, call, { ...key, wait: true }).catch(() => 'lost')
    await outside.request(0)
    await abortAllDurableObjects()
    expect(await lost).toBe('lost')
    expect(await startExecution(id, call, key)).toMatchObject({ kind: 'replayed', summary: { status: 'running' } })
    passTime(LEASE_MS)
    await fireAlarm(id)
    ;(await outside.request(1)).answer()
    expect(await endOf(id)).toBe('completed')
  })

  it('that the storage refuses leaves nothing, and can be made again', async () => {
    const id = newId()
    await runInDurableObject(stubOf(id), async (instance, { storage }) => {
      vi.spyOn(storage.kv, 'put').mockImplementationOnce(() => {
        throw new Error('database or disk is full')
      })
      await expect(instance.start(startRequest(id, call))).rejects.toThrow('full')
    })
    expect(await storedKeys(id)).toEqual([])
    expect(await alarmOf(id)).toBeNull()
    new Outside(() => Response.json(1))
    expect(await startExecution(id, call, { wait: true })).toMatchObject({ kind: 'started', view: { status: 'completed' } })
  })

  it('gives nothing out that the same transition has ended', async () => {
    const errors = vi.spyOn(console, 'error')
    const outside = new Outside()
    const id = newId()
    const meter = new Meter()
    await meter.attach(id)
    const nodes = [http('a'), http('b', { timeout_seconds: 60 }), { id: 'f', type: 'fail', config: {} }]
    expect(await startExecution(id, graph(nodes, []), { wait: true })).toMatchObject({
      view: { status: 'failed', error_node_id: 'f', node_states: { a: { status: 'cancelled' }, b: { status: 'cancelled' } } },
    })
    const first = { id: 'first', config: { value: 1 } }
    const any = { id: 'any', join: 'any', cancel_rest: true, type: 'merge', config: { mode: 'first' } }
    const race = graph([http('a'), first, any], ['a>any', 'first>any'])
    expect(await startExecution(newId(), race, { wait: true })).toMatchObject({
      view: { status: 'completed', node_states: { a: { status: 'cancelled' } } },
    })
    expect(outside.requests).toEqual([])
    expect(meter.tasks).toEqual([])
    expect(errors).not.toHaveBeenCalled()
  })
})

describe('memory', () => {
  it('is a cache: every answer is the same after an eviction', async () => {
    holdTime()
    const id = newId()
    new Outside()
    const nodes = [
      { id: 'set', type: 'set-variables', config: { assign: { n: '{{ inputs.n + 1 }}' } } },
      { id: 'if', type: 'condition', config: { condition: 'n > 1' } },
      { id: 'yes', type: 'log', config: { level: 'warn', message: 'n is {{ n }}' } },
      { id: 'no', config: { value: 'no' } },
      http('call', { on_error: 'continue' }),
      { id: 'fail', type: 'fail', config: { code: 'OUT' } },
      { id: 'caught', config: { value: 'caught' } },
      { id: 'pause', type: 'delay', config: { delay_seconds: 60 } },
    ]
    const edges = ['set>if', 'if:true>yes', 'if:false>no', 'set>call', 'set>fail', 'fail:error>caught', 'caught>pause']
    const answers = async () => {
      const execution = executionOf(id)
      const whole = await execution.get('default', { includeLogs: true, includeMetrics: true })
      return [whole, await execution.events('default', { after: 0, limit: 1_000 }), await execution.definition('default')]
    }
    const expectSameAfterEviction = async () => {
      const before = await answers()
      await evictDurableObject(stubOf(id))
      expect(await answers()).toEqual(before)
    }
    const lost = vi.spyOn(Runner.prototype, 'run').mockResolvedValue({ kind: 'running' })
    await startExecution(id, graph(nodes, edges), { inputs: { n: 1 } })
    await untilPresent(() => lost.mock.calls[0])
    await expectSameAfterEviction()
    await settle(id, 'call', failure({ retryable: false }))
    await expectSameAfterEviction()
    passTime(60_000)
    await fireAlarm(id)
    expect((await view(id)).status).toBe('completed')
    await expectSameAfterEviction()
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
