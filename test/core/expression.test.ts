import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { parseExpression } from '../../src/core/expression.ts'
import { ExpressionError, ExpressionSyntaxError } from '../../src/core/expression-error.ts'
import type { Json, JsonObject } from '../../src/core/json.ts'
import {
  MAX_EXPRESSION_BYTES,
  MAX_EXPRESSION_DEPTH,
  MAX_EXPRESSION_RESULT_BYTES,
  MAX_EXPRESSION_RESULT_DEPTH,
  MAX_EXPRESSION_STEPS,
  MAX_PARSED_KEPT,
} from '../../src/core/limits.ts'
import { evaluate, expressionContext, thrownBy } from '../support/expression.ts'

const scope: JsonObject = {
  inputs: { a: 1, nothing: null, items: [1, 2, 3], user: { name: 'Ada', 'last-name': 'Lovelace' } },
  outputs: { fetch: { status: 200 }, 'my-node': [1] },
  variables: { a: 5 },
  count: 2,
  price: 9.99,
  i: 'outer',
}
const value = (source: string): Json => evaluate(source, scope)

describe('numbers are JSON numbers', () => {
  it.each<[string, Json]>([
    ['5 / 2', 2.5],
    ['int(5 / 2)', 2],
    ['4 / 2', 2],
    ['7 % 3', 1],
    ['-7 % 3', -1],
    ['5.5 % 2', 1.5],
    ['count + 1', 3],
    ['price * 2', 19.98],
    ['count / 4', 0.5],
    ['1 + 2 * 3 - 4', 3],
    ['(1 + 2) * 3', 9],
    ['-count', -2],
    ['- -2', 2],
    ['-0', 0],
    ['0 * -1', 0],
    ['0x1F', 31],
    ['3u + 1', 4],
    ['1e3', 1000],
    ['0.5 + 1.25', 1.75],
    ['9007199254740991', 9007199254740991],
    ['99999999999999999999', 1e20],
    ['1 == 1.0', true],
    ['2 > 1.5', true],
    ['1 <= 1', true],
    ['size(inputs.items) / 2', 1.5],
    ['inputs.items[0]', 1],
    ['inputs.items[count]', 3],
    ['inputs.items[count - 1.0]', 2],
    ['inputs.items[size(inputs.items) - 1]', 3],
    ['1 in [1, 2]', true],
    ['1.5 in [1, 2]', false],
    ['{1: "one"}[1]', 'one'],
    ['{1: "one"}', { '1': 'one' }],
    ['{1: "one"}["1"]', 'one'],
    ['string(1) + string(1.5)', '11.5'],
  ])('%s', (source, expected) => {
    // toStrictEqual tells 0 from -0.
    expect(value(source)).toStrictEqual(expected)
  })

  it.each(['1 / 0', '0 / 0', '1 % 0', '1e308 * 10', '-1e308 - 1e308'])('%s is an error', (source) => {
    expect(thrownBy(() => value(source))).toMatchObject({ name: 'ExpressionError', code: 'EXPRESSION_ERROR', expression: source })
  })

  it('refuses a literal out of range', () => {
    expect(() => parseExpression('9'.repeat(400))).toThrow('a number out of range')
  })
})

