// Cuts a text to a number of UTF-8 bytes, for captured inputs and outputs. It never splits a character.

const MARKER = '[truncated]'

/** The text itself where it fits into `maxBytes`; else its beginning and the marker, together at most `maxBytes`. */
export function truncateText(text: string, maxBytes: number): string {
  const encoder = new TextEncoder()
  // A UTF-16 unit takes at most three bytes: most texts need no counting.
  if (text.length * 3 <= maxBytes) return text
  if (encoder.encodeInto(text, new Uint8Array(maxBytes)).read === text.length) return text
  const { read } = encoder.encodeInto(text, new Uint8Array(maxBytes - MARKER.length))
  return text.slice(0, read) + MARKER
}
