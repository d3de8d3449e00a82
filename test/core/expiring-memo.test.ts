import { describe, expect, it } from 'vitest'
import { ExpiringMemo } from '../../src/core/expiring-memo.ts'

describe('ExpiringMemo', () => {
  it('knows a value until its moment', () => {
    const memo = new ExpiringMemo<string>(2)
    memo.set('a', 'x', 100)
    expect([memo.get('a', 99), memo.get('a', 100), memo.get('b', 0)]).toEqual(['x', undefined, undefined])
  })

  it('keeps as many as it may: one more and the oldest goes', () => {
    const memo = new ExpiringMemo<number>(2)
    for (const [index, key] of ['a', 'b', 'a', 'c'].entries()) memo.set(key, index, 100)
    expect(['a', 'b', 'c'].map((key) => memo.get(key, 0))).toEqual([2, undefined, 3])
  })
})
