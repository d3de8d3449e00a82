import { describe, expect, it } from 'vitest'
import { ExpressionError } from '../../src/core/expression-error.ts'
import { condition } from '../../src/nodes/condition.ts'
import { configIssues } from '../support/config-issues.ts'
import { inlineContext } from '../support/inline-context.ts'

describe('condition', () => {
  it.each([
    ["status == 'active'", 'true'],
    ["status == 'closed'", 'false'],
    ['value > 10', 'true'],
    ['{{ value > 10 }}', 'true'],
  ])('%s takes the port %s and passes its input on', (expression, port) => {
    const context = inlineContext({ input: { value: 15 }, variables: { status: 'active' } })
    expect(condition.run({ condition: expression }, context)).toEqual({ kind: 'completed', output: { value: 15 }, ports: [port] })
  })

  it('takes nothing but true and false', () => {
    expect(condition.run({ condition: 'input' }, inlineContext({ input: [1] }))).toEqual({
      kind: 'failed',
      error: {
        code: 'EXPRESSION_ERROR',
        message: `'condition' must give true or false, and gave a list: compare it with something, as in "value > 10"`,
        retryable: false,
      },
    })
  })

  it('leaves an expression that fails to the engine', () => {
    expect(() => condition.run({ condition: 'nowhere == 1' }, inlineContext())).toThrow(ExpressionError)
  })

  it('goes on over false after a failure, where it may', () => {
    expect([condition.ports({}), condition.continuePort({})]).toEqual([['true', 'false'], 'false'])
  })

  it('is refused without a condition', () => {
    const issue = "condition: condition node requires a 'condition' field: an expression such as \"status == 'active'\""
    expect(configIssues(condition, {})).toEqual([issue])
    expect(configIssues(condition, { condition: ' ' })).toEqual([issue])
  })
})