describe('operators and forms', () => {
  it.each<[string, Json]>([
    ['"a" + "b"', 'ab'],
    ['"a" < "b"', true],
    ['false < true', true],
    ['[1] + [2, "x"]', [1, 2, 'x']],
    ['[1, "a", null, [true], {"k": 1.5}]', [1, 'a', null, [true], { k: 1.5 }]],
    ['{"a": 1, "b": "x", true: 2}', { a: 1, b: 'x', true: 2 }],
    ['"1" == 1', false],
    ['[1, {"a": [2]}] == [1, {"a": [2]}]', true],
    ['{"a": 1, "b": 2} == {"b": 2, "a": 1}', true],
    ['{"a": 1} == {"b": 1}', false],
    ['[1] != [1, 2]', true],
    ['{} == []', false],
    ['null == null', true],
    ['inputs.nothing == null', true],
    ['inputs.a != null', true],
    ['{"a": 1} in [{"a": 1}]', true],
    ['"a" in inputs', true],
    ['"toString" in inputs', false],
    ['null in [1, null]', true],
    ['null in {"a": 1}', false],
    ['true && false', false],
    ['false || true', true],
    ['!true', false],
    ['false && missing', false],
    ['true || missing', true],
    ['count > 1 ? "many" : 1', 'many'],
    ['false ? missing : "no"', 'no'],
    ['inputs.user["last-name"]', 'Lovelace'],
    ['outputs["my-node"][0] + outputs.fetch.status', 201],
    ["'single' + \"double\" + '''tri\"ple'''", 'singledoubletri"ple'],
    [String.raw`"é\n\"" + r"\n"`, 'é\n"\\n'],
    ['1 // a comment', 1],
    ['\n count\t+\n1 ', 3],
    ['{{ count + 1 }}', 3],
    ['  {{count}} ', 2],
    ['{{ {"a": {"b": 1}} }}', { a: { b: 1 } }],
    ['{{ "}}" }}', '}}'],
    ['has(inputs.a)', true],
    ['has(inputs.zzz)', false],
    ['has(inputs.nothing)', true],
    ['has(inputs.nothing.deeper)', false],
    ['has(inputs.?zzz.deeper)', false],
    ['inputs.?a.orValue(0)', 1],
    ['inputs.?zzz.orValue(0)', 0],
    ['inputs.?zzz.?deeper.deepest.orValue("none")', 'none'],
    ['inputs.?nothing.orValue(0)', null],
    ['inputs.nothing.?x.orValue(0)', 0],
    ['inputs.user.?name.orValue(missing)', 'Ada'],
    ['inputs[?"zzz"].orValue(0)', 0],
    ['inputs.items[?9].orValue(0)', 0],
    ['inputs.items[?-1].orValue(0)', 0],
    ['inputs.?zzz.or(inputs.?a).orValue(0)', 1],
    ['inputs.?a.hasValue()', true],
    ['inputs.?a.value()', 1],
    ['inputs.?nothing.value()', null],
    ['optional.of(1).orValue(2)', 1],
    ['optional.none().orValue(2)', 2],
    ['inputs.?a', 1],
    ['cel.bind(x, 2, x * x)', 4],
    ['inputs.items.map(n, n * 2)', [2, 4, 6]],
    ['inputs.items.map(n, n > 1, n * 2)', [4, 6]],
    ['inputs.items.filter(n, n > 1)', [2, 3]],
    ['inputs.items.all(n, n > 0)', true],
    ['inputs.items.exists(n, n == 2)', true],
    ['inputs.items.exists_one(n, n > 2)', true],
    ['[].all(n, false)', true],
    ['{"a": 1, "b": 2}.map(k, k)', ['a', 'b']],
    ['[[1, 2], [3]].map(row, row.map(n, n + size(row)))', [[3, 4], [4]]],
    ['[1].map(i, [2].map(i, i)[0] + i)', [3]],
    ['[1].map(i, i)[0] == 1 && i == "outer"', true],
    ['inputs.items.filter(n, n > 1).map(n, {"n": n})', [{ n: 2 }, { n: 3 }]],
    ['[timestamp("2026-01-01"), duration("2s"), inputs.?a]', ['2026-01-01T00:00:00.000Z', 2, 1]],
  ])('%s', (source, expected) => {
    expect(value(source)).toStrictEqual(expected)
  })

  it.each([
    ['1 && true', 'a side of `&&` must be a bool, not number'],
    ['true && 1', 'a side of `&&` must be a bool, not number'],
    ['"" || true', 'a side of `||` must be a bool, not string'],
    ['false || null', 'a side of `||` must be a bool, not null'],
    ['1 ? 2 : 3', 'the test of `?:` must be a bool'],
    ['!0', 'the operand of `!` must be a bool'],
    ['-"a"', '`-` cannot take string'],
    ['"a" + 1', 'make text with `string(…)`'],
    ['1 + null', '`+` cannot take number and null'],
    ['{} + {}', '`+` cannot take map and map'],
    ['"2" * 2', '`*` cannot take string and number'],
    ['1 < "2"', '`<` cannot take number and string'],
    ['null >= 0', '`>=` cannot take null and number'],
    ['"a" in "abc"', '`in` cannot take string and string'],
    ['inputs.?a + 1', 'end optionals with `.orValue(default)`'],
    ['[1].filter(n, n)', 'the test of filter() must be a bool'],
    ['1.map(n, n)', 'goes over a list or a map, not number'],
    ['{null: 1}', 'a key cannot be null'],
    ['inputs.a.orValue(1)', 'orValue() needs an optional'],
    ['optional.none().value()', 'value() of an absent optional'],
    ['optional.none().or(1)', 'or() needs an optional'],
  ])('%s fails', (source, message) => {
    const error = thrownBy(() => value(source))
    expect(error).toBeInstanceOf(ExpressionError)
    expect(error).toMatchObject({ message: expect.stringContaining(message), expression: source })
  })
})

