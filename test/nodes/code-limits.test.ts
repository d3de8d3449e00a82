// Programs that want out, or more than they are given. Each ends with its own failure, or finds nothing.
import { describe, expect, it } from 'vitest'
import { runSource } from '../support/code-run.ts'

const settled = async (source: string, config = {}) => {
  const result = await runSource(source, { config })
  if (result.kind === 'child') throw new Error('no child is started')
  return result.kind === 'completed' ? result.output : result.error
}

const outOfTime = { code: 'CODE_LIMIT', retryable: false, cause: { limit: 'timeout_ms', value: 50 } }

describe('a program that does not end', () => {
  it.each([
    ['a loop', 'while (true);'],
    ['a loop that catches', 'for (;;) try { for (;;); } catch {} finally { continue }'],
    ['a loop in a getter of the result', 'return { get a() { for (;;); } }'],
    ['a loop in toJSON', 'return { toJSON() { for (;;); } }'],
    ['a loop in a Proxy of the result', 'return new Proxy({}, { ownKeys() { for (;;); } })'],
    ['a loop in what is printed', 'console.log({ get a() { for (;;); } })'],
    ['a loop in toString of what is thrown', 'throw Object.assign(new Error(), { name: { toString() { for (;;); } } })'],
    ['promises for ever', 'for (;;) await null'],
    ['promises that make promises', 'const again = () => Promise.resolve().then(again); again(); return 1'],
    ['a thenable that resolves to itself', 'const t = { then(r) { r(t) } }; return await t'],
    ['a generator', 'for (const x of (function* () { for (;;) yield 1 })());'],
    ['recursion that branches', 'const f = (n) => n && f(n - 1) + f(n - 1); return f(500)'],
    ['a pattern that backtracks', 'return /(a+)+$/.test("a".repeat(40) + "b")'],
    ['another', 'return /^(([a-z])+.)+[A-Z]([a-z])+$/.test("a".repeat(60))'],
    ['a search in one call', 'return "a".repeat(4e6).indexOf("a".repeat(2e6) + "b")'],
    ['a big integer in one call', 'return (2n ** 1000000n - 1n).toString().length'],
    ['a list without end in one call', 'return Array.prototype.indexOf.call({ length: 2 ** 53 - 1 }, 1)'],
    ['a list in name only', 'return new Array(2 ** 32 - 1)'],
    ['copies', 'const bytes = new Uint8Array(4e6); for (;;) bytes.slice()'],
    ['sorting', 'const a = Array.from({ length: 1e5 }, (_, i) => (i * 7919) % 100003); for (;;) a.toSorted()'],
    ['eval', 'eval("for (;;);")'],
    ['a comparison function', '[3, 2, 1].sort(() => { for (;;); })'],
    ['a reviver', 'JSON.parse("[1]", () => { for (;;); })'],
    ['a replacement', '"a".replace(/a/, () => { for (;;); })'],
  ])('%s', async (_what, source) => {
    expect(await settled(source, { timeout_ms: 50 })).toMatchObject(outOfTime)
  })

  it('has as much time as it asks for', async () => {
    const source = 'let x = 0; for (let i = 0; i < 300000; i++) x += i; return x'
    expect(await settled(source, { timeout_ms: 1 })).toMatchObject({ code: 'CODE_LIMIT' })
    expect(await settled(source)).toBe(44999850000)
  })
})

describe('a program that takes all memory', () => {
  const outOfMemory = { code: 'CODE_LIMIT', retryable: false, cause: { limit: 'memory_mb', value: 4 } }

  it.each([
    ['texts', 'const a = []; for (;;) a.push("x".repeat(1e5) + a.length)'],
    ['objects', 'const a = []; for (;;) a.push({})'],
    ['a buffer', 'return new ArrayBuffer(2 ** 30)'],
    ['a filled list', 'return new Array(1e7).fill("x")'],
    ['closures', 'let f = () => 1; for (;;) { const g = f; f = () => g }'],
    ['a repeated text', 'return "x".repeat(2 ** 29)'],
    ['promises', 'const a = []; for (;;) a.push(Promise.resolve(a))'],
    ['a normal form', 'return "a".repeat(1e6).normalize("NFD")'],
  ])('%s', async (_what, source) => {
    expect(await settled(source, { memory_mb: 4 })).toMatchObject(outOfMemory)
  })

  it('a text that doubles ends at the longest text there is', async () => {
    expect(await settled('let s = "x"; for (;;) s += s')).toMatchObject({ code: 'CODE_ERROR', cause: { name: 'InternalError' } })
  })

  it('may go on with less', async () => {
    expect(await settled('try { new ArrayBuffer(2 ** 30) } catch { return "less" }')).toBe('less')
  })
})

