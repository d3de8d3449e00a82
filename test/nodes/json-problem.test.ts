import { describe, expect, it } from 'vitest'
import { MAX_PAYLOAD_VALUES, MAX_RESPONSE_DEPTH } from '../../src/core/limits.ts'
import { jsonProblem } from '../../src/nodes/json-problem.ts'

const nested = (depth: number) => `${'[{"a":'.repeat(depth / 2)}1${'}]'.repeat(depth / 2)}`
const list = (length: number) => `[${Array(length).fill(0).join()}]`

describe('what JSON has too many of', () => {
  it('is its depth above the limit', () => {
    expect(jsonProblem(nested(MAX_RESPONSE_DEPTH))).toBeNull()
    expect(jsonProblem(nested(MAX_RESPONSE_DEPTH + 2))).toMatch('inside each other')
  })

  it('is its values above the limit', () => {
    expect(jsonProblem(list(MAX_PAYLOAD_VALUES - 1))).toBeNull()
    expect(jsonProblem(list(MAX_PAYLOAD_VALUES))).toMatch('values')
  })

  it('is nothing that stands in a text', () => {
    const text = `${'[,{\\"'.repeat(MAX_RESPONSE_DEPTH)}\\\\`
    expect(jsonProblem(`["${text}", "${text}"]`)).toBeNull()
    expect(jsonProblem(`["${text}", ${'['.repeat(MAX_RESPONSE_DEPTH)}`)).toMatch('inside each other')
  })

  it('is nothing for a text without end', () => {
    expect(jsonProblem(`"${'['.repeat(10_000)}`)).toBeNull()
  })
})
