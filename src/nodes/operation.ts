// `operation`: arithmetic over the inputs in definition order of edges, from left to right: (a - b) - c.
// `modulo` has the sign of its left operand. Results are finite: what overflows or has no value fails the node.
import { z } from 'zod'
import type { InlineContext } from '../core/node-type.ts'
import { describeJson } from './describe-json.ts'
import { completed, inlineNode } from './inline-node.ts'
import { inputInvalid } from './node-failed.ts'

const operators = {
  add: (left: number, right: number) => left + right,
  subtract: (left: number, right: number) => left - right,
  multiply: (left: number, right: number) => left * right,
  divide: (left: number, right: number) => left / right,
  modulo: (left: number, right: number) => left % right,
  power: (left: number, right: number) => left ** right,
}
type Operator = keyof typeof operators

const names = ['add', 'subtract', 'multiply', 'divide', 'modulo', 'power'] as const satisfies readonly Operator[]

/** A sum or product of one number is that number (where other branches were skipped); the others need both sides. */
const minOperands = (op: Operator): number => (op === 'add' || op === 'multiply' ? 1 : 2)

export const operation = inlineNode({
  type: 'operation',
  summary: 'Arithmetic over the numbers that arrive, in the order of the edges.',
  config: z.looseObject({ op: z.enum(names, { error: `operation node requires an 'op' field: one of ${names.join(', ')}` }) }),
  example: { op: 'add' },
  run: ({ op }, context) => completed(compute(op, readOperands(op, context))),
})

function readOperands(op: Operator, { inputs, read }: InlineContext): readonly number[] {
  if (inputs.length < minOperands(op)) {
    const needed = minOperands(op) === 1 ? '1 operand' : '2 operands'
    throw inputInvalid(`'${op}' needs at least ${needed}, one per incoming edge, and got ${inputs.length}`)
  }
  return inputs.map(({ source, value: arrived }) => {
    const value = read(arrived)
    if (typeof value === 'number') return value
    throw inputInvalid(`'${op}' needs numbers, and node '${source}' gave ${describeJson(value)}`)
  })
}

function compute(op: Operator, operands: readonly number[]): number {
  const result = operands.reduce((left, right) => {
    if (right === 0 && (op === 'divide' || op === 'modulo'))
      throw inputInvalid(`'${op}' by zero: check the divisor before this node`)
    return operators[op](left, right)
  })
  if (!Number.isFinite(result)) throw inputInvalid(`the result of '${op}' is not a finite number`)
  // -0 is no JSON number: it would come back from the journal as 0.
  return result + 0
}
