// Requests that no client should send, drawn from what the reference says of an operation: for each parameter and each member of its
// body what it is not, and bodies that are none. Equal seeds draw equal requests.
import { Random } from '../sim/random.ts'
import type { DocumentedParameter, Operation, Reference } from './reference.ts'

export interface HostileRequest {
  /** Which of them it is, for messages. */
  readonly name: string
  /** In the place of what would be right, as they stand in the URL. */
  readonly params: Readonly<Record<string, string>>
  readonly query: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string | Uint8Array | null
}

const DEEP = 10_000
const deepList = '['.repeat(DEEP) + ']'.repeat(DEEP)
const deepObject = `${'{"a":'.repeat(DEEP)}1${'}'.repeat(DEEP)}`
const pollution =
  '{"__proto__":{"polluted":true},"constructor":{"prototype":{"polluted":true}},"toString":1,"hasOwnProperty":null}'

/** JSON text of values that hardly anything expects. */
const STRANGE_JSON = [
  ...['null', 'true', '0', '-1', '1.5', '1e308', '1e999', '-1e999', '123456789012345678901234567890', '""', '" "', '"text"'],
  ...['[]', '[null]', '[[]]', '{}', '{"":{"":""}}', pollution, deepList, deepObject, '"NaN"', '"1"', '"true"', '"__proto__"'],
  ...[
    '"\\u0000"',
    '"\\ud800"',
    '"\\udfff\\ud800"',
    '"\\u202eabc\\u202c"',
    '"👩‍👩‍👧‍👦"',
    '"𝔘𝔫𝔦"',
    '"é"',
    '"\\u2028"',
    '"a\\nb\\r\\tc"',
  ],
  ...[
    `"${'x'.repeat(70_000)}"`,
    `"${'😀'.repeat(20_000)}"`,
    `[${'1,'.repeat(2_000)}1]`,
    '["a","a"]',
    '"{{ 1 }}"',
    '"2026-13-45T99:99:99Z"',
  ],
  `{${Array.from({ length: 2_000 }, (_, index) => `"k${index}":${index}`).join()}}`,
]

/** Whole bodies, most of which are no JSON. */
const STRANGE_BODIES: readonly (string | Uint8Array)[] = [
  ...[
    '',
    ' ',
    'null',
    'true',
    '1',
    '"text"',
    '[]',
    '[{}]',
    '{',
    '}',
    '{"a":1,}',
    "{'a':1}",
    'NaN',
    'undefined',
    '<xml/>',
    'a=1&b=2',
  ],
  ...[
    '\ufeff{}',
    '{}{}',
    '{"a":1,"a":2}',
    '\u0000',
    '{"a":"\u0001"}',
    pollution,
    deepList,
    deepObject,
    '['.repeat(100_000),
    '{"a":'.repeat(50_000),
  ],
  Uint8Array.of(0xff, 0xfe, 0xfd),
  Uint8Array.of(0x7b, 0x22, 0x61, 0x22, 0x3a, 0x22, 0xed, 0xa0, 0x80, 0x22, 0x7d),
  Uint8Array.of(0x7b, 0x22, 0xc3, 0x28, 0x22, 0x3a, 0x31, 0x7d),
]

/** As they stand in a URL; some are no percent-encoding at all. */
const STRANGE_TEXTS = [
  ...['', '%20', '%00', '%', '%zz', '%ff', '%ed%a0%80', '%E2%80%AEabc', '%F0%9F%91%A9', 'null', 'undefined', 'NaN', 'Infinity'],
  ...[
    '-1',
    '0',
    '1.5',
    '1e999',
    '9'.repeat(400),
    '0x10',
    '%2B1',
    'true',
    '[]',
    '{}',
    '__proto__',
    'constructor',
    'toString',
    '..%2F..%2F',
  ],
  ...[
    "'%20OR%201=1--",
    '%25',
    '*',
    '%22',
    '%5C',
    '%0D%0AX-Injected:%201',
    'x'.repeat(4_000),
    '%F0%9F%98%80'.repeat(300),
    '%7B%7B1%7D%7D',
    ',',
  ],
]

