import { describe, expect, it } from 'vitest'
import { value } from '../../src/nodes/value.ts'
import { configIssues } from '../support/config-issues.ts'
import { inlineContext } from '../support/inline-context.ts'

describe('value', () => {
  it.each([
    ['a number, which stays one', { value: 10 }, 10],
    ['null', { value: null }, null],
    ['a list', { value: [1, { a: 2 }] }, [1, { a: 2 }]],
    ['text under its other name', { text: 'Hello' }, 'Hello'],
    ['text of what a text template gave', { text: 5 }, '5'],
    ['value where both are there', { value: null, text: 'Hello' }, null],
  ])('gives %s', (_name, config, output) => {
    expect(value.run(config, inlineContext())).toEqual({ kind: 'completed', output })
  })

  it('is refused without a value, and with an empty text', () => {
    expect(configIssues(value, {})).toEqual([
      "value: number node requires a 'value' field (a text node: 'value' or a non-empty 'text')",
    ])
    expect(configIssues(value, { text: '' })).toEqual(["text: text node requires a non-empty 'text' field"])
  })

  it('answers to the names number and text', () => {
    expect(value.aliases).toEqual(['number', 'text'])
  })
})
