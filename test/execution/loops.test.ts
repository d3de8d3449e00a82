// Loops as executions of real objects: they survive what objects do not, and cost what a row costs.
import { abortAllDurableObjects, evictDurableObject, runInDurableObject } from 'cloudflare:test'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { MAX_INLINE_ITEMS } from '../../src/core/limits.ts'
import { alarmOf, executionOf, fireAlarm, holdTime, newId, startExecution, stubOf, told, view } from '../support/execution.ts'
import { endOf, Listener } from '../support/listener.ts'
import { body, each, loop, upTo, value } from '../support/loops.ts'
import { Meter } from '../support/meter.ts'
import { Outside } from '../support/outside.ts'
import { graph } from '../support/run.ts'
import { RunnerAnswers } from '../support/runner-answers.ts'

afterEach(() => {
  vi.useRealTimers()
  vi.unstubAllGlobals()
  vi.restoreAllMocks()
})

const fetchItem = { id: 'fetch', type: 'http', config: { url: 'http://127.0.0.1/{{ item }}' } }
const answerOf = (url: string) => Response.json(url.slice('http://127.0.0.1/'.length))
const bodies = {
  id: 'bodies',
  type: 'transformer',
  config: { transform_type: 'map', items: 'input', mapping: '{{ item.body }}' },
}

const crashes = [
  { crash: 'an eviction', strike: (id: string) => evictDurableObject(stubOf(id)) },
  { crash: 'an abort', strike: () => abortAllDurableObjects() },
]

describe('a for-each over calls', () => {
  it.each(crashes)('goes on where it was after $crash at every item', { timeout: 30_000 }, async ({ strike }) => {
    const outside = new Outside()
    const runners = new RunnerAnswers()
    const id = newId()
    const items = ['a', 'b', 'c', 'd', 'e']
    await startExecution(id, graph([each(body([fetchItem]), { concurrency: 2 })], []), { inputs: { list: items } })
    for (const [index, item] of items.entries()) {
      const request = await outside.request(index)
      // Every call that has begun is left to its Runner: what a Runner tells while its object dies is another test.
      for (const begun of [index, Math.min(index + 1, items.length - 1)])
        expect(await runners.answer(begun)).toEqual({ kind: 'running' })
      await strike(id)
      request.answer(() => Response.json(item))
      await vi.waitFor(async () => expect(await told(id)).toContain(`node.completed each[${index}].fetch`), 10_000)
    }
    expect(await endOf(id)).toBe('completed')
    expect(outside.keys()).toEqual(items.map((_, index) => `${id}.each[${index}].fetch.1`))
    const { final_output, node_states } = await view(id)
    expect(final_output).toMatchObject(items.map((item) => ({ body: item })))
    expect(node_states.each?.iterations).toMatchObject({ total: 5, completed: 5 })
  })

  it('repeats a call whose Runner was lost with its object, and no other', async () => {
    holdTime()
    const outside = new Outside()
    const id = newId()
    await startExecution(id, graph([each(body([fetchItem]))], []), { inputs: { list: ['a', 'b'] } })
    await outside.request(1)
    await abortAllDurableObjects()
    vi.setSystemTime((await alarmOf(id)) ?? 0)
    await fireAlarm(id)
    for (const index of [2, 3]) (await outside.request(index)).answer()
    expect(await endOf(id)).toBe('completed')
    expect(outside.keys().slice(2).sort()).toEqual([`${id}.each[0].fetch.1`, `${id}.each[1].fetch.1`])
  })

  it(`over ${MAX_INLINE_ITEMS} items completes, whatever is evicted on the way`, { timeout: 120_000 }, async () => {
    const outside = new Outside(answerOf)
    const id = newId()
    const list = upTo(MAX_INLINE_ITEMS).map((index) => `item-${index}`)
    await startExecution(id, graph([each(body([fetchItem]), { concurrency: 50 }), bodies], ['each>bodies']), { inputs: { list } })
    expect(await endOf(id)).toBe('completed')
    expect(new Set(outside.keys()).size).toBe(MAX_INLINE_ITEMS)
    await evictDurableObject(stubOf(id))
    expect(await view(id)).toMatchObject({
      final_output: list,
      node_states: { each: { iterations: { completed: MAX_INLINE_ITEMS } } },
    })
    const page = await executionOf(id).nodes('default', {
      prefix: 'each[999]',
      status: null,
      limit: 10,
      cursor: null,
      includeLogs: true,
    })
    expect(page).toMatchObject({
      nodes: [{ node_id: 'each[999].fetch', logs: [expect.any(String), expect.any(String)] }],
      next: null,
    })
  })
})

describe('a loop of pure nodes', () => {
  const rounds = (count: number) =>
    loop(body([value('v', '{{ state + 1 }}')]), { initial: 0, while: `state < ${count}`, max_iterations: 10_000 })

  it('of 100 rounds writes at most 6 rows over its life', async () => {
    holdTime()
    const id = newId()
    const meter = new Meter()
    await meter.attach(id)
    await startExecution(id, graph([rounds(100)], []), { wait: true })
    expect(await view(id)).toMatchObject({ status: 'completed', final_output: 100 })
    for (let moment = await alarmOf(id); moment !== null; moment = await alarmOf(id)) {
      vi.setSystemTime(moment)
      await fireAlarm(id)
      if (meter.history.length > 3) break
    }
    expect(meter.rows.length).toBeLessThanOrEqual(6)
  })

  it('beyond a transition goes on by itself, and a cancellation gets in between', async () => {
    const id = newId()
    await startExecution(id, graph([rounds(3_000)], []))
    expect(await endOf(id)).toBe('completed')
    expect(await view(id)).toMatchObject({ final_output: 3_000 })
    const other = newId()
    await startExecution(other, graph([rounds(9_000)], []))
    const answer = await executionOf(other).control('default', { type: 'cancel', by: 'me', reason: null })
    expect(answer).toMatchObject({ kind: 'done', status: 'cancelled' })
    expect((await told(other)).at(-1)).toBe('execution.cancelled')
  })

  it('that was evicted between two transitions is carried on by its alarm', async () => {
    const id = newId()
    await startExecution(id, graph([rounds(3_000)], []))
    await evictDurableObject(stubOf(id))
    await runInDurableObject(stubOf(id), async (_, { storage }) => storage.setAlarm(Date.now()))
    await fireAlarm(id)
    expect(await endOf(id)).toBe('completed')
  })
})

describe('the stream of one node', () => {
  it('has everything inside it', async () => {
    const id = newId()
    const nodes = [each(body([value('v', '{{ item }}')])), value('each2', 1)]
    await startExecution(id, graph(nodes, []), { inputs: { list: [1, 2] }, wait: true })
    const of = async (node: string) => {
      const listener = await Listener.open(id, `node_id=${encodeURIComponent(node)}`)
      await listener.end()
      return listener.frames.flatMap((frame) => (frame.type === 'event' ? [`${frame.event} ${frame.node_id}`] : []))
    }
    expect(await of('each[1]')).toEqual(['iteration.started each[1]', 'node.completed each[1].v', 'iteration.completed each[1]'])
    expect(await of('each')).toHaveLength(8)
    expect(await of('each2')).toEqual(['node.completed each2'])
  })
})
