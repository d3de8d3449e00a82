// JSON values as rows. A row of a Durable Object holds at most 2 MB, which local storage does not enforce: it is held here.

/** Bytes of JSON text in one row: half of what the platform allows. */
export const MAX_CHUNK_BYTES = 1024 * 1024

/**
 * UTF-8 bytes: stored strings take two bytes a character as soon as one of them is not Latin-1. Encoded chunk by chunk: a value may be
 * as large as an object can hold it once.
 */
export function splitIntoChunks(value: unknown): readonly Uint8Array[] {
  const text = JSON.stringify(value)
  const encoder = new TextEncoder()
  const chunks: Uint8Array[] = []
  for (let start = 0; start < text.length; ) {
    const chunk = new Uint8Array(Math.min(MAX_CHUNK_BYTES, (text.length - start) * 3))
    const { read, written } = encoder.encodeInto(text.slice(start), chunk)
    chunks.push(written === chunk.length ? chunk : chunk.slice(0, written))
    start += read
  }
  return chunks
}

/** The value that was split. */
export function joinChunks(chunks: readonly Uint8Array[]): unknown {
  const decoder = new TextDecoder()
  const text = chunks.map((chunk) => decoder.decode(chunk, { stream: true })).join('')
  return JSON.parse(text + decoder.decode())
}
