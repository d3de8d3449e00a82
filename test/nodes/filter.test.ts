import { describe, expect, it } from 'vitest'
import type { JsonArray } from '../../src/core/json.ts'
import { MAX_LIST_ELEMENTS } from '../../src/core/limits.ts'
import { filter } from '../../src/nodes/filter.ts'
import { configIssues } from '../support/config-issues.ts'
import { inlineContext } from '../support/inline-context.ts'

const parted = (kept: JsonArray, rejected: JsonArray) => ({
  kind: 'completed',
  output: kept,
  ports: ['out', 'rejected'],
  portOutputs: { rejected },
})

describe('filter', () => {
  it.each([
    ['numbers', 'value > 10', [5, 20, 11], parted([20, 11], [5])],
    ['members named value', 'value > 10', [{ value: 5 }, { value: 20 }], parted([{ value: 20 }], [{ value: 5 }])],
    ['by item', 'item.price > 1', [{ price: 1 }, { price: 2 }], parted([{ price: 2 }], [{ price: 1 }])],
    ['by index', 'index < 1', ['a', 'b'], parted(['a'], ['b'])],
    ['none', 'value > 10', [], parted([], [])],
  ])('parts a list: %s', (_name, condition, input, result) => {
    expect(filter.run({ condition }, inlineContext({ input }))).toEqual(result)
  })

  it.each([
    ['an object that holds', { value: 15 }, 'out'],
    ['an object that does not', { value: 5 }, 'rejected'],
    ['a number', 11, 'out'],
  ])('lets %s over one port', (_name, input, port) => {
    expect(filter.run({ condition: 'value > 10' }, inlineContext({ input }))).toEqual({
      kind: 'completed',
      output: input,
      ports: [port],
    })
  })

  it('takes the list that items names', () => {
    const context = inlineContext({ input: { orders: [{ total: 1 }, { total: 3 }] } })
    expect(filter.run({ condition: 'item.total > 2', items: 'input.orders' }, context)).toEqual(
      parted([{ total: 3 }], [{ total: 1 }]),
    )
  })

  it('fails where the condition is no boolean', () => {
    expect(filter.run({ condition: 'value' }, inlineContext({ input: [1] }))).toMatchObject({
      error: { code: 'EXPRESSION_ERROR' },
    })
  })

  it('takes a list at the limit and refuses one above', () => {
    const config = { condition: 'true' }
    const list = (length: number) => inlineContext({ input: Array.from({ length }, () => 0) })
    expect(filter.run(config, list(MAX_LIST_ELEMENTS))).toMatchObject({ kind: 'completed' })
    expect(filter.run(config, list(MAX_LIST_ELEMENTS + 1))).toMatchObject({ error: { code: 'INPUT_INVALID' } })
  })

  it('refuses to go on after a failure', () => {
    expect([filter.ports({}), filter.continuePort({})]).toEqual([['out', 'rejected'], null])
  })

  it('is refused without a condition', () => {
    expect(configIssues(filter, {})).toEqual([
      `condition: filter node requires a 'condition' field: an expression such as "value > 10"`,
    ])
  })
})