const STRANGE_HEADERS = [
  '',
  ' ',
  '"',
  '""',
  '"0"',
  '"-1"',
  '"9999999999"',
  'NaN',
  '-1',
  '1e999',
  'x'.repeat(300),
  ',,,',
  'wait=-1',
  'wait=99999999999',
]

/** Up to `count` of them, with every strange body among them. */
export function hostileRequests(operation: Operation, reference: Reference, count: number): readonly HostileRequest[] {
  const bodies = operation.body === null ? [] : STRANGE_BODIES.map((body, index) => request(`body ${index}`, { body }))
  const drawn = shuffled(
    [...strangeParameters(operation), ...strangeMembers(operation, reference)],
    new Random(operation.operationId),
  )
  return [...bodies, ...drawn.slice(0, count)]
}

const request = (name: string, parts: Partial<HostileRequest>): HostileRequest => ({
  params: {},
  query: '',
  headers: {},
  body: null,
  ...parts,
  name,
})

const strangeParameters = ({ parameters }: Operation): readonly HostileRequest[] => [
  ...parameters.flatMap(strangeValues),
  ...['__proto__=1', 'constructor=1', 'community_id=1&community_id=2', '&&&=', '=1', '%', 'a[b]=1&a[]=2'].map((query) =>
    request(`query ${query}`, { query: `?${query}` }),
  ),
]

const strangeValues = ({ name, in: place }: DocumentedParameter): readonly HostileRequest[] => {
  if (place === 'header')
    return STRANGE_HEADERS.map((value) => request(`header ${name}: ${value}`, { headers: { [name]: value } }))
  if (place === 'path') return STRANGE_TEXTS.map((text) => request(`path ${name}: ${text}`, { params: { [name]: text } }))
  return [...STRANGE_TEXTS, `1&${name}=2`].map((text) => request(`query ${name}: ${text}`, { query: `?${name}=${text}` }))
}

/** The example, with one place of it, at any depth, that is missing, twice there, or something else. */
function strangeMembers({ body }: Operation, reference: Reference): readonly HostileRequest[] {
  const example = body?.example
  if (body === null || typeof example !== 'object' || example === null) return []
  const members = Object.keys(reference.resolve(body.schema).properties ?? {})
  const places = [...placesIn(example), ...[...members, 'extra', '__proto__'].map((name) => [name])]
  return places.flatMap((place) => {
    const name = place.join('.')
    const written = write(example, place)
    return [
      request(`no ${name}`, { body: written.replace(new RegExp(`("[^"]*":)?"${HERE}",?`), '').replace(/,([}\]])/, '$1') }),
      request(`${name} twice`, { body: written.replace(`"${HERE}"`, `1,${JSON.stringify(place.at(-1))}:2`) }),
      ...STRANGE_JSON.map((json) => request(`${name}: ${json.slice(0, 60)}`, { body: written.replace(`"${HERE}"`, () => json) })),
    ]
  })
}

type Place = readonly string[]

/** Of everything in it, however deep. */
const placesIn = (value: unknown): readonly Place[] =>
  typeof value !== 'object' || value === null
    ? []
    : Object.entries(value).flatMap(([name, inside]) => [[name], ...placesIn(inside).map((place) => [name, ...place])])

const HERE = 'the strange value'

/** JSON with a mark at a place, which need not be there. */
function write(value: unknown, [name, ...inside]: Place): string {
  if (name === undefined) return JSON.stringify(HERE)
  const texts = new Map(Object.entries(value ?? {}).map(([key, member]) => [key, JSON.stringify(member)] as const))
  texts.set(name, write(Reflect.get(Object(value), name), inside))
  return Array.isArray(value)
    ? `[${[...texts.values()].join()}]`
    : `{${[...texts].map(([key, text]) => `${JSON.stringify(key)}:${text}`).join()}}`
}

function shuffled<T>(list: readonly T[], random: Random): readonly T[] {
  return list
    .map((item) => ({ item, at: random.next() }))
    .toSorted((a, b) => a.at - b.at)
    .map(({ item }) => item)
}
