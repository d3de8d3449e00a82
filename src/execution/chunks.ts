// JSON values as rows. A row of a Durable Object holds at most 2 MB, which local storage does not enforce: it is held here.

/** Bytes of JSON text in one row: half of what the platform allows. */
export const MAX_CHUNK_BYTES = 1024 * 1024

/** UTF-8 bytes: stored strings take two bytes a character as soon as one of them is not Latin-1. */
export function splitIntoChunks(value: unknown): readonly Uint8Array[] {
  const bytes = new TextEncoder().encode(JSON.stringify(value))
  const chunks: Uint8Array[] = []
  for (let start = 0; start < bytes.length; start += MAX_CHUNK_BYTES) chunks.push(bytes.slice(start, start + MAX_CHUNK_BYTES))
  return chunks
}

/** The value that was split. */
export function joinChunks(chunks: readonly Uint8Array[]): unknown {
  const decoder = new TextDecoder()
  const text = chunks.map((chunk) => decoder.decode(chunk, { stream: true })).join('')
  return JSON.parse(text + decoder.decode())
}
