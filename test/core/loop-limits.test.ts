// The limits of a for-each, each at the limit and one above it.
import { describe, expect, it } from 'vitest'
import type { JsonObject } from '../../src/core/json.ts'
import { DEFAULT_CONCURRENCY, ITEMS_PER_SHARD, MAX_ITEMS, MAX_SHARDS_AT_ONCE } from '../../src/core/limits.ts'
import { shardOrder } from '../../src/execution/shard-order.ts'
import { body, each, http, upTo } from '../support/loops.ts'
import { graph, success, TestRun } from '../support/run.ts'

const over = (count: number, more: JsonObject = {}) =>
  new TestRun(graph([each(body([http('fetch')]), more)], []), { list: upTo(count) })

const begun = ({ journal }: TestRun): readonly (readonly [number, number] | number)[] =>
  journal.flatMap(({ events }) =>
    events.flatMap((event) =>
      event.type !== 'iteration.started'
        ? []
        : [event.shard === undefined ? event.index : ([event.shard.first, event.shard.last] as const)],
    ),
  )

describe(`a for-each takes ${MAX_ITEMS} items`, () => {
  it('at the limit', () => {
    expect(over(MAX_ITEMS).node('each')).toMatchObject({ status: 'iterating' })
  })

  it('and not one more', () => {
    const message = `'items' gave ${MAX_ITEMS + 1} items; a for-each takes at most ${MAX_ITEMS}`
    expect(over(MAX_ITEMS + 1).state.phase).toMatchObject({ status: 'failed', error: { code: 'INPUT_INVALID', message } })
  })
})

describe(`a shard has ${ITEMS_PER_SHARD} items`, () => {
  const range = (shard: number, count = ITEMS_PER_SHARD) => [shard * ITEMS_PER_SHARD, shard * ITEMS_PER_SHARD + count - 1]

  it('and one more is one shard more', () => {
    expect(begun(over(3 * ITEMS_PER_SHARD))).toEqual([range(0), range(1), range(2)])
    const run = over(3 * ITEMS_PER_SHARD + 1)
    expect(begun(run)).toEqual([range(0), range(1), range(2), range(3, 1)])
    expect([0, 3].map((shard) => shardOrder(run.state, `each[${shard}]`).enclosing.slice?.items.length)).toEqual([
      ITEMS_PER_SHARD,
      1,
    ])
  })
})

describe(`at once are under way ${MAX_SHARDS_AT_ONCE} shards`, () => {
  it.each([
    [MAX_SHARDS_AT_ONCE, MAX_SHARDS_AT_ONCE],
    [MAX_SHARDS_AT_ONCE + 1, MAX_SHARDS_AT_ONCE],
  ])('of %i that there are, with much concurrency: %i', (shards, atOnce) => {
    expect(begun(over(shards * ITEMS_PER_SHARD, { concurrency: 1_000 }))).toHaveLength(atOnce)
  })

  it('fewer, where so few items may be', () => {
    expect(begun(over(MAX_SHARDS_AT_ONCE * ITEMS_PER_SHARD, { concurrency: MAX_SHARDS_AT_ONCE - 1 }))).toHaveLength(
      MAX_SHARDS_AT_ONCE - 1,
    )
  })
})

describe(`where \`concurrency\` says nothing, ${DEFAULT_CONCURRENCY} items are under way`, () => {
  it.each([
    [DEFAULT_CONCURRENCY, DEFAULT_CONCURRENCY],
    [DEFAULT_CONCURRENCY + 1, DEFAULT_CONCURRENCY],
  ])('of %i: %i', (count, atOnce) => {
    const run = over(count)
    expect(begun(run)).toEqual(upTo(atOnce))
    run.settle('each[0].fetch', success(1))
    expect(begun(run)).toEqual(upTo(count))
  })
})
