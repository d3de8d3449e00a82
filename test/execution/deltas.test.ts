// What a model says while it answers, as those who listen to its execution get it.
import { evictDurableObject } from 'cloudflare:test'
import { afterEach, describe, expect, inject, it, vi } from 'vitest'
import type { JsonObject } from '../../src/core/json.ts'
import { Execution } from '../../src/execution/execution.ts'
import { executionOf, holdTime, newId, passTime, startExecution, storedKeys, stubOf, view } from '../support/execution.ts'
import { type DeltaFrame, endOf, Listener } from '../support/listener.ts'
import { Meter } from '../support/meter.ts'
import { type ModelScript, type ScriptedModel, scriptModel } from '../support/model-script.ts'
import { http, underWay } from '../support/under-way.ts'

afterEach(() => {
  vi.useRealTimers()
  vi.unstubAllGlobals()
  vi.restoreAllMocks()
})

const KEY = 'sk-of-the-node'
let scripts = 0

function modelThat(...script: ModelScript): Promise<ScriptedModel> {
  scripts += 1
  return scriptModel(inject('modelServer'), `d${scripts}`, script)
}

const asking = ({ baseUrl }: ScriptedModel, config: JsonObject = {}) => ({
  nodes: [
    { id: 'wait', type: 'wait-for-event', config: { event: 'go' } },
    {
      id: 'ask',
      type: 'ai-processor',
      timeout_seconds: 20,
      config: { prompt: 'Hi', base_url: baseUrl, api_key: KEY, cache_ttl_seconds: 0, ...config },
    },
  ],
  edges: [{ from: 'wait', to: 'ask' }],
})

/** An execution that asks the model when it is told to. */
async function prepared(model: ScriptedModel, config: JsonObject = {}): Promise<string> {
  const id = newId()
  await startExecution(id, asking(model, config))
  return id
}

/** Who has the backlog hears what comes next. */
async function listen(id: string, query = ''): Promise<Listener> {
  const listener = await Listener.open(id, query)
  if (query === '') await listener.event('node.waiting')
  return listener
}

const go = (id: string) => executionOf(id).control('default', { type: 'signal', name: 'go', payload: null, key: null, by: 'ada' })

const textOf = (deltas: readonly DeltaFrame[]) => deltas.map(({ text }) => text).join('')

