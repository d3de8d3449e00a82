// Listeners that break, are forgotten or outlive their execution.
import { runInDurableObject } from 'cloudflare:test'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { EventStream, MAX_LISTENERS } from '../../src/execution/event-stream.ts'
import { ADMIN_KEY, testApp } from '../support/api.ts'
import { executionOf, fireAlarm, holdTime, passTime, settle, stubOf, view } from '../support/execution.ts'
import { Listener, upgrade } from '../support/listener.ts'
import { success } from '../support/run.ts'
import { ended, range, underWay } from '../support/under-way.ts'

afterEach(() => {
  vi.useRealTimers()
  vi.unstubAllGlobals()
  vi.restoreAllMocks()
})

describe('a listener whose object forgot it in the middle of its backlog', () => {
  const forgotten = async () => {
    const id = await underWay()
    const listener = await Listener.open(id)
    await listener.event('node.started')
    await runInDurableObject(stubOf(id), (_, context) => {
      const [socket] = context.getWebSockets()
      socket?.serializeAttachment({ ...socket.deserializeAttachment(), after: 1, live: false })
    })
    return { id, listener }
  }

  it('goes on at its next `more`', async () => {
    const { listener } = await forgotten()
    listener.socket.send('more')
    await listener.frame((frame) => frame.type === 'event' && listener.seqs().length === 5 && frame.seq === 3)
    expect(listener.seqs()).toEqual([1, 2, 3, 2, 3])
  })

  it('goes on at the next event', async () => {
    const { id, listener } = await forgotten()
    await settle(id, 'a', success())
    await listener.end()
    expect(listener.seqs()).toEqual([1, 2, 3, 2, 3, 4, 5, 6])
  })
})

describe('a listener that breaks', () => {
  it('harms neither the execution nor another listener', async () => {
    vi.spyOn(console, 'error').mockImplementation(() => {})
    const id = await underWay()
    const broken = await Listener.open(id)
    await broken.event('node.started')
    await runInDurableObject(stubOf(id), (_, context) => {
      const [socket] = context.getWebSockets()
      socket?.serializeAttachment('nonsense')
    })
    const good = await Listener.open(id)
    expect(await settle(id, 'a', success())).toEqual({ kind: 'accepted' })
    await good.end()
    expect(good.seqs()).toEqual(range(1, 6))
    expect((await view(id)).status).toBe('completed')
  })

  it('that has gone is forgotten', async () => {
    const id = await underWay()
    const gone = await Listener.open(id)
    await gone.event('node.started')
    gone.socket.close(1000)
    await gone.closed
    expect(await settle(id, 'a', success())).toEqual({ kind: 'accepted' })
    expect((await view(id)).status).toBe('completed')
  })
})

describe('too many listeners', () => {
  it('are refused, and one is let in again when another has gone', async () => {
    const id = await underWay()
    const listeners = await Promise.all(range(1, MAX_LISTENERS).map(() => Listener.open(id)))
    const refused = await upgrade(id)
    expect([refused.status, refused.webSocket]).toEqual([429, null])
    const answer = await testApp().request(`/api/v1/executions/${id}/logs/stream`, {
      headers: { Upgrade: 'websocket', 'X-API-Key': ADMIN_KEY },
    })
    expect([answer.status, await answer.json()]).toMatchObject([429, { error_code: 'RATE_LIMITED' }])
    listeners[0]?.socket.close(1000)
    await listeners[0]?.closed
    expect((await upgrade(id)).status).toBe(101)
  })
})

describe('frames that cannot be made', () => {
  it('hang up the listeners and harm nothing else', async () => {
    vi.spyOn(console, 'error').mockImplementation(() => {})
    const id = await underWay()
    const listener = await Listener.open(id)
    await listener.event('node.started')
    await runInDurableObject(stubOf(id), (instance) => {
      const stream: EventStream = new EventStream(Reflect.get(instance, 'ctx'), {
        framesAfter: () => [],
        position: () => ({ seq: 3, endedAs: null }),
      })
      stream.broadcast(() => {
        throw new Error('no frames')
      })
    })
    expect(await listener.closed).toMatchObject({ code: 1011 })
    expect(await settle(id, 'a', success())).toEqual({ kind: 'accepted' })
  })
})

describe('retention', () => {
  it('closes the streams of what it removes', async () => {
    holdTime()
    const id = await ended(600)
    vi.spyOn(globalThis, 'setTimeout').mockImplementation((() => 0) as never)
    const listener = await Listener.open(id)
    await listener.frame((found) => found.type === 'event' && found.seq === 256)
    vi.mocked(setTimeout).mockRestore()
    await vi.waitFor(async () => {
      passTime(30 * 24 * 3600_000)
      await fireAlarm(id)
      expect(await executionOf(id).definition('default')).toBeNull()
    }, 4_000)
    expect(await listener.closed).toMatchObject({ code: 1001 })
  })
})
