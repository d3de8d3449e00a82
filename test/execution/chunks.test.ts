import { describe, expect, it } from 'vitest'
import { joinChunks, MAX_CHUNK_BYTES, splitIntoChunks } from '../../src/execution/chunks.ts'

/** A text whose JSON has this many bytes. */
const textOf = (bytes: number) => 'x'.repeat(bytes - 2)
const sizes = (value: unknown) => splitIntoChunks(value).map((chunk) => chunk.byteLength)

describe('a value in rows', () => {
  it('is one row up to the limit, two from one byte more', () => {
    expect(sizes(textOf(MAX_CHUNK_BYTES))).toEqual([MAX_CHUNK_BYTES])
    expect(sizes(textOf(MAX_CHUNK_BYTES + 1))).toEqual([MAX_CHUNK_BYTES, 1])
  })

  it('reads back as it was, wherever the cut falls in a character', () => {
    for (const lead of ['', 'x', 'xx', 'xxx']) {
      const text = lead + '😀'.repeat(MAX_CHUNK_BYTES / 2)
      const chunks = splitIntoChunks({ text })
      expect(chunks.length).toBe(3)
      expect(joinChunks(chunks)).toEqual({ text })
    }
  })
})
