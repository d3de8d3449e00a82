// PostgreSQL's array literals: `{1,2}`, `{{"a b",NULL},{c,d}}` (PostgreSQL manual, 8.15.6). They are read as the server writes them.
import type { Json, JsonArray } from '../core/json.ts'

/** @param read makes of an element what it is; null is SQL's */
export function parsePostgresArray(literal: string, read: (text: string | null) => Json): Json[] {
  // Bounds other than 1, as in `[0:1]={1,2}`, are left out: lists of JSON have none.
  let at = literal.indexOf('{')
  return list()

  function list(): Json[] {
    const items: Json[] = []
    at += 1
    while (at < literal.length && literal[at] !== '}') {
      items.push(item())
      if (literal[at] === ',') at += 1
    }
    at += 1
    return items
  }

  function item(): Json {
    if (literal[at] === '{') return list()
    if (literal[at] === '"') return read(quoted())
    const start = at
    while (at < literal.length && literal[at] !== ',' && literal[at] !== '}') at += 1
    const text = literal.slice(start, at)
    return read(text === 'NULL' ? null : text)
  }

  function quoted(): string {
    const parts: string[] = []
    at += 1
    while (at < literal.length && literal[at] !== '"') {
      if (literal[at] === '\\') at += 1
      parts.push(literal[at] ?? '')
      at += 1
    }
    at += 1
    return parts.join('')
  }
}

/** @param write gives the text of an element that is no list; all are quoted, so that none is read as something else */
export function writePostgresArray(values: JsonArray, write: (value: Json) => string): string {
  const parts = values.map((value) => {
    if (value === null) return 'NULL'
    if (Array.isArray(value)) return writePostgresArray(value, write)
    return `"${write(value).replaceAll(/["\\]/g, String.raw`\$&`)}"`
  })
  return `{${parts.join(',')}}`
}
