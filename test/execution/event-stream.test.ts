// The stream: everything after the cursor, then what happens, each event once and in order, then the end.
import { evictDurableObject } from 'cloudflare:test'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { executionOf, newId, settle, startExecution, stubOf, told } from '../support/execution.ts'
import { type Frame, Listener, upgrade } from '../support/listener.ts'
import { Meter } from '../support/meter.ts'
import { Outside } from '../support/outside.ts'
import { failure, graph, success } from '../support/run.ts'
import { RunnerAnswers } from '../support/runner-answers.ts'
import { ended, http, range, underWay } from '../support/under-way.ts'

afterEach(() => {
  vi.useRealTimers()
  vi.unstubAllGlobals()
  vi.restoreAllMocks()
})

const CALL_EVENTS = [
  'execution.created',
  'execution.started',
  'node.started a',
  'node.completed a',
  'node.completed z',
  'execution.completed',
]

describe('a listener', () => {
  it('gets the backlog, what happens, the end and a close, each event once', async () => {
    const id = await underWay()
    const listener = await Listener.open(id)
    await listener.event('node.started')
    await settle(id, 'a', success('found'))
    expect(await listener.end()).toEqual({ type: 'end', status: 'completed', seq: 6 })
    expect(await listener.closed).toMatchObject({ code: 1000 })
    expect(listener.seqs()).toEqual([1, 2, 3, 4, 5, 6])
    expect(await told(id)).toEqual(CALL_EVENTS)
    expect(listener.frames[3]).toMatchObject({
      type: 'event',
      seq: 4,
      at: expect.stringMatching(/^\d{4}-.*Z$/),
      event: 'node.completed',
      level: 'info',
      node_id: 'a',
      message: expect.any(String),
    })
    expect(JSON.stringify(listener.frames)).not.toContain('found')
  })

  it('gets the same after the fact', async () => {
    const id = await ended(8)
    const listener = await Listener.open(id)
    await listener.end()
    expect(await listener.closed).toMatchObject({ code: 1000 })
    expect(listener.seqs()).toEqual(range(1, 8))
  })

  it.each([
    { after: 5, seqs: [6, 7, 8] },
    { after: 8, seqs: [] },
    { after: 1_000_000_000_000_000, seqs: [] },
  ])('goes on from its cursor: after $after', async ({ after, seqs }) => {
    const listener = await Listener.open(await ended(8), `after=${after}`)
    expect(await listener.end()).toEqual({ type: 'end', status: 'completed', seq: 8 })
    expect(listener.seqs()).toEqual(seqs)
  })

  it('is told how an execution ended: failed, cancelled', async () => {
    const failed = newId()
    await startExecution(failed, graph([{ id: 'f', type: 'fail', config: {} }], []))
    expect(await (await Listener.open(failed)).end()).toMatchObject({ status: 'failed' })
    const id = await underWay()
    const listener = await Listener.open(id)
    await executionOf(id).control('default', { type: 'cancel', by: 'ada', reason: null })
    expect(await listener.end()).toMatchObject({ status: 'cancelled' })
  })

  it('hears only what it asked for, and still the end', async () => {
    const id = await underWay(graph([http('a'), http('b')], []))
    const quiet = await Listener.open(id, 'level=error')
    const one = await Listener.open(id, 'node_id=b')
    await settle(id, 'a', success())
    await settle(id, 'b', failure({ retryable: false }))
    await Promise.all([quiet.end(), one.end()])
    const events = (frames: readonly Frame[]) => frames.flatMap((frame) => (frame.type === 'event' ? [frame.event] : []))
    expect(events(quiet.frames)).toEqual(['node.failed', 'execution.failed'])
    expect(events(one.frames)).toEqual(['node.started', 'node.failed'])
  })

  it('is one of several, each with a cursor of its own', async () => {
    const id = await underWay()
    const early = await Listener.open(id)
    await early.event('node.started')
    const late = await Listener.open(id, 'after=2')
    await settle(id, 'a', success())
    await Promise.all([early.end(), late.end()])
    expect(early.seqs()).toEqual(range(1, 6))
    expect(late.seqs()).toEqual(range(3, 6))
  })

  it('is not asked for by a cursor that is none, nor of an unknown execution', async () => {
    const id = await ended(4)
    for (const query of ['after=-1', 'after=abc', 'after=1.5', 'after=Infinity', 'level=loud', `node_id=${'x'.repeat(20_000)}`])
      expect({ query, status: (await upgrade(id, query)).status }).toEqual({ query, status: 400 })
    expect((await upgrade(newId())).status).toBe(404)
  })
})

