import { describe, expect, it } from 'vitest'
import { byteLength } from '../../src/core/json.ts'
import { MAX_CAPTURED_IO_BYTES } from '../../src/core/limits.ts'
import { truncateText } from '../../src/history/truncate-text.ts'

const LIMIT = MAX_CAPTURED_IO_BYTES

describe('truncateText', () => {
  it('keeps a text of exactly the limit', () => {
    const text = 'a'.repeat(LIMIT)
    expect(truncateText(text, LIMIT)).toBe(text)
  })

  it('cuts a text of one byte more, the marker included in the limit', () => {
    const cut = truncateText('a'.repeat(LIMIT + 1), LIMIT)
    expect(cut).toBe(`${'a'.repeat(LIMIT - 11)}[truncated]`)
    expect(byteLength(cut)).toBe(10_240)
  })

  it('counts bytes, not characters', () => {
    const fits = 'é'.repeat(LIMIT / 2)
    expect(truncateText(fits, LIMIT)).toBe(fits)
    expect(truncateText(`${fits}a`, LIMIT)).toMatch(/é\[truncated\]$/)
  })

  it.each([0, 1, 2, 3])('never splits a character of four bytes (offset %i)', (offset) => {
    const cut = truncateText('a'.repeat(offset) + '🎈'.repeat(LIMIT), LIMIT)
    expect(cut).toMatch(/^a*(🎈)+\[truncated\]$/u)
    expect(LIMIT - byteLength(cut)).toBeLessThan(4)
  })
})
