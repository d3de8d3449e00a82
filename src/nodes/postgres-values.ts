// PostgreSQL's values as JSON and back, by the type that the server names. Text format: what it writes is exact.
import { AttemptError } from '../core/attempt-error.ts'
import type { Json } from '../core/json.ts'
import { nodeError } from '../core/node-error.ts'
import { bytesAsJson, bytesOf, integerOf } from './database-value.ts'
import { jsonProblem } from './json-problem.ts'
import { parsePostgresArray, writePostgresArray } from './postgres-array.ts'

type Read = (text: string) => Json

/** As `pg_type.dat` of PostgreSQL numbers them; the numbers of built-in types never change. */
const OIDS = {
  bool: 16,
  bytea: 17,
  int8: 20,
  int2: 21,
  int4: 23,
  oid: 26,
  json: 114,
  float4: 700,
  float8: 701,
  timestamp: 1114,
  timestamptz: 1184,
  jsonb: 3802,
} as const

/** Array types, and what is in them: those that are read as something other than text. */
const READ_ARRAYS: readonly (readonly [array: number, element: number])[] = [
  [1000, OIDS.bool],
  [1001, OIDS.bytea],
  [1005, OIDS.int2],
  [1007, OIDS.int4],
  [1016, OIDS.int8],
  [1028, OIDS.oid],
  [1021, OIDS.float4],
  [1022, OIDS.float8],
  [1115, OIDS.timestamp],
  [1185, OIDS.timestamptz],
  [199, OIDS.json],
  [3807, OIDS.jsonb],
]
/** Arrays of text, char, varchar, name, uuid, numeric, date, time, timetz, interval, inet, cidr. */
const TEXT_ARRAYS = [1009, 1014, 1015, 1003, 2951, 1231, 1182, 1183, 1270, 1187, 1041, 651]

const float: Read = (text) => (Number.isFinite(Number(text)) ? Number(text) : text)

const readers: ReadonlyMap<number, Read> = new Map<number, Read>([
  [OIDS.bool, (text) => text === 't'],
  [OIDS.bytea, (text) => bytesAsJson(Buffer.from(text.slice(2), 'hex'))],
  [OIDS.int2, integerOf],
  [OIDS.int4, integerOf],
  [OIDS.int8, integerOf],
  [OIDS.oid, integerOf],
  [OIDS.float4, float],
  [OIDS.float8, float],
  [OIDS.json, readJson],
  [OIDS.jsonb, readJson],
  [OIDS.timestamp, isoMoment],
  [OIDS.timestamptz, isoMoment],
])

const elementTypes: ReadonlyMap<number, number> = new Map([
  ...READ_ARRAYS,
  ...TEXT_ARRAYS.map((array): [number, number] => [array, 0]),
])

/** Types without a reader here are text, numeric among them: it has more digits than numbers of JSON. */
export function readPostgresValue(typeId: number, text: string | null): Json {
  if (text === null) return null
  const element = elementTypes.get(typeId)
  if (element !== undefined) return parsePostgresArray(text, (part) => readPostgresValue(element, part))
  return readers.get(typeId)?.(text) ?? text
}

/** `2026-03-04 05:06:07.089+01` as ISO 8601 has it; infinity and years before Christ stay what they are. */
function isoMoment(text: string): Json {
  const [, date, time, offset = ''] = /^(\d{4,}-\d\d-\d\d) ([\d:.]+)([+-][\d:]+)?$/.exec(text) ?? []
  if (date === undefined) return text
  return `${date}T${time}${offset === '+00' ? 'Z' : offset.length === 3 ? `${offset}:00` : offset}`
}

function readJson(text: string): Json {
  const problem = jsonProblem(text)
  if (problem === null) return JSON.parse(text)
  throw new AttemptError(nodeError('RESPONSE_INVALID', `A column holds JSON with ${problem}.`))
}

/** What is bound for a placeholder of this type; null is SQL's. Text goes as it is: also to JSON columns, where it must be JSON. */
export function writePostgresValue(typeId: number, value: Json): string | Buffer | null {
  if (value === null) return null
  if (typeId === OIDS.bytea) return bytesOf(value) ?? textOf(value)
  const element = elementTypes.get(typeId)
  if (element === undefined || !Array.isArray(value)) return textOf(value)
  return writePostgresArray(value, (member) => arrayText(element, member))
}

function arrayText(element: number, value: Json): string {
  const bytes = element === OIDS.bytea ? bytesOf(value) : null
  return bytes === null ? textOf(value) : `\\x${bytes.toString('hex')}`
}

const textOf = (value: Json): string => (typeof value === 'string' ? value : JSON.stringify(value))