describe('a program that goes too deep', () => {
  it.each([
    ['calls', 'const f = () => f() + 1; return f()'],
    ['a text of brackets', 'return JSON.parse("[".repeat(1e6))'],
    ['nested lists', 'let a = []; for (let i = 0; i < 1e5; i++) a = [a]; return JSON.stringify(a)'],
    ['a source of brackets', 'return eval("(".repeat(1e5))'],
    ['proxies', 'let p = {}; for (let i = 0; i < 1e4; i++) p = new Proxy(p, {}); return p.x'],
    ['bound functions', 'let f = () => 1; for (let i = 0; i < 1e4; i++) f = f.bind(); return f()'],
    ['a conversion of itself', 'const x = { toString() { return "" + x } }; return "" + x'],
  ])('%s', async (_what, source) => {
    expect(['CODE_LIMIT', 'CODE_ERROR']).toContain(Object(await settled(source)).code)
  })
})

describe('a program that wants out', () => {
  it.each([
    'fetch',
    'require',
    'process',
    'WebAssembly',
    'SharedArrayBuffer',
    'Atomics',
    'setTimeout',
    'setInterval',
    'queueMicrotask',
    'performance',
    'WeakRef',
    'FinalizationRegistry',
    'Worker',
    'XMLHttpRequest',
    'WebSocket',
    'caches',
    'navigator',
    'crypto',
    'Deno',
    'Bun',
    'std',
    'os',
    'print',
    'settle',
    'env',
  ])('finds no %s', async (name) => {
    expect(await settled(`return typeof ${name} + typeof globalThis.${name}`)).toBe('undefinedundefined')
  })

  it.each([
    ['by a constructor', 'return (() => {}).constructor.constructor("return typeof fetch + typeof process")()'],
    ['by an async constructor', 'return await (async () => {}).constructor("return typeof fetch + typeof process")()'],
    ['by indirect eval', 'return (0, eval)("typeof fetch + typeof process")'],
    [
      'by the functions of its stack',
      'Error.prepareStackTrace = (_, sites) => sites.map((site) => site.getFunction()); try { null.x } catch (e) { return e.stack.find((f) => f).constructor("return typeof fetch + typeof process")() }',
    ],
    ['by the function that writes', 'return console.log.constructor("return typeof fetch + typeof process")()'],
    [
      'by an error',
      'try { await import("x") } catch (e) { return e.constructor.constructor("return typeof fetch + typeof process")() }',
    ],
  ])('%s', async (_way, source) => {
    expect(await settled(source)).toBe('undefinedundefined')
  })

  it.each([
    ['a module', 'await import("node:fs")'],
    ['a module by its address', 'await import("https://example.com/x.js")'],
    ['a module of the engine', 'await import("std")'],
    ['a static import', 'import fs from "node:fs"'],
  ])('cannot load %s', async (_what, source) => {
    expect(await settled(source)).toMatchObject({ code: 'CODE_ERROR' })
  })

  it('gains nothing by closing the function around it', async () => {
    expect(
      await settled('}}); globalThis.outside = typeof fetch; (function () { return async function () { return outside'),
    ).toBe('undefined')
  })

  it('does not change how its result is written by changing built-ins', async () => {
    const source =
      'JSON.stringify = () => "x"; JSON.parse = () => 1; Object.keys = () => []; Array.isArray = () => false; RegExp.prototype.test = () => 1; String.prototype.slice = () => 1; return { a: [1, { b: 2 }] }'
    expect(await settled(source)).toEqual({ a: [1, { b: 2 }] })
  })

  it('sees no stack of the outside', async () => {
    const stack = await settled('try { console.log({ toString: 1 }); null.x } catch (e) { return e.stack }')
    expect(stack).not.toMatch(/file:|\.ts|node_modules|wasm/)
  })
})
