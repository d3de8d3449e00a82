/**
 * The text itself where it fits into so many bytes of UTF-8, else the longest beginning that does together with the marker: whole
 * characters only (`encodeInto` writes no half ones).
 */
export function cutText(text: string, maxBytes: number, marker = ''): string {
  const encoder = new TextEncoder()
  // A UTF-16 unit takes at most three bytes: most texts need no counting.
  if (text.length * 3 <= maxBytes) return text
  if (encoder.encodeInto(text, new Uint8Array(maxBytes)).read === text.length) return text
  const { read } = encoder.encodeInto(text, new Uint8Array(maxBytes - marker.length))
  return text.slice(0, read) + marker
}
