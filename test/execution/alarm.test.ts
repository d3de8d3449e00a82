// The one alarm of an object: rung early, twice, while things fail, and for whatever else has to go on.
import { abortAllDurableObjects, evictDurableObject, runInDurableObject } from 'cloudflare:test'
import { afterEach, describe, expect, it, vi } from 'vitest'
import type { JsonObject } from '../../src/core/json.ts'
import {
  alarmOf,
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
import { endOf } from '../support/listener.ts'
import { replaceEnv } from '../support/meter.ts'
import { Outside } from '../support/outside.ts'
import { graph, success } from '../support/run.ts'
import { http, pause } from '../support/under-way.ts'

afterEach(() => {
  vi.useRealTimers()
  vi.unstubAllGlobals()
  vi.restoreAllMocks()
})

const LEASE_MS = 30_000

/** Values in a row, `n0` … */
const chain = (length: number) => {
  const ids = Array.from({ length }, (_, index) => `n${index}`)
  return graph(
    ids.map((id) => ({ id, config: { value: id } })),
    ids.slice(1).map((id, index) => `n${index}>${id}`),
  )
}

const never = new Promise<never>(() => {})

describe('the alarm', () => {
  it('rings by itself', async () => {
    const id = newId()
    await startExecution(id, graph([{ id: 'p', type: 'delay', config: { delay_seconds: 0.01 } }], []))
    expect(await endOf(id)).toBe('completed')
  })

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

  describe('while D1 is down', () => {
    const down = async (definition: JsonObject) => {
      holdTime()
      vi.spyOn(console, 'error').mockImplementation(() => {})
      const id = newId()
      await startExecution(id, definition)
      const broken = () => {
        throw new Error('D1 is down')
      }
      await replaceEnv(id, { DB: { prepare: broken, batch: broken } })
      return id
    }

    it('is at the moment of the next timer', async () => {
      const id = await down(graph([{ id: 'p', type: 'delay', config: { delay_seconds: 65 } }], []))
      passTime(60_000)
      await fireAlarm(id)
      expect(await alarmOf(id)).toBe(Date.now() + 5_000)
    })

    it('is set for the next timer before D1 is asked', async () => {
      const id = await down(graph([{ id: 'p', type: 'delay', config: { delay_seconds: 65 } }], []))
      passTime(60_000)
      await runInDurableObject(stubOf(id), async (instance, { storage }) => {
        await storage.deleteAlarm()
        let asked = (): void => {}
        const asks = new Promise<void>((resolve) => {
          asked = resolve
        })
        const prepare = () => {
          asked()
          throw new Error('D1 is down')
        }
        const armed: number[] = []
        vi.spyOn(storage, 'setAlarm').mockImplementation(async (moment) => void armed.push(Number(moment)))
        await replaceEnv(id, { DB: { prepare } })
        const rings = instance.alarm()
        await asks
        expect(armed).toEqual([Date.now() + 5_000])
        await rings
      })
    })

    it('rings ever more rarely', async () => {
      const id = await down(graph([{ id: 'a', config: { value: 1 } }], []))
      passTime(3_600_000)
      await fireAlarm(id)
      expect(await alarmOf(id)).toBe(Date.now() + 3_600_000)
    })
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

  it('goes on by the alarm where the object is aborted in between', async () => {
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

describe('the deadline of an execution', () => {
  it('ends it after an abort too; what settles later is of no effect', async () => {
    holdTime()
    const outside = new Outside()
    const id = newId()
    await startExecution(id, graph([http('a')], [], { settings: { timeout_seconds: 10 } }))
    await outside.request(0)
    await abortAllDurableObjects()
    passTime(10_000)
    await fireAlarm(id)
    expect(await view(id)).toMatchObject({ status: 'failed', error_node_id: null, node_states: { a: { status: 'cancelled' } } })
    expect(await settle(id, 'a', success())).toEqual({ kind: 'ignored', reason: 'ALREADY_FINISHED' })
  })
})