describe('moments as they stand', () => {
  it.each(['2026-03-01', '2026-03-01T08:00:00Z', '2026-03-01T08:00:00.5+02:00', '2026-03-01T08:00Z'])('%s is text', (moment) => {
    expect(evaluate(moment)).toBe(moment)
  })

  it('in anything longer it is arithmetic', () => {
    expect(evaluate('2026-3-1')).toBe(2022)
    expect(evaluate("'2026-03-01' + 'x'")).toBe('2026-03-01x')
  })
})

describe('what is absent is named', () => {
  it.each([
    ['missing', 'unknown name "missing"; where it may be absent, write `variables.?missing.orValue(default)`'],
    ['error.code', '"error" does not exist here'],
    ['inputs.zzz', 'no key "zzz" in inputs; where it may be absent, write `inputs.?zzz.orValue(default)`'],
    ['inputs.user.age > 3', 'no key "age" in inputs.user; where it may be absent, write `inputs.user.?age.orValue(default)`'],
    ['inputs["a b"]', 'no key "a b" in inputs; where it may be absent, write `inputs[?"a b"].orValue(default)`'],
    ['inputs.nothing.x', 'cannot read "x" of inputs.nothing: it is null'],
    ['has(inputs.zzz.deeper)', 'no key "zzz" in inputs'],
    ['inputs.items[3]', 'no element 3 in inputs.items, which has 3'],
    ['inputs.items[-1]', 'no element -1 in inputs.items'],
    ['inputs.items[0.5]', 'the index of inputs.items must be a whole number, not 0.5'],
    ['inputs.items["0"]', 'cannot read "0" of inputs.items: it is a list'],
    ['inputs.items.length', 'cannot read "length" of inputs.items: it is a list'],
    ['inputs.user.name.length', 'cannot read "length" of inputs.user.name: it is a string'],
    ['inputs.?zzz', 'the value is absent; end with `.orValue(default)`'],
    ['[inputs.?zzz]', 'the value is absent'],
  ])('%s', (source, message) => {
    expect(() => value(source)).toThrow(message)
  })

  it('quotes the expression, shortened', () => {
    expect(thrownBy(() => value('missing'))).toMatchObject({ message: expect.stringMatching(/, in `missing`$/) })
    expect(thrownBy(() => value(`missing + "${'x'.repeat(500)}"`))).toMatchObject({ message: expect.stringMatching(/x…`$/) })
  })
})

describe('no way to a prototype', () => {
  const names = ['constructor', '__proto__', 'toString', 'valueOf', 'hasOwnProperty', '__defineGetter__']
  const sources = [
    ...names.flatMap((name) => [
      `inputs.${name}`,
      `inputs["${name}"]`,
      `inputs.items["${name}"]`,
      `"text"["${name}"]`,
      `1["${name}"]`,
    ]),
    'constructor',
    'hasOwnProperty',
    'inputs.items.constructor',
    'inputs.user.name.constructor',
    'inputs.constructor.constructor("return 1")()',
    '{}.constructor',
    '[].constructor',
    'optional.of(1).constructor',
    'timestamp(0).ms',
    'duration("1s").kind',
  ]
  it.each(sources)('%s', (source) => {
    const error = thrownBy(() => value(source))
    expect(error instanceof ExpressionError || error instanceof ExpressionSyntaxError).toBe(true)
  })

  it.each(names)('%s as an optional, in has and in `in` is absent', (name) => {
    expect(
      value(`[inputs.?${name}.orValue(0), inputs[?"${name}"].orValue(0), has(inputs.${name}), "${name}" in inputs]`),
    ).toEqual([0, 0, false, false])
  })

  it.each([
    'constructor(1)',
    'toString()',
    '"a".constructor()',
    'inputs.hasOwnProperty("a")',
    '[].valueOf()',
    'inputs.__proto__()',
  ])('%s is an unknown function', (source) => {
    expect(() => parseExpression(source)).toThrow('unknown function')
  })

  it('keeps `__proto__` as a key like any other', () => {
    const given: JsonObject = { o: JSON.parse('{"__proto__": {"polluted": 1}}') }
    const made = evaluate('merge(o, {"__proto__": [timestamp(0)]})', given)
    expect(JSON.stringify(made)).toBe('{"__proto__":["1970-01-01T00:00:00.000Z"]}')
    expect(Object.getPrototypeOf(made)).toBe(Object.prototype)
    expect(evaluate('o.__proto__.polluted', given)).toBe(1)
    expect({}).not.toHaveProperty('polluted')
  })

  it('never changes the scope', () => {
    const given = { items: [3, 1, 2], o: { a: 1 } }
    const before = structuredClone(given)
    for (const source of [
      'sort(items)',
      'reverse(items)',
      'items + [4]',
      'merge(o, {"a": 2})',
      'items.map(n, n + 1)',
      'flatten([items])',
    ]) {
      evaluate(source, given)
    }
    expect(given).toEqual(before)
  })
})

describe('what an expression mentions', () => {
  it.each<[string, string[], string[], string[]]>([
    ['a + b.c', ['a', 'b'], [], []],
    ['outputs.fetch.body + outputs["my-node"].x', ['outputs'], ['fetch', 'my-node'], []],
    ['outputs.?maybe.orValue(0)', ['outputs'], ['maybe'], []],
    ['outputs[?"maybe"].orValue(other)', ['outputs', 'other'], ['maybe'], []],
    ['has(outputs.fetch)', ['outputs'], ['fetch'], []],
    ['outputs[name]', ['outputs', 'name'], [], []],
    ['items.map(i, i + j)', ['items', 'j'], [], []],
    ['items.filter(i, i.x > 1).exists(k, k == i)', ['items', 'i'], [], []],
    ['items.map(outputs, outputs.x)', ['items'], [], []],
    ['cel.bind(x, a, x + y)', ['a', 'y'], [], []],
    ['upper(lower(name)).trim()', ['name'], [], ['lower', 'upper', 'trim']],
    ['optional.of(1).orValue(2)', [], [], []],
    ['{"key": value, other: 1}', ['value', 'other'], [], []],
    ['event_url("paid")', [], [], ['event_url']],
    ['approval_url(name)', ['name'], [], ['approval_url']],
  ])('%s', (source, names, outputs, calls) => {
    const expression = parseExpression(source)
    expect([...expression.names].sort()).toEqual([...names].sort())
    expect([...expression.outputs].sort()).toEqual([...outputs].sort())
    expect([...expression.calls].sort()).toEqual([...calls].sort())
  })

  it('has the source without braces', () => {
    expect(parseExpression(' {{ a + 1 }} ').source).toBe('a + 1')
  })
})

describe('syntax errors', () => {
  it.each([
    ['', 0, 'an expression is expected'],
    ['  ', 2, 'an expression is expected'],
    ['{{ }}', 3, 'an expression is expected'],
    ['1 +', 3, 'Unexpected token'],
    ['a b', 2, 'Unexpected character'],
    ['a @ b', 2, 'Unexpected character'],
    ['{{ a @ b }}', 5, 'Unexpected character'],
    ['"abc', 0, 'Unterminated string'],
    ['{{ a', 0, 'never closed'],
    ['{{ a }} + {{ b }}', 7, 'one expression is expected'],
    ['x + nope(1)', 4, 'unknown function nope()'],
    ['x + round()', 4, 'round() takes 1 to 2 arguments, not 0'],
    ['now(1)', 0, 'now() takes 0 arguments, not 1'],
    ['min()', 0, 'min() takes 1 or more arguments, not 0'],
    ['a.map(1, 2)', 2, 'invalid predicate iteration variable'],
    ['a.map(x)', 0, 'unknown function map()'],
    ['a.all(x, true, 1)', 0, 'all() takes a name and an expression'],
    ['has(a)', 0, 'has() takes a field'],
    ['a.orValue()', 0, 'orValue() takes 1 arguments'],
    ['cel.nope(1)', 0, 'cel.bind'],
    ['optional.some(1)', 0, 'optional.of'],
    ['b"bytes"', 0, 'bytes have no place in JSON'],
    ['while', 0, 'Reserved identifier'],
    ['__proto__', 0, 'Reserved identifier'],
    ['a = 1', 2, 'Unexpected character'],
    ['a => a', 2, 'Unexpected character'],
    ['`a`', 0, 'Unexpected character'],
  ])('%j', (source, position, message) => {
    const error = thrownBy(() => parseExpression(source))
    expect(error).toBeInstanceOf(ExpressionSyntaxError)
    expect(error).toMatchObject({ message: expect.stringContaining(message), expression: source })
    // The library places errors in macro arguments itself.
    if (!message.startsWith('invalid predicate')) expect(error).toMatchObject({ position })
  })
})

describe('limits', () => {
  const ones = (count: number): JsonObject => ({ items: new Array<number>(count).fill(1) })

  it('expressions have at most 4 KiB', () => {
    const text = (bytes: number) => `"${'é'.repeat((bytes - 2) / 2)}"`
    expect(value(text(MAX_EXPRESSION_BYTES))).toHaveLength((MAX_EXPRESSION_BYTES - 2) / 2)
    expect(() => parseExpression(text(MAX_EXPRESSION_BYTES + 2))).toThrow(`longer than ${MAX_EXPRESSION_BYTES} bytes`)
  })

  it('counts comprehension elements', () => {
    expect(evaluate('items.all(n, n == 1)', ones(MAX_EXPRESSION_STEPS))).toBe(true)
    expect(() => evaluate('items.all(n, n == 1)', ones(MAX_EXPRESSION_STEPS + 1))).toThrow(
      `more than ${MAX_EXPRESSION_STEPS} steps`,
    )
  })

  it('counts calls', () => {
    expect(evaluate('items.all(n, abs(n) == 1)', ones(MAX_EXPRESSION_STEPS / 2))).toBe(true)
    expect(() => evaluate('items.all(n, abs(n) == 1)', ones(MAX_EXPRESSION_STEPS / 2 + 1))).toThrow('steps')
  })

  it('counts nested comprehensions together', () => {
    expect(() => evaluate('items.map(a, items.map(b, 1))', ones(400))).toThrow('steps')
  })

  it('counts anew for each evaluation', () => {
    const expression = parseExpression('items.all(n, n == 1)')
    for (let round = 0; round < 3; round += 1) {
      expect(expression.evaluate(ones(MAX_EXPRESSION_STEPS), expressionContext())).toBe(true)
    }
  })

  it('results have at most 1 MiB of JSON', () => {
    const text = 'x'.repeat(MAX_EXPRESSION_RESULT_BYTES - 2)
    expect(evaluate('t', { t: text })).toBe(text)
    expect(() => evaluate('t', { t: `${text}x` })).toThrow(`a result larger than ${MAX_EXPRESSION_RESULT_BYTES} bytes`)
  })

  it('counts bytes, not characters', () => {
    const text = 'é'.repeat((MAX_EXPRESSION_RESULT_BYTES - 2) / 2)
    expect(evaluate('t', { t: text })).toBe(text)
    expect(() => evaluate('t', { t: `${text}é` })).toThrow('a result larger')
  })

  it('texts on the way have at most as many characters', () => {
    const half = 'x'.repeat(MAX_EXPRESSION_RESULT_BYTES / 2)
    expect(evaluate('size(t + t)', { t: half })).toBe(MAX_EXPRESSION_RESULT_BYTES)
    expect(() => evaluate('size(t + t + "x")', { t: half })).toThrow('a text longer')
  })

  it('syntax trees nest to a limit', () => {
    const negations = (depth: number) => `${'!'.repeat(depth - 1)}true`
    expect(value(negations(MAX_EXPRESSION_DEPTH))).toBe(false)
    expect(() => parseExpression(negations(MAX_EXPRESSION_DEPTH + 1))).toThrow(`nested deeper than ${MAX_EXPRESSION_DEPTH}`)
  })

  it.each([
    `${'('.repeat(2000)}1${')'.repeat(2000)}`,
    '!'.repeat(4095),
    `${'!'.repeat(4000)}true`,
    `${'-'.repeat(4000)}1`,
    `${'['.repeat(2000)}${']'.repeat(2000)}`,
    `a${'.b'.repeat(2000)}`,
    Array(2000).fill('1').join('+'),
    Array(600).fill('true?1').join(':'),
  ])('refuses a deep tree, number %#', (source) => {
    expect(() => parseExpression(source)).toThrow(ExpressionSyntaxError)
  })

  it('results nest to a limit', () => {
    const nested = (depth: number): Json => JSON.parse(`${'['.repeat(depth)}1${']'.repeat(depth)}`)
    const deep = nested(MAX_EXPRESSION_RESULT_DEPTH)
    expect(evaluate('d', { d: deep })).toBe(deep)
    expect(() => evaluate('d', { d: nested(MAX_EXPRESSION_RESULT_DEPTH + 1) })).toThrow('nested deeper')
  })

  const doubled = (operator: (name: string) => string, end: string) =>
    `${Array.from({ length: 60 }, (_, n) => `cel.bind(a${n + 1}, ${operator(`a${n}`)}, `).join('')}${end}${')'.repeat(60)}`

  it.each([
    ['doubled text', doubled((name) => `${name}+${name}`, 'a60'), { a0: 'x' }],
    ['doubled lists', doubled((name) => `${name}+${name}`, 'a60'), { a0: [1] }],
    ['lists of lists', doubled((name) => `[${name},${name}]`, 'a60'), { a0: 1 }],
    ['JSON of lists of lists', doubled((name) => `[${name},${name}]`, 'to_json(a60)'), { a0: 1 }],
    ['comparing lists of lists', doubled((name) => `[${name},${name}]`, 'a60 == b60'), {}],
    ['doubled escapes', `${'to_json('.repeat(100)}t${')'.repeat(100)}`, { t: '"' }],
    ['a growing replacement', 't.replace("x", t)', { t: 'x'.repeat(100_000) }],
    ['a growing join', 'items.join(t)', { ...ones(1000), t: 'x'.repeat(100_000) }],
    ['a range without end', 'range(9000000000000000)', {}],
    ['text work in a loop', 'range(40000).map(n, upper(t)).size()', { t: 'x'.repeat(100_000) }],
    ['list work in a loop', 'range(40000).map(n, sum(items)).size()', ones(10_000)],
    ['searches in a loop', 'range(40000).map(n, 2 in items).size()', ones(10_000)],
    ['a list too deep to compare', 'json(t) == json(t)', { t: '['.repeat(300_000) + ']'.repeat(300_000) }],
  ])('ends %s', (_name, source, given) => {
    expect(() => evaluate(source, given)).toThrow(ExpressionError)
  })
})

describe('parsing', () => {
  it('is memoised by source', () => {
    expect(parseExpression('a + 41')).toBe(parseExpression('a + 41'))
  })

  it('keeps a bounded number of expressions, those used last', () => {
    const [kept, dropped] = [parseExpression('1 + 9001'), parseExpression('1 + 9002')]
    for (let n = 0; n < MAX_PARSED_KEPT - 1; n += 1) {
      parseExpression(`1 + ${n}`)
      parseExpression('1 + 9001')
    }
    expect(parseExpression('1 + 9001')).toBe(kept)
    expect(parseExpression('1 + 9002')).not.toBe(dropped)
  })

  it('gives plain references: a value read from the scope is not copied', () => {
    const items = [{ a: 1 }]
    expect(evaluate('items', { items })).toBe(items)
  })

  it('lets errors of the context through: they are bugs, not failures', () => {
    const context = {
      now: 0,
      spent: { steps: 0 },
      uuid: () => {
        throw new TypeError('a bug')
      },
      link: () => ({ refused: 'is not asked for' }),
    }
    expect(() => parseExpression('uuid()').evaluate({}, context)).toThrow(TypeError)
  })

  it('uses no code from text: neither ours nor the library does', () => {
    const library = path.dirname(new URL(import.meta.resolve('@marcbachmann/cel-js')).pathname)
    const core = path.join(import.meta.dirname, '../../src/core')
    const files = [library, core].flatMap((folder) =>
      readdirSync(folder)
        .filter((name) => /\.(js|ts)$/.test(name))
        .map((name) => path.join(folder, name)),
    )
    expect(files.length).toBeGreaterThan(20)
    expect(files.filter((file) => /\bnew Function\s*\(|\beval\s*\(/.test(readFileSync(file, 'utf8')))).toEqual([])
  })
})
