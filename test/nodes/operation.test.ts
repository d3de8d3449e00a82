import { describe, expect, it } from 'vitest'
import type { Json } from '../../src/core/json.ts'
import { operation } from '../../src/nodes/operation.ts'
import { configIssues } from '../support/config-issues.ts'
import { arrival, inlineContext } from '../support/inline-context.ts'

const run = (op: string, ...operands: Json[]) =>
  operation.run({ op }, inlineContext({ inputs: operands.map((value, index) => arrival(`n${index}`, value)) }))

describe('operation', () => {
  it.each([
    ['add', [10, 5], 15],
    ['add', [1, 2, 3], 6],
    ['add', [4], 4],
    ['subtract', [10, 5], 5],
    ['subtract', [10, 5, 2], 3],
    ['multiply', [2.5, 4], 10],
    ['multiply', [0, -5], 0],
    ['multiply', [7], 7],
    ['divide', [5, 2], 2.5],
    ['modulo', [7, 3], 1],
    ['modulo', [-7, 3], -1],
    ['power', [2, 10], 1024],
    ['power', [4, 0.5], 2],
  ])('%s of %j is %d', (op, operands, output) => {
    expect(run(op, ...operands)).toEqual({ kind: 'completed', output })
  })

  it.each([
    ['divide', [1, 0], "'divide' by zero: check the divisor before this node"],
    ['modulo', [1, 0], "'modulo' by zero: check the divisor before this node"],
    ['power', [10, 400], "the result of 'power' is not a finite number"],
    ['power', [-8, 0.5], "the result of 'power' is not a finite number"],
    ['subtract', [1], "'subtract' needs at least 2 operands, one per incoming edge, and got 1"],
    ['add', [], "'add' needs at least 1 operand, one per incoming edge, and got 0"],
    ['add', [1, '2'], "'add' needs numbers, and node 'n1' gave text"],
    ['add', [null], "'add' needs numbers, and node 'n0' gave null"],
  ])('%s of %j fails', (op, operands, message) => {
    expect(run(op, ...operands)).toEqual({ kind: 'failed', error: { code: 'INPUT_INVALID', message, retryable: false } })
  })

  it('refuses an unknown or absent op', () => {
    const issue = "op: operation node requires an 'op' field: one of add, subtract, multiply, divide, modulo, power"
    expect(configIssues(operation, { op: 'root' })).toEqual([issue])
    expect(configIssues(operation, {})).toEqual([issue])
  })
})
