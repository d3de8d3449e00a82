// A for-each of more than 1,000 items: child executions take shards of 500, and the list comes out as if nothing had happened.
import { evictDurableObject, runInDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { afterEach, describe, expect, it, vi } from 'vitest'
import type { ExecutionEvent } from '../../src/core/event.ts'
import type { JsonObject } from '../../src/core/json.ts'
import { Journal } from '../../src/execution/journal.ts'
import { createExecutionHistory } from '../../src/history/execution-history.ts'
import { findNodes } from '../../src/http/find-nodes.ts'
import { nodeTypes } from '../../src/nodes/registry.ts'
import { executionOf, fireAlarm, newId, startExecution, stubOf, told, view } from '../support/execution.ts'
import { endOf } from '../support/listener.ts'
import { Outside } from '../support/outside.ts'
import { graph } from '../support/run.ts'
import { http } from '../support/under-way.ts'

afterEach(() => {
  vi.unstubAllGlobals()
})

const double = graph([{ id: 'double', type: 'value', config: { value: '{{ item * factor + index + outputs.seed }}' } }], [])

const sharded = (more: JsonObject = {}, body: JsonObject = double): JsonObject =>
  graph(
    [
      { id: 'seed', type: 'value', config: { value: 1000 } },
      { id: 'each', type: 'for-each', config: { items: 'inputs.items', concurrency: 100, body, ...more } },
    ],
    ['seed>each'],
    { variables: { factor: 2 } },
  )

const items = (count: number): JsonObject => ({ items: Array.from({ length: count }, (_, index) => index) })

describe('a for-each above 1,000 items', () => {
  it('gives the list that it would give without shards', async () => {
    const id = newId()
    await startExecution(id, sharded(), { inputs: items(1_201) })
    await endOf(id)
    const { value } = (await finalOutput(id)) ?? {}
    expect(value).toEqual(Array.from({ length: 1_201 }, (_, index) => index * 3 + 1000))
    expect((await told(id)).filter((event) => event === 'iteration.started each')).toHaveLength(3)
  })

  it('is its own execution up to the limit', async () => {
    const id = newId()
    await startExecution(id, sharded({ collect: false }), { inputs: items(1_000) })
    await endOf(id)
    expect((await view(id)).final_output).toEqual({ total: 1_000, completed: 1_000, failed: 0 })
    expect((await told(id)).filter((event) => event.startsWith('node.started'))).toEqual([])
  })

  it('fails with the error and the index of the item that failed, in the whole list', async () => {
    const id = newId()
    const body = graph([{ id: 'check', type: 'fail', config: { code: 'ODD_ONE', message: 'item {{ item }}' } }], [])
    const guarded = graph(
      [{ id: 'is', type: 'condition', config: { condition: 'item == 777' } }, ...(body.nodes as JsonObject[])],
      ['is:true>check'],
    )
    await startExecution(id, sharded({}, guarded), { inputs: items(1_100) })
    await endOf(id)
    expect(await view(id)).toMatchObject({ status: 'failed', error_node_id: 'each', error_message: 'item 777' })
    expect((await journalOf(id)).at(-1)).toMatchObject({
      type: 'execution.failed',
      error: { code: 'ODD_ONE', cause: { index: 777, node: 'each[777].check' } },
    })
  })

  it('drops, or puts null for, what failed', async () => {
    const body = graph(
      [
        { id: 'is', type: 'condition', config: { condition: 'item % 2 == 0' } },
        { id: 'no', type: 'fail', config: { code: 'ODD', message: 'odd' } },
        { id: 'yes', type: 'value', config: { value: '{{ item }}' } },
      ],
      ['is:false>no', 'is:true>yes'],
    )
    const dropped = newId()
    await startExecution(dropped, sharded({ on_item_error: 'drop' }, body), { inputs: items(1_002) })
    await endOf(dropped)
    expect((await finalOutput(dropped))?.value).toEqual(Array.from({ length: 501 }, (_, index) => index * 2))
    const counted = newId()
    await startExecution(counted, sharded({ on_item_error: 'continue', collect: false }, body), { inputs: items(1_002) })
    await endOf(counted)
    expect((await view(counted)).final_output).toEqual({ total: 1_002, completed: 501, failed: 501 })
  })

  it('goes on after its object was evicted, and its shards are in no list', async () => {
    const id = newId()
    await startExecution(id, sharded({ collect: false }), { inputs: items(4_001) })
    await evictDurableObject(stubOf(id))
    await endOf(id)
    expect(await view(id)).toMatchObject({ status: 'completed', final_output: { total: 4_001, completed: 4_001 } })
    const [shard] = (await journalOf(id)).flatMap((event) =>
      event.type === 'node.waiting' && event.on?.kind === 'child' ? [event.on.executionId] : [],
    )
    expect(await view(shard ?? '')).toMatchObject({ status: 'completed', parent_execution_id: id })
    expect(await createExecutionHistory(env.DB).getStamp(shard ?? '')).toBeNull()
  })

  it('takes 100,000 items', async () => {
    const id = newId()
    await startExecution(id, sharded(), { inputs: items(100_000) })
    await endOf(id)
    const list = (await finalOutput(id))?.value
    expect(Array.isArray(list) && list.every((value, index) => value === index * 3 + 1000)).toBe(true)
    expect(list).toHaveLength(100_000)
  }, 60_000)

  it('goes on after a recover with what has not completed, under the same keys', async () => {
    let isDown = true
    const outside = new Outside((url) => new Response('1', { status: isDown && url.endsWith('/777') ? 503 : 200 }))
    const call = http('call', { config: { url: 'https://example.com/{{ item }}' }, retry: { strategy: 'none' } })
    const id = newId()
    // One call at a time in each of the three shards: that is what may be under way when one fails.
    await startExecution(id, sharded({ concurrency: 3, collect: false }, graph([call], [])), { inputs: items(1_200) })
    await endOf(id)
    expect(await view(id)).toMatchObject({ status: 'failed' })
    isDown = false
    await executionOf(id).control('default', { type: 'recover', by: 'ada' })
    await vi.waitFor(async () => expect((await view(id)).status).toBe('completed'), { timeout: 40_000, interval: 250 })
    const keysOf = Map.groupBy(outside.requests, ({ url }) => url)
    expect(keysOf.size).toBe(1_200)
    for (const requests of keysOf.values())
      expect(new Set(requests.map(({ headers }) => headers.get('Idempotency-Key'))).size).toBe(1)
    const again = [...keysOf].flatMap(([url, { length }]) => (length > 1 ? [url] : []))
    expect(again).toContain('https://example.com/777')
    expect(again.length).toBeLessThanOrEqual(3)
  }, 60_000)

  it('refuses a body that waits for an event, and more than 100,000 items', async () => {
    const waiting = newId()
    const body = graph([{ id: 'wait', type: 'wait-for-event', config: { event: 'go' } }], [])
    await startExecution(waiting, sharded({}, body), { inputs: items(1_001) })
    expect(await view(waiting)).toMatchObject({ status: 'failed', error_message: expect.stringContaining('`wait`') })
    const many = newId()
    await startExecution(many, sharded(), { inputs: items(100_001) })
    expect(await view(many)).toMatchObject({ status: 'failed', error_message: expect.stringContaining('at most 100000') })
  })
})

describe('what a shard is a part of', () => {
  it('is the execution that its expressions see, and whose links they give', async () => {
    const id = newId()
    const links = { origin: 'https://flows.example.com', key: 'k'.repeat(64) }
    const facts = 'string(execution.id) + string(execution.started_at) + string(execution.trace_id)'
    const value = `{{ ${facts} + event_url("go") + approval_url("ask") }}`
    const definition = graph(
      [
        { id: 'here', type: 'value', config: { value } },
        {
          id: 'each',
          type: 'for-each',
          config: { items: 'inputs.items', body: graph([{ id: 'v', type: 'value', config: { value } }], []) },
        },
        { id: 'distinct', type: 'value', config: { value: '{{ outputs.each.all(given, given == outputs.here) }}' } },
        { id: 'go', type: 'wait-for-event', config: { event: 'go' } },
        { id: 'ask', type: 'approval', config: { prompt: 'Go on?' } },
      ],
      ['here>each', 'each>distinct'],
    )
    await startExecution(id, definition, { inputs: items(1_001), identity: { links } })
    const results = await vi.waitFor(
      async () => {
        const { node_results: found } = await view(id)
        expect(found).toHaveProperty('distinct')
        return found
      },
      { timeout: 10_000 },
    )
    expect(results).toMatchObject({ here: expect.stringMatching(`^${id}.*/events/.*/approvals/`), distinct: true })
  })

  it('shows the items of a shard that failed', async () => {
    const id = newId()
    const body = graph(
      [
        { id: 'is', type: 'condition', config: { condition: 'item == 777' } },
        { id: 'check', type: 'fail', config: { code: 'ODD_ONE', message: 'item {{ item }}' } },
      ],
      ['is:true>check'],
    )
    await startExecution(id, sharded({}, body), { inputs: items(1_100) })
    await endOf(id)
    expect(await nodeAt(id, 'each[777].check')).toMatchObject({ node_id: 'each[777].check', status: 'failed' })
    expect(await nodeAt(id, 'each[501].is')).toMatchObject({ status: 'completed' })
    expect(await nodeAt(id, 'each')).toMatchObject({ iterations: { total: 1_100, failed: 1 } })
  })

  it('tells it how many items failed, where the loop goes on', async () => {
    const id = newId()
    const body = graph(
      [
        { id: 'is', type: 'condition', config: { condition: 'item in [7, 777, 778]' } },
        { id: 'check', type: 'fail', config: { code: 'ODD_ONE', message: 'odd' } },
      ],
      ['is:true>check'],
    )
    await startExecution(id, sharded({ on_item_error: 'continue' }, body), { inputs: items(1_100) })
    await endOf(id)
    expect((await nodeAt(id, 'each'))?.iterations).toMatchObject({ total: 1_100, completed: 1_097, failed: 3 })
  })

  it('pauses with it and goes on with it, and hears it again once it was evicted', async () => {
    const id = newId()
    const outside = new Outside()
    const body = graph([{ id: 'call', type: 'http-request', config: { url: 'https://example.com/{{ item }}' } }], [])
    await startExecution(id, sharded({ concurrency: 8 }, body), { inputs: items(1_200) })
    for (const place of [0, 1, 2]) await outside.request(place)
    const shards = await vi.waitFor(async () => {
      const found = await shardsOf(id)
      expect(found).toHaveLength(3)
      return found
    })
    const control = (type: 'pause' | 'resume') =>
      executionOf(id).control('default', type === 'pause' ? { type, by: 'admin', reason: null } : { type, by: 'admin' })
    expect(await control('pause')).toMatchObject({ kind: 'done', status: 'paused' })
    for (const shard of shards) expect((await view(shard)).status).toBe('paused')
    for (const { answer } of outside.requests) answer()
    for (const shard of shards)
      await vi.waitFor(async () => expect(await told(shard)).toContain('iteration.completed each[0]'), { timeout: 5_000 })
    expect(outside.requests).toHaveLength(3)
    // After an eviction nobody knows what the shards have heard: the alarm says it again.
    const [first = ''] = shards
    await executionOf(first).control('default', { type: 'resume', by: 'somebody' })
    await outside.request(3)
    await evictDurableObject(stubOf(id))
    await fireAlarm(id)
    expect((await view(first)).status).toBe('paused')
    await control('resume')
    for (const place of [4, 5]) await outside.request(place)
    await executionOf(id).control('default', { type: 'cancel', by: 'admin', reason: null })
    for (const shard of shards) await vi.waitFor(async () => expect((await view(shard)).status).toBe('cancelled'))
  })
})

const nodeAt = async (id: string, path: string) => {
  const query = { prefix: path, status: null, limit: 1, cursor: null, includeLogs: false }
  const page = await findNodes(executionOf, id, 'default', query)
  return page?.kind === 'page' ? page.nodes[0] : undefined
}

const shardsOf = async (id: string): Promise<readonly string[]> =>
  (await journalOf(id)).flatMap((event) =>
    event.type === 'node.waiting' && event.on?.kind === 'child' ? [event.on.executionId] : [],
  )

async function finalOutput(id: string): Promise<{ readonly value: unknown } | null> {
  const { final_output: output } = await view(id)
  const reference = (output as { $payload?: string } | null)?.$payload
  if (reference === undefined) return { value: output }
  const payload = await executionOf(id).payload('default', reference.slice(reference.lastIndexOf('/') + 1))
  return payload !== null && 'value' in payload ? payload : null
}

const journalOf = (id: string): Promise<readonly ExecutionEvent[]> =>
  runInDurableObject(stubOf(id), (_, { storage }) =>
    [...new Journal(storage, nodeTypes).readFrom(1)].flatMap(({ events }) => events),
  )
