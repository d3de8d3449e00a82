// Functions that encode, decode and identify. Part of the table in `functions.ts`.
import { createHash } from 'node:crypto'
import type { Evaluation } from './expression-evaluation.ts'
import type { Arguments, ExpressionFunction } from './expression-function.ts'
import { toJson } from './expression-result.ts'
import type { Value } from './expression-value.ts'

/** Runs what throws on bad input; its error becomes the function's. */
function decode<T>(args: Arguments, what: string, read: () => T): T {
  try {
    return read()
  } catch {
    throw args.error(`takes ${what}`)
  }
}

function parseJson(args: Arguments): Value {
  const text = args.text(0)
  // What JSON.parse gives is JSON.
  return decode(args, 'JSON text', () => JSON.parse(text) as Value)
}

function formatJson(args: Arguments, run: Evaluation): string {
  const text = JSON.stringify(toJson(args.value(0), run))
  run.spendText(text.length)
  return text
}

function encodeBase64(args: Arguments): string {
  let binary = ''
  for (const byte of new TextEncoder().encode(args.text(0))) binary += String.fromCharCode(byte)
  return btoa(binary)
}

function decodeBase64(args: Arguments): string {
  const text = args.text(0)
  return decode(args, 'base64 of UTF-8 text', () => {
    const bytes = Uint8Array.from(atob(text), (character) => character.charCodeAt(0))
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  })
}

function encodeUrl(args: Arguments): string {
  const text = args.text(0)
  return decode(args, 'well-formed Unicode text', () => encodeURIComponent(text))
}

export const DATA_FUNCTIONS: readonly ExpressionFunction[] = [
  {
    name: 'json',
    parameters: ['text: string'],
    returns: 'any',
    summary: 'The value that JSON text stands for.',
    example: String.raw`json("{\"a\": [1, 2]}").a[1]`,
    result: 2,
    evaluate: parseJson,
  },
  {
    name: 'to_json',
    parameters: ['value: any'],
    returns: 'string',
    summary: 'A value as JSON text.',
    example: 'to_json({"a": [1, null]})',
    result: '{"a":[1,null]}',
    evaluate: formatJson,
  },
  {
    name: 'base64',
    parameters: ['text: string'],
    returns: 'string',
    summary: 'Base64 of the text in UTF-8.',
    example: 'base64("héllo")',
    result: 'aMOpbGxv',
    evaluate: encodeBase64,
  },
  {
    name: 'base64_decode',
    parameters: ['text: string'],
    returns: 'string',
    summary: 'The UTF-8 text of base64.',
    example: 'base64_decode("aMOpbGxv")',
    result: 'héllo',
    evaluate: decodeBase64,
  },
  {
    name: 'url_encode',
    parameters: ['text: string'],
    returns: 'string',
    summary: 'Percent-encoded, for one part of a URL.',
    example: 'url_encode("a b&c/d")',
    result: 'a%20b%26c%2Fd',
    evaluate: encodeUrl,
  },
  {
    name: 'sha256',
    parameters: ['text: string'],
    returns: 'string',
    summary: 'SHA-256 of the text in UTF-8, as 64 hex digits.',
    example: 'sha256("abc").substring(0, 8)',
    result: 'ba7816bf',
    evaluate: (args) => createHash('sha256').update(args.text(0), 'utf8').digest('hex'),
  },
  {
    name: 'uuid',
    parameters: [],
    returns: 'string',
    summary: 'A new id. Derived from the execution, the node and the number of the call: attempts of a node see the same.',
    example: 'size(uuid())',
    result: 36,
    evaluate: (_args, run) => run.context.uuid(),
  },
  {
    name: 'coalesce',
    parameters: ['value: any', '...others: any'],
    returns: 'any',
    summary: 'The first that is not null; null where all are.',
    example: 'coalesce(null, "none given")',
    result: 'none given',
    evaluate: (args) => args.values.find((value) => value !== null) ?? null,
  },
]
