// Whether JSON of a stranger can be worked with at all: each value takes memory far beyond its byte or two, and what recurses over
// a value needs stack for its depth. Looks at the text, before anything is parsed.
import { MAX_PAYLOAD_VALUES, MAX_RESPONSE_DEPTH } from '../core/limits.ts'

const CODES = { quote: 0x22, comma: 0x2c, openList: 0x5b, backslash: 0x5c, closeList: 0x5d, openObject: 0x7b, closeObject: 0x7d }

/** What it has too many of; null where nothing is, also for what is no JSON. */
export function jsonProblem(text: string): string | null {
  if (text.length <= MAX_RESPONSE_DEPTH) return null
  let depth = 0
  let values = 1
  for (let at = 0; at < text.length; at += 1) {
    switch (text.charCodeAt(at)) {
      case CODES.quote:
        at = endOfString(text, at)
        break
      case CODES.openList:
      case CODES.openObject:
        depth += 1
        values += 1
        if (depth > MAX_RESPONSE_DEPTH) return `more than ${MAX_RESPONSE_DEPTH} lists and objects inside each other`
        break
      case CODES.closeList:
      case CODES.closeObject:
        depth -= 1
        break
      case CODES.comma:
        values += 1
    }
    if (values > MAX_PAYLOAD_VALUES) return `more than ${MAX_PAYLOAD_VALUES} values`
  }
  return null
}

function endOfString(text: string, start: number): number {
  let at = start + 1
  while (at < text.length && text.charCodeAt(at) !== CODES.quote) at += text.charCodeAt(at) === CODES.backslash ? 2 : 1
  return at
}
