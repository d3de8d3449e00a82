import { describe, expect, it } from 'vitest'
import type { ConfigPath } from '../../src/core/config-path.ts'
import { matchesPath } from '../../src/core/config-path.ts'
import { ExpressionError, ExpressionSyntaxError } from '../../src/core/expression-error.ts'
import type { Json, JsonObject } from '../../src/core/json.ts'
import { MAX_EXPRESSION_BYTES, MAX_EXPRESSION_RESULT_BYTES } from '../../src/core/limits.ts'
import { isTemplate, parseTemplate, renderValue } from '../../src/core/template.ts'
import { expressionContext, thrownBy } from '../support/expression.ts'

const scope: JsonObject = { user: 'Ada', count: 2, items: [1, 'a'], none: null, code: '{{ user }}', html: '<b>&</b>', yes: true }
const render = (text: string, given: JsonObject = scope): Json => parseTemplate(text).render(given, expressionContext())

describe('templates', () => {
  it.each<[string, Json]>([
    ['no braces', 'no braces'],
    ['', ''],
    ['Hello {{user}}', 'Hello Ada'],
    ['{{ user }}{{ user }}', 'AdaAda'],
    ['{{ items }}', [1, 'a']],
    ['{{count}}', 2],
    ['{{ none }}', null],
    ['{{ yes }}', true],
    ['{{ {"a": count} }}', { a: 2 }],
    [' {{ items }}', ' [1,"a"]'],
    ['{{ items }} ', '[1,"a"] '],
    ['n = {{ count }}, {{ yes }}, {{ 1.0 }}', 'n = 2, true, 1'],
    ['[{{ none }}]', '[]'],
    ['{{ {"a": {"b": 1}} }}!', '{"a":{"b":1}}!'],
    ['{{{"a": 1}}}', { a: 1 }],
    ['{{ "}}" }}-{{ \'}}\' }}', '}}-}}'],
    ['{{ """a"}}""" }}', 'a"}}'],
    [String.raw`{{ "\"}}" }}`, '"}}'],
    ['{{ items.map(i, {"v": i}) }}', [{ v: 1 }, { v: 'a' }]],
    ['{{ count // }} still a comment\n}}', 2],
    ['{{\n  count\n}}', 2],
    ['a }} b', 'a }} b'],
    [String.raw`\{{ user }}`, '{{ user }}'],
    [String.raw`\{{ user }} {{ user }}`, '{{ user }} Ada'],
    [String.raw`{{ user }} \{{`, 'Ada {{'],
    [String.raw`\{{{{ user }}`, '{{Ada'],
    ['{ {user} }', '{ {user} }'],
    ['{{ html }} raw', '<b>&</b> raw'],
  ])('%j', (text, expected) => {
    expect(render(text)).toStrictEqual(expected)
  })

  it('never reads what it inserted', () => {
    expect(render('{{ code }}')).toBe('{{ user }}')
    expect(render('-{{ code }}-')).toBe('-{{ user }}-')
    expect(render('{{ a }}{{ b }}', { a: '{', b: '{ user }}' })).toBe('{{ user }}')
  })

  it.each([
    ['x {{ count', 2, 'never closed'],
    ['{{ count }} {{', 12, 'never closed'],
    ['{{ "abc }}', 3, 'Unterminated string'],
    ['ab {{ count @ }}', 12, 'Unexpected character'],
    ['{{ count }} {{ count + }}', 22, 'Unexpected token'],
    ['{{ size(items }} and {{ count }}', 13, 'Expected RPAREN'],
    ['{{ }}', 3, 'an expression is expected'],
    ['é {{ nope() }}', 5, 'unknown function'],
  ])('%j does not parse', (text, position, message) => {
    const error = thrownBy(() => parseTemplate(text))
    expect(error).toBeInstanceOf(ExpressionSyntaxError)
    expect(error).toMatchObject({ position, expression: text, message: expect.stringContaining(message) })
  })

  it('lists its expressions in order', () => {
    expect(parseTemplate('{{ b }} and {{ a }}').expressions.map(({ source }) => source)).toEqual(['b', 'a'])
    expect(parseTemplate('none').expressions).toEqual([])
  })

  it('is memoised', () => {
    expect(parseTemplate('Dear {{ user }}')).toBe(parseTemplate('Dear {{ user }}'))
  })

  it('takes expressions up to the limit', () => {
    const text = (bytes: number) => `{{"${'x'.repeat(bytes - 2)}"}}`
    expect(render(text(MAX_EXPRESSION_BYTES))).toHaveLength(MAX_EXPRESSION_BYTES - 2)
    expect(() => parseTemplate(text(MAX_EXPRESSION_BYTES + 1))).toThrow('longer than')
  })

  it('gives text up to the limit', () => {
    const filler = (bytes: number) => ({ t: 'é'.repeat(bytes / 2) })
    expect(render('{{ t }}xx', filler(MAX_EXPRESSION_RESULT_BYTES - 2))).toHaveLength(MAX_EXPRESSION_RESULT_BYTES / 2 + 1)
    expect(() => render('{{ t }}xxx', filler(MAX_EXPRESSION_RESULT_BYTES - 2))).toThrow(ExpressionError)
    expect(() => render('{{ t }}'.repeat(10_000), filler(MAX_EXPRESSION_RESULT_BYTES - 2))).toThrow(
      'the template gives more than',
    )
  })

  it.each([`{{ ${'"\''.repeat(30_000)}`, `{{ ${"'''".repeat(20_001)} }}`, '{{ ('.repeat(10_000), '\\{{'.repeat(20_000)])(
    'reads hostile text quickly, number %#',
    (text) => {
      if (isTemplate(text)) expect(() => parseTemplate(text)).toThrow(ExpressionSyntaxError)
      else expect(render(text)).toBe('{{'.repeat(20_000))
    },
  )
})

