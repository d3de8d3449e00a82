// The `code` node as the Runner runs it, with the engine that is deployed. What a program may do, what it gives, how it fails.
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import {
  MAX_CODE_MEMORY_MB,
  MAX_CODE_TIMEOUT_MS,
  MAX_CONSOLE_CHARACTERS,
  MAX_CONSOLE_LINES,
  MAX_EXPRESSION_RESULT_DEPTH,
} from '../../src/core/limits.ts'
import { code } from '../../src/nodes/code.ts'
import { CODE_NOW, type CodeRun, runSource } from '../support/code-run.ts'
import { configIssues } from '../support/config-issues.ts'

async function output(source: string, run?: CodeRun) {
  const result = await runSource(source, run)
  if (result.kind !== 'completed') throw new Error(JSON.stringify(result))
  return result.output
}

async function failure(source: string, run?: CodeRun) {
  const result = await runSource(source, run)
  if (result.kind !== 'failed') throw new Error(JSON.stringify(result))
  return result.error
}

describe('config', () => {
  it.each([
    [{}, 'source'],
    [{ source: ' ' }, 'source'],
    [{ source: 'return 1', timeout_ms: MAX_CODE_TIMEOUT_MS + 1 }, 'timeout_ms'],
    [{ source: 'return 1', timeout_ms: 0 }, 'timeout_ms'],
    [{ source: 'return 1', memory_mb: MAX_CODE_MEMORY_MB + 1 }, 'memory_mb'],
  ])('%j is refused', (config, place) => {
    expect(JSON.stringify(configIssues(code, config))).toContain(place)
  })

  it('takes the greatest limits', () => {
    const config = { source: 'return 1', timeout_ms: MAX_CODE_TIMEOUT_MS, memory_mb: MAX_CODE_MEMORY_MB }
    expect(configIssues(code, config)).toEqual([])
  })
})

describe('what a program sees', () => {
  it('is the names it is given, which it may hide', async () => {
    const names = { input: { a: [1, { b: 'é😀' }] }, variables: { rate: 2 } }
    expect(await output('return [input, variables.rate]', { names })).toEqual([{ a: [1, { b: 'é😀' }] }, 2])
    expect(await output('const input = 5\nreturn input', { names })).toBe(5)
  })

  it('is the journaled moment, which stands still, in UTC', async () => {
    expect(await output('return [Date.now(), new Date(), new Date(2026, 0, 1)]')).toEqual([
      CODE_NOW,
      new Date(CODE_NOW).toISOString(),
      '2026-01-01T00:00:00.000Z',
    ])
    expect(await output('const before = Date.now(); for (let i = 0; i < 1e5; i++); return Date.now() - before')).toBe(0)
  })

  it('is chance that follows from node and run: equal for every attempt', async () => {
    const draw = 'return [Math.random(), Math.random()]'
    const first = await output(draw, { node: 'a', run: 1 })
    expect(await output(draw, { node: 'a', run: 1 })).toEqual(first)
    expect(await output(draw, { node: 'a', run: 2 })).not.toEqual(first)
    expect(await output(draw, { node: 'b', run: 1 })).not.toEqual(first)
  })

  it('is nothing that another run has left', async () => {
    await output('globalThis.left = 1; Object.prototype.left = 2; Array.prototype.map = null; return 1')
    expect(await output('return [typeof left, typeof {}.left, [1].map((x) => x + 1)]')).toEqual(['undefined', 'undefined', [2]])
  })
})

describe('what a program gives', () => {
  it.each([
    ['return 1 + 1', 2],
    ['// nothing', null],
    ['return undefined', null],
    ['return 5 // five', 5],
    ['return { a: undefined, b: NaN, c: [undefined, -0] }', { b: null, c: [null, 0] }],
    ['return new Date(0)', '1970-01-01T00:00:00.000Z'],
    ['return { toJSON: () => ({ kind: "own" }) }', { kind: 'own' }],
    ['return JSON.parse(\'{"__proto__": 1}\')', JSON.parse('{"__proto__": 1}')],
    ['return await Promise.all([1, Promise.resolve(2)])', [1, 2]],
    ['const later = async (x) => (await null, x * 2)\nreturn (await later(3)) + await later(4)', 14],
    ['for await (const x of (async function* () { yield 1; yield 2 })()) if (x > 1) return x', 2],
  ])('%s', async (source, expected) => {
    expect(await output(source)).toEqual(expected)
  })

  it.each([
    ['return 1n', 'result is a BigInt'],
    ['return { total: [1, 2n] }', 'result.total[1] is a BigInt'],
    ['return { "a b": () => 1 }', 'result["a b"] is a function'],
    ['return [Symbol("s")]', 'result[0] is a symbol'],
    ['const a = {}; a.b = { c: a }; return a', 'result.b.c is a part of itself'],
    ['return [1].map(async (x) => x)', 'result[0] is a Promise (await it)'],
    ['return new Map([[1, 2]])', 'result is a Map'],
    ['return { bytes: new Uint8Array(2) }', 'result.bytes is a TypedArray'],
  ])('%s is refused: %s', async (source, message) => {
    const error = await failure(source)
    expect(error).toMatchObject({ code: 'CODE_ERROR', retryable: false })
    expect(error.message).toContain(message)
  })

  it('may be the same object twice', async () => {
    expect(await output('const a = { x: 1 }; return [a, a]')).toEqual([{ x: 1 }, { x: 1 }])
  })

  it(`is nested ${MAX_EXPRESSION_RESULT_DEPTH} deep at most`, async () => {
    const nested = (depth: number) => `let a = []; for (let i = 1; i < ${depth}; i++) a = [a]; return a`
    expect(await output(nested(MAX_EXPRESSION_RESULT_DEPTH))).toBeInstanceOf(Array)
    expect(await failure(nested(MAX_EXPRESSION_RESULT_DEPTH + 1))).toMatchObject({ code: 'CODE_ERROR' })
  })
})

