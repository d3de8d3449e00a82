import { describe, expect, it } from 'vitest'
import { parseExpression } from '../../src/core/expression.ts'
import { CEL_RESERVED_WORDS, shadowReason } from '../../src/core/reserved-names.ts'

describe('shadowReason', () => {
  it.each([
    ['inputs', 'is a name that every expression already has'],
    ['secrets', 'is a name that every expression already has'],
    ['while', 'is a reserved word of the expression language'],
    ['true', 'is a reserved word of the expression language'],
    ['a-b', 'is not an identifier'],
    ['1a', 'is not an identifier'],
    ['', 'is not an identifier'],
    ['user_name', null],
    ['_x1', null],
  ])('%j', (name, reason) => {
    expect(shadowReason(name)).toBe(reason)
  })
})

it.each([...CEL_RESERVED_WORDS])('the language does not read `%s` as a name', (word) => {
  const names = () => [...parseExpression(word).names]
  try {
    expect(names()).toEqual([])
  } catch (error) {
    expect(error).toMatchObject({ name: 'ExpressionSyntaxError' })
  }
})