describe('isTemplate', () => {
  it.each([
    ['{{ a }}', true],
    ['a {{', true],
    ['a', false],
    ['{ {', false],
    [String.raw`\{{ a }}`, false],
    [String.raw`\{{ a }} {{ b }}`, true],
  ])('%j: %s', (text, expected) => {
    expect(isTemplate(text)).toBe(expected)
  })
})

describe('renderValue', () => {
  const renderConfig = (value: Json, skip: (path: ConfigPath) => boolean = () => false): Json =>
    renderValue(value, scope, expressionContext(), { path: 'config', skip })

  it('renders at any depth, values only', () => {
    const config = { '{{ user }}': ['{{ items }}', { deep: [{ a: 'Hi {{ user }}' }] }], n: 1, b: null, raw: String.raw`\{{ x }}` }
    expect(renderConfig(config)).toStrictEqual({
      '{{ user }}': [[1, 'a'], { deep: [{ a: 'Hi Ada' }] }],
      n: 1,
      b: null,
      raw: '{{ x }}',
    })
  })

  it('gives the same reference where nothing changed', () => {
    const config = { same: { deep: ['text', 1] }, changed: '{{ user }}' }
    expect(renderConfig(config.same)).toBe(config.same)
    expect(renderConfig(config)).toEqual({ same: config.same, changed: 'Ada' })
    expect(renderConfig(config)).toHaveProperty('same', config.same)
    expect(config.changed).toBe('{{ user }}')
  })

  it('leaves skipped paths as source', () => {
    const config = { mapping: { a: '{{ nope }}' }, cases: [{ when: '{{ nope }}', port: '{{ user }}' }] }
    expect(renderConfig(config, (path) => matchesPath(['mapping', 'cases.*.when'], path))).toEqual({
      mapping: { a: '{{ nope }}' },
      cases: [{ when: '{{ nope }}', port: 'Ada' }],
    })
  })

  it.each<[Json, string]>([
    [{ headers: { 'X-Id': 'a {{ nope }}' } }, 'config.headers.X-Id: unknown name "nope"'],
    [{ list: [1, '{{ 1 / 0 }}'] }, 'config.list[1]: division by zero'],
    [['{{ nope }}'], 'config[0]: unknown name'],
    ['{{ nope }}', 'config: unknown name'],
  ])('%j: the place comes first', (value, message) => {
    const error = thrownBy(() => renderConfig(value))
    expect(error).toBeInstanceOf(ExpressionError)
    expect(error).toMatchObject({ message: expect.stringContaining(message) })
  })

  it('keeps `__proto__` as a key like any other', () => {
    const config: Json = JSON.parse('{"__proto__": {"a": "{{ user }}"}}')
    expect(JSON.stringify(renderConfig(config))).toBe('{"__proto__":{"a":"Ada"}}')
  })

  it('counts uuid() over the whole value, in order', () => {
    expect(renderConfig({ a: '{{ uuid() }}', b: '{{ uuid() }}' })).toEqual({
      a: '00000000-0000-4000-8000-000000000001',
      b: '00000000-0000-4000-8000-000000000002',
    })
  })
})