describe('a listener', () => {
  it('reads along, to the last word', async () => {
    const model = await modelThat({ text: 'It was a dark and stormy night.', heldAfter: 3 })
    const id = await prepared(model)
    const listener = await listen(id)
    await go(id)
    const first = await listener.frame((frame) => frame.type === 'delta')
    expect(first).toMatchObject({ type: 'delta', node_id: 'ask', attempt: 1, offset: 0 })
    expect(listener.frames.some(({ type }) => type === 'end')).toBe(false)
    await model.release()
    await listener.end()
    const deltas = listener.deltas()
    expect(textOf(deltas)).toBe('It was a dark and stormy night.')
    expect(deltas.map(({ offset }) => offset)).toEqual(deltas.map((_, index) => textOf(deltas.slice(0, index)).length))
    expect(listener.frames.findLastIndex(({ type }) => type === 'delta')).toBeLessThan(
      listener.frames.findIndex((frame) => frame.type === 'event' && frame.event === 'node.completed' && frame.node_id === 'ask'),
    )
    expect((await view(id)).final_output).toBe('It was a dark and stormy night.')
  })

  it('gets what fits its filters', async () => {
    const id = await prepared(await modelThat({ text: 'word for word' }))
    const all = await listen(id)
    const [loud, same, other] = await Promise.all(
      ['level=warn', 'level=info&node_id=ask', 'node_id=wait'].map((query) => listen(id, query)),
    )
    await go(id)
    await Promise.all([all, loud, same, other].map((listener) => listener?.end()))
    expect([all, loud, same, other].map((listener) => textOf(listener?.deltas() ?? []))).toEqual([
      'word for word',
      '',
      'word for word',
      '',
    ])
  })

  it('is told where an answer begins anew', async () => {
    const schema = { type: 'object', required: ['a'], properties: { a: { type: 'integer' } } }
    const id = await prepared(await modelThat({ parts: ['{"a":', '"x"}'] }, { parts: ['{"a":', '1}'] }), {
      response_schema: schema,
    })
    const listener = await listen(id)
    await go(id)
    await listener.end()
    const deltas = listener.deltas()
    expect(textOf(deltas.slice(deltas.findLastIndex(({ offset }) => offset === 0)))).toBe('{"a":1}')
    expect((await view(id)).final_output).toEqual({ a: 1 })
  })

  it('hears each attempt as its own', async () => {
    const id = await prepared(await modelThat({ parts: ['lost ', 'words'], breaksAfter: 1 }, { text: 'At last' }))
    const listener = await listen(id)
    await go(id)
    await listener.end()
    const last = listener.deltas().filter(({ attempt }) => attempt === 2)
    expect(textOf(last)).toBe('At last')
    expect(last[0]?.offset).toBe(0)
  })

  it('sees no key, in whatever parts a server repeats it', async () => {
    const id = await prepared(await modelThat({ parts: ['you sent sk-of', '-the-', 'node, Sir'] }))
    const listener = await listen(id)
    await go(id)
    await listener.end()
    expect(textOf(listener.deltas())).toBe('you sent [redacted], Sir')
    expect((await view(id)).final_output).toBe('you sent [redacted], Sir')
  })

  it('reads nothing of an answer from the cache', async () => {
    const model = await modelThat({ text: 'kept' })
    const first = await prepared(model, { cache_ttl_seconds: 60 })
    await go(first)
    await endOf(first)
    const second = await prepared(model, { cache_ttl_seconds: 60 })
    const listener = await listen(second)
    await go(second)
    await listener.end()
    expect(listener.deltas()).toEqual([])
    expect(await model.asked()).toHaveLength(1)
  })

  it('who comes while it is said gets it from its beginning, where nobody heard it before', async () => {
    const model = await modelThat({ text: 'once upon a time', heldAfter: 2 })
    const id = await prepared(model)
    await go(id)
    while ((await model.asked()).length === 0) await scheduler.wait(1)
    const listener = await Listener.open(id)
    expect(await listener.frame((frame) => frame.type === 'delta')).toMatchObject({ offset: 0, text: 'once upon ' })
    await model.release()
    await listener.end()
    expect(textOf(listener.deltas())).toBe('once upon a time')
  })
})

describe('the object', () => {
  it('is not asked at all by an answer that comes soon and that nobody reads', async () => {
    const tell = vi.spyOn(Execution.prototype, 'tell')
    const id = await prepared(await modelThat({ text: 'quick' }))
    await go(id)
    await endOf(id)
    expect(tell).not.toHaveBeenCalled()
  })

  it('reads and writes nothing to pass on a part, also after it slept', async () => {
    const id = await underWay({ nodes: [http('a')], edges: [] })
    const listener = await Listener.open(id)
    await listener.event('node.started')
    const before = await storedKeys(id)
    const part = { node: 'a', attempt: 1, offset: 0, text: 'so far' }
    await evictDurableObject(stubOf(id), { webSockets: 'hibernate' })
    expect(await executionOf(id).tell(part)).toBe(true)
    expect(await listener.frame((frame) => frame.type === 'delta')).toEqual({
      type: 'delta',
      node_id: 'a',
      attempt: 1,
      offset: 0,
      text: 'so far',
    })
    expect(await storedKeys(id)).toEqual(before)
    expect(await executionOf(newId()).tell(part)).toBe(false)
  })

  it("sleeps through a call of 30 s: nothing of it is the object's but its begin and its end", async () => {
    holdTime()
    const meter = new Meter()
    const model = await modelThat({ text: 'At last', held: true, whole: true })
    const id = newId()
    const { nodes } = asking(model)
    const { timeout_seconds: _short, ...ask } = nodes[1] ?? {}
    await startExecution(id, { nodes: [ask], edges: [] })
    while ((await model.asked()).length === 0) await scheduler.wait(1)
    passTime(30_000)
    expect(meter.requests()).toEqual({ start: 1, claim: 1 })
    await evictDurableObject(stubOf(id))
    await model.release()
    await endOf(id)
    const { fetch: _watching, ...requests } = meter.requests()
    expect(requests).toEqual({ start: 1, claim: 1, settle: 1 })
    expect((await view(id)).final_output).toBe('At last')
  })
})
