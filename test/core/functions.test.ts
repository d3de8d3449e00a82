import { readFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import type { ExpressionFunction } from '../../src/core/expression-function.ts'
import { FUNCTIONS } from '../../src/core/functions.ts'
import { MAX_PATTERN_LENGTH, MAX_PATTERN_PARTS } from '../../src/core/limits.ts'
import { evaluate } from '../support/expression.ts'

const documentation = readFileSync(path.join(import.meta.dirname, '../../docs/expressions.md'), 'utf8')

const cell = (text: string): string => text.replaceAll('|', '\\|')
const row = (entry: ExpressionFunction): string =>
  `| \`${cell(`${entry.name}(${entry.parameters.join(', ')}): ${entry.returns}`)}\` | ${cell(entry.summary)} | \`${cell(entry.example)}\` | \`${cell(JSON.stringify(entry.result))}\` |`

describe('the table', () => {
  it.each(FUNCTIONS.map((entry) => [entry.name, entry] as const))('%s: its example gives its result', (_name, entry) => {
    expect(evaluate(entry.example)).toStrictEqual(entry.result)
  })

  it('is what docs/expressions.md shows', () => {
    const [, section = ''] = documentation.split('## Functions')
    const documented = section.split('\n').filter((line) => /^\| `\w+\(/.test(line))
    expect(documented).toEqual(FUNCTIONS.map(row))
  })

  it('has every name once', () => {
    expect(new Set(FUNCTIONS.map(({ name }) => name)).size).toBe(FUNCTIONS.length)
  })
})

describe('functions beyond their examples', () => {
  it.each([
    ['"a,b,c".split(",", 2)', ['a', 'b,c']],
    ['"a,b".split(",", 0)', []],
    ['"ab".split("")', ['a', 'b']],
    ['[].join(",")', ''],
    ['["a", "b"].join()', 'ab'],
    ['"aaa".replace("a", "$&")', '$&$&$&'],
    ['"abc".substring(1)', 'bc'],
    ['"abc".substring(1, 99)', 'bc'],
    ['"abc".indexOf("z")', -1],
    ['size("héllo")', 5],
    ['size("👍")', 1],
    ['size("")', 0],
    ['size({"a": 1})', 1],
    ['sum([])', 0],
    ['max(1, 2, 3)', 3],
    ['sort(["b", "a"])', ['a', 'b']],
    ['unique([{"a": 1, "b": 2}, {"b": 2, "a": 1}, "1", 1])', [{ a: 1, b: 2 }, '1', 1]],
    ['slice([1, 2, 3], -2)', [2, 3]],
    ['slice([1], 5)', []],
    ['range(0)', []],
    ['merge({"a": 1})', { a: 1 }],
    ['round(2.5)', 3],
    ['round(-2.5)', -3],
    ['round(-0.4)', 0],
    ['round(1e300)', 1e300],
    ['round(0.0000001234, 9)', 1.23e-7],
    ['round(123.456, 15)', 123.456],
    ['ceil(-0.5)', 0],
    ['int(-2.9)', -2],
    ['int("-7")', -7],
    ['int(timestamp("1970-01-01T00:01:00Z"))', 60],
    ['double("1e3")', 1000],
    ['string(1)', '1'],
    ['string(1.0)', '1'],
    ['string(0.1 + 0.2)', '0.30000000000000004'],
    ['string(true)', 'true'],
    ['string(null)', 'null'],
    ['string(duration("90s"))', '90s'],
    ['string(timestamp(0))', '1970-01-01T00:00:00.000Z'],
    ['bool("false")', false],
    [
      '[null, true, 1, "", [], {}, timestamp(0), duration("1s"), optional.none()].map(v, type(v))',
      ['null', 'bool', 'number', 'string', 'list', 'map', 'timestamp', 'duration', 'optional'],
    ],
    ['now()', '2026-07-04T10:20:30.250Z'],
    ['timestamp(now())', '2026-07-04T10:20:30.250Z'],
    ['timestamp("2026-01-01") < timestamp("2026-01-02")', true],
    ['timestamp("2026-01-01T02:00:00+02:00") == timestamp("2026-01-01T00:00:00Z")', true],
    ['timestamp("2026-01-02") - timestamp("2026-01-01")', 86400],
    ['(timestamp("2026-01-02") - timestamp("2026-01-01")).getHours()', 24],
    ['duration("-1.5h")', -5400],
    ['duration("1h2m3s4ms")', 3723.004],
    ['duration("1m") + duration("1s") - duration("2s") == duration("59s")', true],
    ['date_add("2026-01-01", duration("1h"))', '2026-01-01T01:00:00.000Z'],
    ['date_add("2026-01-01", -1)', '2025-12-31T23:59:59.000Z'],
    ['[uuid(), uuid()]', ['00000000-0000-4000-8000-000000000001', '00000000-0000-4000-8000-000000000002']],
    ['json("null")', null],
    ['json(to_json({"a": [1, "x"]}))', { a: [1, 'x'] }],
    ['to_json(timestamp(0))', '"1970-01-01T00:00:00.000Z"'],
    ['base64("")', ''],
    ['sha256("")', 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'],
    ['coalesce(null, null)', null],
    ['coalesce(0, 1)', 0],
    ['" x ".trim().upper()', 'X'],
  ])('%s', (source, expected) => {
    expect(evaluate(source)).toStrictEqual(expected)
  })

  it.each([
    ['lower(1)', 'lower() needs a string as argument 1, not number'],
    ['"a".substring(0.5)', 'needs a whole number'],
    ['sum(["1"])', 'takes numbers only'],
    ['max([])', 'of an empty list'],
    ['avg([])', 'of an empty list'],
    ['first([])', 'of an empty list'],
    ['sort([1, "a"])', 'cannot take'],
    ['sort([[1], [2]])', 'cannot take'],
    ['range(-1)', 'negative'],
    ['round(1, 16)', '0 to 15 digits'],
    ['int("1.5")', 'cannot read a number in a text of 3 characters'],
    ['int("")', 'cannot read a number in a text of 0 characters'],
    ['double("Infinity")', 'cannot read'],
    ['double("1e999")', 'cannot read'],
    ['double("0x10")', 'cannot read'],
    ['bool("yes")', 'takes "true" or "false"'],
    ['bool("constructor")', 'takes "true" or "false"'],
    ['string([1])', 'use to_json'],
    ['[[1]].join(",")', 'joins strings, numbers and bools'],
    ['sum([1e308, 1e308])', 'no finite number'],
    ['timestamp("yesterday")', 'ISO 8601'],
    ['timestamp("2026-02-31")', 'ISO 8601'],
    ['timestamp("2026-01-01T00:00:00")', 'ISO 8601'],
    ['timestamp("2026-13-01")', 'ISO 8601'],
    ['timestamp(1e15)', 'outside the years'],
    ['duration("1 day")', '1h30m'],
    ['json("{")', 'takes JSON text'],
    ['json("1e999")', 'no finite number'],
    ['json("[1e999]")', 'not finite'],
    ['base64_decode("%")', 'takes base64'],
    ['base64_decode("/w==")', 'takes base64 of UTF-8 text'],
    [String.raw`url_encode(json("\"\\ud800\""))`, 'well-formed'],
    ['merge({}, 1)', 'needs a map as argument 2'],
    ['lower(optional.none())', 'end it with `.orValue(default)`'],
  ])('%s fails', (source, message) => {
    expect(() => evaluate(source)).toThrow(message)
  })
})

describe('matches', () => {
  it.each([
    ['abc', 'b', true],
    ['abc', '^b', false],
    ['abc', 'c$', true],
    ['abc', '^abc$', true],
    ['', '^$', true],
    ['', 'a*', true],
    ['b', '^a*$', false],
    ['aaa', '^a{3}$', true],
    ['aaaa', '^a{3}$', false],
    ['aaaa', '^a{2,}$', true],
    ['aaaa', '^a{1,3}$', false],
    ['a{x', 'a{x', true],
    ['colour', '^colou?r$', true],
    ['cat', '^(cat|dog)$', true],
    ['cow', '^(?:cat|dog)$', false],
    ['ab', '^(a|ab)(b|)$', true],
    ['x-1', String.raw`^\w-\d$`, true],
    ['x 1', String.raw`\s`, true],
    ['foo bar', String.raw`\bbar\b`, true],
    ['foobar', String.raw`\bbar`, false],
    ['a.b', String.raw`^a\.b$`, true],
    ['axb', String.raw`^a\.b$`, false],
    ['a\nb', 'a.b', false],
    ['b', '^[a-c]$', true],
    ['d', '^[^a-c]$', true],
    [']', '^[]]$', true],
    ['-', '^[a-]$', true],
    ['5', String.raw`^[\d_]$`, true],
    ['ABC', '(?i)^abc$', true],
    ['q', '(?i)^[A-Z]$', true],
    ['👍', '^.$', true],
    ['é', String.raw`^\x{e9}$`, true],
    ['A', String.raw`^\x41$`, true],
    ['ab', 'a+?b', true],
    ['user@example.com', '^[^@ ]+@[^@ ]+[.][a-z]{2,}$', true],
  ])('%j %s: %s', (text, pattern, expected) => {
    expect(evaluate('text.matches(pattern)', { text, pattern })).toBe(expected)
    // Where JavaScript reads the same syntax, it agrees.
    if (!/\(\?i\)|\\x\{|^\^\[\]/.test(pattern))
      expect(new RegExp(pattern, 'u'.repeat(Number(text === '👍'))).test(text)).toBe(expected)
  })

  it.each([
    '(',
    ')',
    'a)',
    '[a',
    '*a',
    'a**',
    'a{2}{3}',
    'a{3,2}',
    'a{1001}',
    '(?=a)',
    '(?<n>a)',
    String.raw`(a)\1`,
    '[z-a]',
    '[[:alpha:]]',
    '\\',
    String.raw`\pL`,
    String.raw`\x{110000}`,
    '(a{1000}){1000}',
    '(((){1000}){1000}){1000}',
    '('.repeat(60) + ')'.repeat(60),
  ])('refuses %s', (pattern) => {
    expect(() => evaluate('"a".matches(pattern)', { pattern })).toThrow(/matches\(\) cannot read the pattern/)
  })

  it('takes patterns up to the limit', () => {
    const pattern = 'a'.repeat(MAX_PATTERN_LENGTH)
    expect(evaluate('text.matches(pattern)', { text: pattern, pattern })).toBe(true)
    expect(() => evaluate('text.matches(pattern)', { text: pattern, pattern: `${pattern}a` })).toThrow('at most')
  })

  it.each(['(a+)+$', '^(a|a)*$', '(a*)*b', 'a*a*a*a*a*a*b', '^(a?){30}a{30}$'])('%s does not explode', (pattern) => {
    expect(evaluate('text.matches(pattern)', { text: `${'a'.repeat(60)}!`, pattern })).toBe(false)
  })

  it('writes repetitions out up to the limit', () => {
    // The sequence and its two repetitions are parts too.
    const rest = MAX_PATTERN_PARTS - 1000 - 3
    expect(evaluate('"a".matches(pattern)', { pattern: `a{1000}a{${rest}}` })).toBe(false)
    expect(() => evaluate('"a".matches(pattern)', { pattern: `a{1000}a{${rest + 1}}` })).toThrow('its repetitions are too many')
  })

  it('nests groups up to 50', () => {
    const groups = (depth: number) => ({ pattern: `${'('.repeat(depth)}a${')'.repeat(depth)}` })
    expect(evaluate('"a".matches(pattern)', groups(50))).toBe(true)
    expect(() => evaluate('"a".matches(pattern)', groups(51))).toThrow('groups nest deeper than 50')
  })

  it('counts what it does against the steps', () => {
    expect(() => evaluate('text.matches("(a+a+)+b")', { text: 'a'.repeat(1_000_000) })).toThrow('more than 100000 steps')
  })
})