describe('a program that fails', () => {
  it.each([
    ['const a = 1\n\nmissing.call()', 'ReferenceError', 3],
    ['throw new TypeError("no")', 'TypeError', 1],
    ['const f = () => {\n  throw new RangeError("deep")\n}\nf()', 'RangeError', 2],
    ['await null\nnull.x', 'TypeError', 2],
    ['let x = 1\nlet y = ;', 'SyntaxError', 2],
    ['return input', 'ReferenceError', 1],
  ])('%j is a %s of line %d', async (source, name, line) => {
    const error = await failure(source)
    expect(error).toMatchObject({ code: 'CODE_ERROR', retryable: false, cause: { name, line } })
    expect(error.message).toMatch(new RegExp(`^${name}: .+ \\(line ${line}\\)$`))
  })

  it('may throw what is no error', async () => {
    expect(await failure('throw { reason: "stock" }')).toMatchObject({ message: 'Error: thrown: {"reason":"stock"}' })
    expect(await failure('throw null')).toMatchObject({ message: 'Error: thrown: null' })
  })

  it('says little of a long message', async () => {
    const outside = '}}); throw { message: "x".repeat(1e6) }; (function () { return async function () {'
    for (const source of ['throw new Error("x".repeat(1e5))', outside])
      expect((await failure(source)).message.length).toBeLessThan(2_100)
  })

  it('waits for nothing that cannot come', async () => {
    expect(await failure('await new Promise(() => {})')).toMatchObject({
      code: 'CODE_ERROR',
      message: expect.stringContaining('a promise that nothing will settle'),
    })
  })
})

it('the node of docs/code.md runs', async () => {
  const page = readFileSync(path.join(import.meta.dirname, '../../docs/code.md'), 'utf8')
  const { config } = JSON.parse(/```json\n(.*?)```/s.exec(page)?.[1] ?? '')
  const names = { input: { items: [{ price: 1 }, { price: 3 }] }, variables: { min: 2 } }
  expect(await output(config.source, { config, names })).toEqual([{ price: 3 }])
})

describe('console', () => {
  const lines = (result: Awaited<ReturnType<typeof runSource>>) =>
    result.kind === 'completed' ? result.metadata?.console : result.kind === 'failed' ? Object(result.error.cause).console : null

  it('gives lines with their levels, of a failure too', async () => {
    const source =
      'console.log("hi", { a: [1] }, new Error("e"), undefined, 1n); console.warn("w"); console.error(1); console.debug(null)'
    const expected = [
      { level: 'info', message: 'hi {"a":[1]} Error: e undefined 1' },
      { level: 'warn', message: 'w' },
      { level: 'error', message: '1' },
      { level: 'debug', message: 'null' },
    ]
    expect(lines(await runSource(source))).toEqual(expected)
    expect(lines(await runSource(`${source}; throw new Error("end")`))).toEqual(expected)
    expect(lines(await runSource(`${source}; for (;;);`))).toEqual(expected)
  })

  it('keeps so many lines', async () => {
    const write = (count: number) => runSource(`for (let i = 0; i < ${count}; i++) console.log(i)`)
    expect(lines(await write(MAX_CONSOLE_LINES))).toHaveLength(MAX_CONSOLE_LINES)
    const more = lines(await write(MAX_CONSOLE_LINES + 5))
    expect(more).toHaveLength(MAX_CONSOLE_LINES + 1)
    expect(more.at(-1)).toEqual({ level: 'warn', message: '5 more lines were not kept' })
  })

  it('keeps so many characters', async () => {
    const write = (count: number) => runSource(`for (let i = 0; i < ${count}; i++) console.log("x".repeat(1024))`)
    expect(lines(await write(MAX_CONSOLE_CHARACTERS / 1024))).toHaveLength(MAX_CONSOLE_CHARACTERS / 1024)
    expect(lines(await write(MAX_CONSOLE_CHARACTERS / 1024 + 1)).at(-1)).toMatchObject({ message: '1 more lines were not kept' })
  })

  it('shows what cannot be shown as that', async () => {
    const source = 'console.log({ get a() { throw 1 } }, (() => { const a = []; a[0] = a; return a })())'
    expect(lines(await runSource(source))).toEqual([{ level: 'info', message: '[not shown] [not shown]' }])
  })
})
