// A for-each whose items child executions do in shards of 500: what it gives when one of them fails as a whole, and what a shard tells.
import { describe, expect, it } from 'vitest'
import { foldEntries } from '../../src/core/apply.ts'
import type { ChildEnd } from '../../src/core/command.ts'
import { decide } from '../../src/core/decide.ts'
import { makeLink } from '../../src/core/execution-links.ts'
import type { Json, JsonObject } from '../../src/core/json.ts'
import { ITEMS_PER_SHARD, MAX_INLINE_ITEMS } from '../../src/core/limits.ts'
import { linkUrl } from '../../src/core/links.ts'
import { nodeError } from '../../src/core/node-error.ts'
import type { ExecutionState } from '../../src/core/state.ts'
import { attemptTask } from '../../src/execution/attempt-task.ts'
import { nodeTypes } from '../../src/nodes/registry.ts'
import { graph, identity, TestRun } from '../support/run.ts'

const ID = '0123456789abcdef'
const COUNT = 2 * ITEMS_PER_SHARD + 1
const body = graph([{ id: 'v', type: 'value', config: { value: '{{ item }}' } }], [])

/** Of one item more than an execution does itself, in three shards, the last of one item. */
const sharded = (more: JsonObject = {}): TestRun =>
  new TestRun(graph([{ id: 'each', type: 'for-each', config: { items: 'inputs.items', body, ...more } }], []), {
    items: Array.from({ length: COUNT }, (_, index) => index),
  })

const child = (shard: number) => `c00000000000000${shard}`

function ends(run: TestRun, shard: number, end: ChildEnd) {
  const node = `each[${shard}].shard`
  run.settle(node, { kind: 'child', executionId: child(shard) })
  return run.send({
    type: 'child_ended',
    executionId: child(shard),
    end,
    parent: { executionId: ID, epoch: 1, node, failures: 0 },
  })
}

const itemsOf = (shard: number) =>
  Array.from({ length: COUNT }, (_, index) => index)
    .slice(shard * ITEMS_PER_SHARD)
    .slice(0, ITEMS_PER_SHARD)
const completed = (output: Json): ChildEnd => ({ status: 'completed', output, items: { completed: 500, failed: 0 } })
const cancelled: ChildEnd = { status: 'cancelled', error: null, items: { completed: 7, failed: 0 } }
const nulls = (count: number) => Array.from({ length: count }, () => null)

describe('a shard that fails as a whole', () => {
  it('gives null for each of its items where the loop goes on', () => {
    expect(COUNT).toBe(MAX_INLINE_ITEMS + 1)
    const run = sharded({ on_item_error: 'continue' })
    ends(run, 1, cancelled)
    ends(run, 2, completed(itemsOf(2)))
    ends(run, 0, completed(itemsOf(0)))
    expect(run.node('each')).toMatchObject({ status: 'completed', output: [...itemsOf(0), ...nulls(500), ...itemsOf(2)] })
    expect(foldEntries(null, run.journal, nodeTypes).nodes.get('each')).toEqual(run.node('each'))
  })

  it('the last one, too, which has fewer', () => {
    const run = sharded({ on_item_error: 'continue' })
    ends(run, 0, completed(itemsOf(0)))
    ends(run, 1, completed(itemsOf(1)))
    ends(run, 2, { status: 'failed', error: nodeError('LOOP_LIMIT', 'too many') })
    expect(run.node('each')).toMatchObject({ output: [...itemsOf(0), ...itemsOf(1), null] })
  })

  it('gives nothing where failures are dropped', () => {
    const run = sharded({ on_item_error: 'drop' })
    ends(run, 0, completed(itemsOf(0)))
    ends(run, 1, cancelled)
    ends(run, 2, completed(itemsOf(2)))
    expect(run.node('each')).toMatchObject({ output: [...itemsOf(0), ...itemsOf(2)] })
  })

  it('counts every item as failed', () => {
    const run = sharded({ on_item_error: 'continue', collect: false })
    ends(run, 0, completed({ total: 500, completed: 497, failed: 3 }))
    ends(run, 1, cancelled)
    ends(run, 2, completed({ total: 1, completed: 1, failed: 0 }))
    expect(run.node('each')).toMatchObject({ output: { total: COUNT, completed: 498, failed: 503 } })
  })

  it('is known by its execution, also where the failure does not name it', () => {
    const run = sharded()
    ends(run, 1, { status: 'failed', error: nodeError('HTTP_STATUS', 'no'), items: { completed: 77, failed: 1 } })
    expect(run.state.iterations.get('each[1]')?.nodes.get('shard')).toMatchObject({
      status: 'failed',
      child: child(1),
      items: { completed: 77, failed: 1 },
    })
  })
})

