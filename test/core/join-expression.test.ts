import { describe, expect, it } from 'vitest'
import { evaluateJoin, JoinSyntaxError, joinSources, parseJoinExpression } from '../../src/core/join-expression.ts'
import { MAX_JOIN_DEPTH } from '../../src/core/limits.ts'

const evaluate = (text: string, votes: Record<string, boolean | null>) =>
  evaluateJoin(parseJoinExpression(text), (id) => votes[id] ?? null)

describe('parseJoinExpression', () => {
  it.each([
    ['a', ['a']],
    ['a && (b || !c)', ['a', 'b', 'c']],
    ['sources["my-node"] || sources[\'other\']', ['my-node', 'other']],
    ['my-node && 1', ['my-node', '1']],
    [' sources ["a"]&&!!b ', ['a', 'b']],
    ['sources && a', ['sources', 'a']],
  ])('reads %s', (text, ids) => {
    expect(joinSources(parseJoinExpression(text)).map(({ id }) => id)).toEqual(ids)
  })

  it('binds && tighter than ||, and ! tightest', () => {
    expect(parseJoinExpression('a || b && !c')).toEqual({
      kind: 'or',
      operands: [
        { kind: 'source', id: 'a', position: 0 },
        {
          kind: 'and',
          operands: [
            { kind: 'source', id: 'b', position: 5 },
            { kind: 'not', operand: { kind: 'source', id: 'c', position: 11 } },
          ],
        },
      ],
    })
  })

  it.each([
    ['', 'expected a source id, found the end at position 0', 0],
    ['a &&', 'expected a source id, found the end at position 4', 4],
    ['a b', 'expected && or || but found `b` at position 2', 2],
    ['(a', 'expected `)` at position 2', 2],
    ['a && )', 'expected a source id but found `)` at position 5', 5],
    ['a > 1', 'unexpected `>` at position 2', 2],
    ['sources["a b"]', 'unexpected `[` at position 7', 7],
  ])('refuses %j', (text, message, position) => {
    const parse = () => parseJoinExpression(text)
    expect(parse).toThrow(JoinSyntaxError)
    expect(parse).toThrow(expect.objectContaining({ position }))
    expect(parse).toThrow(message)
  })

  it(`nests ${MAX_JOIN_DEPTH} deep and no deeper`, () => {
    const nested = (depth: number) => `${'!('.repeat(depth / 2)}a${')'.repeat(depth / 2)}`
    expect(() => parseJoinExpression(nested(MAX_JOIN_DEPTH))).not.toThrow()
    expect(() => parseJoinExpression(nested(MAX_JOIN_DEPTH + 2))).toThrow(`nested deeper than ${MAX_JOIN_DEPTH}`)
  })
})

describe('evaluateJoin', () => {
  it.each([
    ['a && b', { a: true, b: true }, true],
    ['a && b', { a: false, b: null }, false],
    ['a && b', { a: null, b: false }, false],
    ['a && b', { a: true, b: null }, null],
    ['a || b', { a: true, b: null }, true],
    ['a || b', { a: null, b: true }, true],
    ['a || b', { a: false, b: null }, null],
    ['a || b', { a: false, b: false }, false],
    ['!a', { a: null }, null],
    ['!a', { a: false }, true],
    ['a && (b || c)', { a: true, b: false, c: true }, true],
    ['a && (b || c)', { a: null, b: false, c: false }, false],
  ])('%s with %j is %s', (text, votes, outcome) => {
    expect(evaluate(text, votes)).toBe(outcome)
  })
})