describe('hibernation', () => {
  it('between events loses none and doubles none', async () => {
    const id = await underWay(graph([http('a'), http('b')], ['a>b']))
    const listener = await Listener.open(id)
    await listener.event('node.started')
    await evictDurableObject(stubOf(id), { webSockets: 'hibernate' })
    await settle(id, 'a', success())
    await listener.frame((frame) => frame.type === 'event' && frame.event === 'node.started' && frame.node_id === 'b')
    await evictDurableObject(stubOf(id), { webSockets: 'hibernate' })
    await settle(id, 'b', success())
    await listener.end()
    expect(await listener.closed).toMatchObject({ code: 1000 })
    expect(listener.seqs()).toEqual(range(1, 7))
  })

  it('keeps filters', async () => {
    const id = await underWay(graph([http('a'), http('b')], []))
    const listener = await Listener.open(id, 'node_id=b&after=2')
    await listener.event('node.started')
    await evictDurableObject(stubOf(id), { webSockets: 'hibernate' })
    await settle(id, 'a', success())
    await settle(id, 'b', success())
    await listener.end()
    expect(listener.frames).toMatchObject([{ node_id: 'b' }, { event: 'node.completed', node_id: 'b' }, { type: 'end' }])
  })

  it('is not ended by a ping', async () => {
    const id = await underWay()
    const listener = await Listener.open(id)
    await listener.event('node.started')
    await evictDurableObject(stubOf(id), { webSockets: 'hibernate' })
    const meter = new Meter()
    expect(await listener.ask('ping')).toBe('pong')
    expect(meter.requests()).toEqual({})
    expect(listener.seqs()).toEqual([1, 2, 3])
  })
})

describe('a long backlog', () => {
  const frame = (seq: number) => (found: Frame) => found.type === 'event' && found.seq === seq

  it('goes out in pages of 256, the next at once where it is asked for', async () => {
    const id = await ended(600)
    const timers = vi.spyOn(globalThis, 'setTimeout').mockImplementation((() => 0) as never)
    const listener = await Listener.open(id)
    await listener.frame(frame(256))
    expect(listener.frames).toHaveLength(256)
    listener.socket.send('more')
    await listener.frame(frame(512))
    expect(listener.frames).toHaveLength(512)
    listener.socket.send('more')
    await listener.end()
    expect(listener.seqs()).toEqual(range(1, 600))
    expect(timers).toHaveBeenCalledTimes(2)
  })

  it('reaches also a client that only listens', async () => {
    const listener = await Listener.open(await ended(600))
    await listener.end()
    expect(listener.seqs()).toEqual(range(1, 600))
  })

  it('is bounded by bytes too', async () => {
    const id = newId()
    const logs = range(1, 40).map((index) => ({ id: `l${index}`, type: 'log', config: { message: '\u00e4'.repeat(5_000) } }))
    await startExecution(id, graph(logs, []), { wait: true })
    vi.spyOn(globalThis, 'setTimeout').mockImplementation((() => 0) as never)
    const listener = await Listener.open(id)
    await listener.frame(frame(25))
    const bytes = new TextEncoder().encode(listener.frames.map((sent) => JSON.stringify(sent)).join('')).length
    expect(bytes).toBeLessThanOrEqual(256 * 1024)
    expect(listener.frames.length).toBeLessThan(30)
    listener.socket.send('more')
    await listener.end()
    expect(listener.seqs()).toEqual(range(1, 43))
  })

  it('comes whole before what happens while it goes out', async () => {
    const id = newId()
    const outside = new Outside()
    const runners = new RunnerAnswers()
    const logs = range(1, 400).map((index) => ({ id: `l${index}`, config: { value: 1 } }))
    await startExecution(id, graph([...logs, http('a')], []))
    await outside.request(0)
    await runners.answer(0)
    const listener = await Listener.open(id)
    await settle(id, 'a', success())
    await listener.end()
    expect(listener.seqs()).toEqual(range(1, 405))
  })
})

describe('pages of events', () => {
  it('are as long as asked for, and name the next one while there is one', async () => {
    const execution = executionOf(await ended(8))
    const page = async (after: number, limit: number) => {
      const found = await execution.events('default', { after, limit })
      return [found?.events.map(({ seq }) => seq), found?.next]
    }
    expect(await page(0, 3)).toEqual([[1, 2, 3], 3])
    expect(await page(3, 4)).toEqual([[4, 5, 6, 7], 7])
    expect(await page(7, 4)).toEqual([[8], null])
    expect(await page(0, 8)).toEqual([range(1, 8), null])
    expect(await page(0, 7)).toEqual([range(1, 7), 7])
    expect(await page(99, 4)).toEqual([[], null])
  })
})