describe('a shard that was over before its execution heard how it is called', () => {
  it('is known by it, too', () => {
    const run = sharded()
    const node = 'each[1].shard'
    const parent = { executionId: ID, epoch: 1, node, failures: 0 }
    const end: ChildEnd = { status: 'failed', error: nodeError('HTTP_STATUS', 'no'), items: { completed: 77, failed: 1 } }
    run.send({ type: 'child_ended', executionId: child(1), end, parent })
    expect(run.told(1).slice(0, 3)).toEqual([`node.waiting ${node}`, `child.ended ${node}`, `node.failed ${node}`])
    expect(run.state.iterations.get('each[1]')?.nodes.get('shard')).toMatchObject({ child: child(1), items: end.items })
    expect(run.state.orphans).toEqual([])
  })
})

describe('what a shard is started with', () => {
  const links = { origin: 'https://example.com', key: 'k'.repeat(64) }
  const asking = (value: string, more: readonly JsonObject[] = []) =>
    new TestRun(
      graph(
        [
          {
            id: 'each',
            type: 'for-each',
            config: { items: 'inputs.items', body: graph([{ id: 'v', type: 'value', config: { value } }], []) },
          },
          { id: 'wait', type: 'wait-for-event', config: { event: 'go' } },
          { id: 'ask', type: 'approval', config: { prompt: 'Go on?' } },
          ...more,
        ],
        [],
      ),
      { items: nulls(COUNT) },
      { links },
    )
  const ownerIn = (run: TestRun) => attemptTask(run.state, 'each[0].shard').shard?.enclosing.owner

  it('holds what `execution` is, and what links may be asked for', () => {
    expect(ownerIn(asking('{{ event_url("go") }} {{ approval_url("ask") }}'))).toEqual({
      facts: {
        id: ID,
        workflow_id: 'test',
        parent_id: null,
        started_at: '2026-01-01T00:00:00.000Z',
        trace_id: 'a'.repeat(32),
      },
      executionId: ID,
      epoch: 1,
      links,
      events: ['go'],
      approvals: { ask: 'ask' },
    })
    expect(ownerIn(asking('{{ item }}'))).toMatchObject({ events: [], approvals: {} })
  })

  it('gives approval links for the epoch in which it has gone on with its owner', () => {
    const order = attemptTask(asking('{{ approval_url("ask") }}').state, 'each[0].shard').shard
    if (order === undefined) throw new Error('no shard')
    const parent = { executionId: ID, epoch: 1, node: 'each[0].shard', failures: 0 }
    const who = identity({ executionId: child(0), parentExecutionId: ID, parent, shard: true })
    const command = { type: 'start', identity: who, ...order } as const
    const { state } = decide(null, command, Date.now(), nodeTypes)
    if (state === null) throw new Error('a start gives a state')
    const linkOf = (of: ExecutionState) => makeLink(of, 'each[0]', { kind: 'approval', target: 'ask' })
    const claims = (epoch: number) => linkUrl(links, { kind: 'approval', executionId: ID, epoch, node: 'ask' })
    expect(linkOf(state)).toEqual({ url: claims(1) })
    expect(linkOf({ ...state, identity: { ...who, parent: { ...parent, epoch: 2 } } })).toEqual({ url: claims(2) })
    expect(makeLink(state, 'each[0]', { kind: 'event', target: 'go' })).toHaveProperty('refused')
    expect(makeLink(state, 'each[0]', { kind: 'approval', target: 'v' })).toHaveProperty('refused')
  })
})
