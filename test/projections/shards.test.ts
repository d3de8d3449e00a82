// What an operator sees of a for-each whose items are done in shards: how many items stand where, whom to ask for one, and log lines.
import { describe, expect, it } from 'vitest'
import type { ChildEnd } from '../../src/core/command.ts'
import { nodeError } from '../../src/core/node-error.ts'
import { toEventFrames } from '../../src/history/event-frame.ts'
import { frameOptions } from '../../src/history/frame-options.ts'
import { listNodes } from '../../src/history/node-list.ts'
import { body, each, http, upTo } from '../support/loops.ts'
import { graph, TestRun } from '../support/run.ts'

const ID = '0123456789abcdef'
const started = (more = {}): TestRun => new TestRun(graph([each(body([http('fetch')]), more)], []), { list: upTo(1_200) })
const child = (shard: number) => `c00000000000000${shard}`

function ends(run: TestRun, shard: number, end: ChildEnd) {
  const node = `each[${shard}].shard`
  run.settle(node, { kind: 'child', executionId: child(shard) })
  run.send({ type: 'child_ended', executionId: child(shard), end, parent: { executionId: ID, epoch: 1, node, failures: 0 } })
}

const query = { status: null, limit: 10, cursor: null, includeLogs: false }
const listed = (run: TestRun, prefix: string) => listNodes(run.state, () => run.journal, { ...query, prefix })
const counts = (run: TestRun) => {
  const page = listed(run, 'each')
  return page.kind === 'page' ? page.nodes[0]?.iterations : undefined
}

/** As a shard's execution tells it: the item is named as it is called in the whole list. */
const error = nodeError('HTTP_STATUS', 'answered 503', { cause: { index: 777, node: 'each[777].fetch' } })
const failed: ChildEnd = { status: 'failed', error, items: { completed: 276, failed: 1 } }

describe('the counts of iterations', () => {
  it('are of items, as soon as their shard has ended', () => {
    const run = started({ on_item_error: 'continue' })
    expect(counts(run)).toMatchObject({ total: 1_200, completed: 0, failed: 0 })
    ends(run, 0, { status: 'completed', output: [], items: { completed: 497, failed: 3 } })
    expect(counts(run)).toMatchObject({ total: 1_200, completed: 497, failed: 3, skipped: 0 })
    ends(run, 1, failed)
    expect(counts(run)).toMatchObject({ completed: 497, failed: 503 })
  })

  it('of a loop that failed tell the items that did', () => {
    const run = started()
    ends(run, 0, { status: 'completed', output: [], items: { completed: 500, failed: 0 } })
    ends(run, 1, failed)
    expect(counts(run)).toEqual({ total: 1_200, completed: 776, failed: 1, running: 0, waiting: 0, skipped: 423 })
  })
})

describe('the nodes of an item', () => {
  it('are those of its shard, also where that failed', () => {
    const run = started()
    ends(run, 1, failed)
    const place = { kind: 'in_shard', executionId: child(1) }
    expect(listed(run, 'each[777]')).toEqual({ ...place, here: 'each[777]', there: 'each[277]' })
    expect(listed(run, 'each[501].fetch')).toMatchObject({ ...place, there: 'each[1]' })
  })
})

describe('log lines', () => {
  it('name the items of a shard, and the item that failed', () => {
    const run = started()
    ends(run, 2, { status: 'completed', output: [], items: { completed: 200, failed: 0 } })
    ends(run, 1, failed)
    const frames = run.journal.flatMap((entry) => toEventFrames(entry, frameOptions(run.state)))
    const told = frames.filter(({ event }) => event.startsWith('iteration.'))
    expect(told.map(({ node_id, message }) => `${node_id}: ${message}`)).toEqual([
      'each: Items 0-499 of each started',
      'each: Items 500-999 of each started',
      'each: Items 1000-1199 of each started',
      'each: Items 1000-1199 of each completed',
      'each: Items 500-999 of each failed in each[777].fetch: HTTP_STATUS answered 503',
      'each: Items 0-499 of each cancelled',
    ])
    expect(told.at(-2)?.data).toMatchObject({
      shard: 'each[1]',
      first_index: 500,
      last_index: 999,
      error_code: 'HTTP_STATUS',
      error_node_id: 'each[777].fetch',
    })
  })
})
