import { describe, expect, it } from 'vitest'
import { byteLength } from '../../src/core/json.ts'
import { MAX_BOUND_JSON_BYTES } from '../../src/core/limits.ts'
import { packJsonLists } from '../../src/history/json-rows.ts'

/** A row whose JSON text has that many bytes. */
const rowOf = (bytes: number) => ({ text: 'x'.repeat(bytes - '{"text":""}'.length) })

describe('packJsonLists', () => {
  it('makes no list of nothing', () => {
    expect(packJsonLists([])).toEqual([])
  })

  it('keeps rows together up to the limit', () => {
    const half = (MAX_BOUND_JSON_BYTES - '[,]'.length - 1) / 2
    const [list, ...others] = packJsonLists([rowOf(half), rowOf(half + 1)])
    expect(others).toEqual([])
    expect(byteLength(list ?? '')).toBe(MAX_BOUND_JSON_BYTES)
    expect(packJsonLists([rowOf(half + 1), rowOf(half + 1)])).toHaveLength(2)
  })

  it('counts bytes, not characters', () => {
    const wide = { text: 'ü'.repeat(MAX_BOUND_JSON_BYTES / 4) }
    expect(packJsonLists([wide, wide])).toHaveLength(2)
  })

  it('leaves a row above the limit alone', () => {
    expect(packJsonLists([rowOf(10 + 11), rowOf(MAX_BOUND_JSON_BYTES + 1), rowOf(10 + 11)])).toHaveLength(3)
  })
})
