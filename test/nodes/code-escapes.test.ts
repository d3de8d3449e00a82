// Known ways out of JavaScript sandboxes (of Node's vm, vm2, safe-eval, static-eval, realms and QuickJS hosts), tried from a `code` node.
// Each looks for what the outside has; where it gets hold of a function constructor, of whatever realm, it asks that.
import { describe, expect, it } from 'vitest'
import { runSource } from '../support/code-run.ts'

/** What a program has reached: the names that only the outside has, asked of a function constructor, or of an object. */
const TOOLS = `
const NAMES = ['process', 'require', 'fetch', 'WebAssembly', 'module', 'global', 'std', 'os', 'bjson', 'scriptArgs', 'Deno', 'Bun', 'print', 'settle']
const ask = (F) => F('names', 'return names.filter((name) => { try { return eval("typeof " + name) !== "undefined" } catch { return false } })')(NAMES)
const look = (g) => NAMES.filter((name) => Object(g)[name] !== undefined)
`

/** Nothing of the outside is found. */
const NOTHING: readonly [way: string, source: string][] = [
  ['the constructor of a function', 'return ask((() => {}).constructor)'],
  ['the constructor of an async function', 'return await ask((async () => {}).constructor)'],
  ['the constructor of a generator function', 'return ask((function* () {}).constructor).next().value'],
  ['the constructor of an async generator', 'return (await ask((async function* () {}).constructor).next()).value'],
  ['the constructor of a constructor of a literal', 'return ask(""["constructor"]["constructor"])'],
  ['the constructor of a class', 'return ask((class {}).constructor)'],
  ['the constructor of a getter', 'return ask(Object.getOwnPropertyDescriptor({ get a() { return 1 } }, "a").get.constructor)'],
  ['the constructor of an input', 'return ask(input.constructor.constructor)'],
  ['the constructor of a member of an input', 'return ask(input.list.map.constructor)'],
  ['the constructor of the console', 'return ask(console.constructor.constructor)'],
  ['the constructor of what the console does', 'return ask(console.log.constructor)'],
  ['the constructor of a caught error of the engine', 'try { null.x } catch (e) { return ask(e.constructor.constructor) }'],
  [
    'the constructor of an error of a stack that is full',
    'const f = () => { try { f() } catch (e) { throw e } }; try { f() } catch (e) { return ask(e.constructor.constructor) }',
  ],
  ['the constructor of an error of the parser', 'try { eval("(") } catch (e) { return ask(e.constructor.constructor) }'],
  ['the constructor of an error of JSON', 'try { JSON.parse("{") } catch (e) { return ask(e.constructor.constructor) }'],
  ['the constructor of an error of a big integer', 'try { 1n / 0n } catch (e) { return ask(e.constructor.constructor) }'],
  ['the constructor of an error of a module', 'try { await import("fs") } catch (e) { return ask(e.constructor.constructor) }'],
  ['the constructor of a promise of import', 'const p = import("fs"); p.catch(() => {}); return ask(p.constructor.constructor)'],
  ['the constructor of a regular expression', 'return ask(/x/.constructor.constructor)'],
  ['Reflect.construct', 'return ask((...args) => Reflect.construct(Function, args))'],
  ['Reflect.apply of the constructor', 'return ask((...args) => Reflect.apply(Function, null, args))'],
  ['a subclass of Function', 'class F extends Function {}; return ask((...args) => new F(...args))'],
  ['a bound constructor', 'return ask(Function.bind(null))'],
  ['a constructor behind a Proxy', 'return ask(new Proxy(Function, {}))'],
  ['indirect eval', 'return look((0, eval)("this"))'],
  ['eval by another name', 'const e = eval; return look(e("globalThis"))'],
  ['`this` of a sloppy function', 'return look(Function("return this")())'],
  [
    '`this` of a callback',
    'let that; [1].forEach(Function("that", "return function () { that(this) }")((g) => { that = g })); return look(that)',
  ],
  [
    '`this` of a sort',
    'let that; [2, 1].sort(Function("tell", "return function () { tell(this); return 0 }")((g) => { that = g })); return look(that)',
  ],
  [
    '`this` of a thenable',
    'let that; await { then: Function("tell", "return function (r) { tell(globalThis); r() }")((g) => { that = g }) }; return look(that)',
  ],
  ['globalThis', 'return look(globalThis)'],
  ['the prototype of the global object', 'return look(Object.getPrototypeOf(globalThis))'],
  ['own names of the global object', 'return NAMES.filter((name) => Object.getOwnPropertyNames(globalThis).includes(name))'],
  ['symbols of the global object', 'return Object.getOwnPropertySymbols(globalThis).flatMap((s) => look(globalThis[s]))'],
  ['the caller of a function', 'return look(Function("let f = function () { return f.caller }; return f()")())'],
  ['the arguments of a function', 'return look(Function("return arguments")(1))'],
  [
    'the functions of the stack',
    'Error.prepareStackTrace = (_, sites) => sites; try { null.x } catch (e) { return [...e.stack].flatMap((site) => look(site?.getThis?.())) }',
  ],
  [
    'the receiver in a stack',
    'Error.prepareStackTrace = (_, sites) => sites; const o = {}; Error.captureStackTrace?.(o); return [...(o.stack ?? [])].flatMap((site) => look(site?.getFunction?.()))',
  ],
  [
    'what prepareStackTrace is called with',
    'let seen = []; Error.prepareStackTrace = function (...args) { seen = [this, ...args]; return "" }; try { null.x } catch (e) { e.stack } return seen.flatMap(look)',
  ],
  [
    'a getter on Object.prototype that sees what reads it',
    'const seen = []; for (const name of ["above", "depth", "then", "toJSON"]) Object.defineProperty(Object.prototype, name, { configurable: true, get() { seen.push(this); return undefined } }); JSON.stringify({ a: 1 }); console.log({ a: 1 }); await {}; for (const name of ["above", "depth", "then", "toJSON"]) delete Object.prototype[name]; return seen.flatMap((o) => [...look(o), ...ask(o?.constructor?.constructor ?? Function)])',
  ],
  [
    'a setter on Object.prototype',
    'const seen = []; Object.defineProperty(Object.prototype, "value", { configurable: true, set(v) { seen.push(v) } }); console.log({ a: [1] }); delete Object.prototype.value; return seen.flatMap(look)',
  ],
  [
    'a setter on Array.prototype',
    'const seen = []; Object.defineProperty(Array.prototype, 0, { configurable: true, set(v) { seen.push(v) } }); console.log("x", {}); delete Array.prototype[0]; return seen.flatMap(look)',
  ],
  [
    'another Promise.prototype.then',
    'const seen = []; const { then } = Promise.prototype; Promise.prototype.then = function (...args) { seen.push(...args); return then.apply(this, args) }; await (async () => 1)(); await Promise.all([1]); Promise.prototype.then = then; return seen.flatMap((f) => [...look(f), ...ask(f?.constructor ?? Function)])',
  ],
  [
    'another Promise',
    'const seen = []; const Kept = Promise; globalThis.Promise = class extends Kept { constructor(f) { super((a, b) => { seen.push(a, b); f(a, b) }) } }; await (async () => 1)(); globalThis.Promise = Kept; return seen.flatMap((f) => ask(f.constructor))',
  ],
  [
    'another Symbol.species',
    'const seen = []; class P extends Promise { static get [Symbol.species]() { return function (f) { f((...a) => seen.push(...a), () => {}) } } }; new P((r) => r(1)).then(); await null; return seen.flatMap(look)',
  ],
  [
    'another Symbol.hasInstance',
    'const seen = []; Object.defineProperty(Map, Symbol.hasInstance, { value(v) { seen.push(this, v); return false } }); console.log({ a: 1 }); return seen.flatMap(look)',
  ],
  [
    'another Function.prototype.call',
    'const seen = []; Function.prototype.call = function (...args) { seen.push(this, ...args) }; Function.prototype.apply = function (...args) { seen.push(this, ...args) }; console.log({ toJSON() { return 1 } }); return seen.flatMap((f) => look(f))',
  ],
  [
    'another Array iterator',
    'const seen = []; const iterate = Array.prototype[Symbol.iterator]; Array.prototype[Symbol.iterator] = function* () { seen.push(this); yield* iterate.call(this) }; console.log({ a: 1 }, [1]); Array.prototype[Symbol.iterator] = iterate; return seen.flatMap((o) => look(o))',
  ],
  [
    'a Proxy that sees who looks into what is printed',
    'const seen = []; console.log(new Proxy({}, { get(_, __, receiver) { seen.push(receiver); return undefined }, ownKeys() { return [] }, getPrototypeOf() { seen.push(this); return null } })); return seen.flatMap((o) => ask(o.constructor?.constructor ?? Function))',
  ],
  [
    'a Proxy in place of the console',
    'const seen = []; const kept = console; globalThis.console = new Proxy(kept, { get(t, k, r) { seen.push(r); return t[k] } }); console.log(1); return seen.flatMap(look)',
  ],
  [
    'a toString that sees who converts',
    'let that; console.log(Object.assign(() => {}, { toString() { that = this; return "x" } })); return look(that)',
  ],
  [
    'an async iterator that is closed',
    'let that; for await (const x of { [Symbol.asyncIterator]: () => ({ next: async () => ({ value: 1 }), return(...args) { that = args; return {} } }) }) break; return that.flatMap(look)',
  ],
  [
    'a generator that is entered again',
    'const g = (function* () { try { g.next() } catch (e) { yield ask(e.constructor.constructor) } })(); return g.next().value',
  ],
  ['a tagged template', 'return ask(((strings) => strings.constructor.constructor)`x`)'],
  [
    'a sealed prototype chain',
    'let o = input; const seen = []; while (o) { seen.push(...look(o)); o = Object.getPrototypeOf(o) } return seen',
  ],
  ['__proto__ of an input', 'return look(input.__proto__).concat(ask(input.__proto__.constructor.constructor))'],
  ['__defineGetter__ on the global object', 'globalThis.__defineGetter__("zz", Function("return this")); return look(zz)'],
  [
    'an early end of the function around it',
    '}}); globalThis.found = ["process", "require", "fetch", "print", "settle"].filter((name) => (0, eval)("typeof " + name) !== "undefined"); (function () { return async function () { return found',
  ],
  [
    'an argument list that closes the function',
    'let F; try { F = Function("a){}),(function(){", "return this") } catch (e) { return ask(e.constructor.constructor) } return look(F())',
  ],
  ['HTML-like comments', 'return ask((...args) => Function(...args.slice(0, -1), "<!-- x\\n" + args.at(-1)))'],
]

/** The engine refuses. */
const REFUSED: readonly [way: string, source: string][] = [
  ['a module of Node', 'await import("node:child_process")'],
  ['a module of the engine', 'await import("qjs:std")'],
  ['a module by data URL', 'await import("data:text/javascript,export default 1")'],
  ['a module by file', 'await import("file:///etc/passwd")'],
  ['import.meta', 'return import.meta.url'],
  ['a static import', 'import "fs"'],
  ['with', 'with (globalThis) { return process }'],
  ['the caller of a strict function', 'return (function f() { return f.caller })()'],
  ['arguments.callee', 'return (function () { return arguments.callee })()'],
  ['require', 'return require("fs")'],
  ['process.binding', 'return process.binding("fs")'],
  ['process.mainModule', 'return process.mainModule.require("child_process").execSync("id")'],
  ['a shared buffer as a clock', 'return new SharedArrayBuffer(8)'],
  ['waiting on a buffer', 'return Atomics.wait(new Int32Array(4), 0, 0, 1e6)'],
  ['native syntax', 'return %DebugPrint(1)'],
  ['the debugger of the host', 'return Function("return inspector.open()")()'],
]

const NAMES = { input: { list: [1, 2] } }

it('are at least 50', () => {
  const sources = [...NOTHING, ...REFUSED].map(([, source]) => source)
  expect(new Set(sources).size).toBe(sources.length)
  expect(sources.length).toBeGreaterThanOrEqual(50)
})

describe('a way out by', () => {
  it.each(NOTHING)('%s finds nothing', async (_, source) => {
    expect(await runSource(`${TOOLS}${source}`, { names: NAMES })).toMatchObject({ kind: 'completed', output: [] })
  })

  it.each(REFUSED)('%s is refused', async (_, source) => {
    expect(await runSource(source, { names: NAMES })).toMatchObject({ kind: 'failed', error: { code: 'CODE_ERROR' } })
  })
})

it('the tools find what is there', async () => {
  const planted = 'globalThis.process = {}; globalThis.fetch = () => {}; return [ask(Function), look(globalThis)]'
  expect(await runSource(`${TOOLS}${planted}`)).toMatchObject({
    output: [
      ['process', 'fetch'],
      ['process', 'fetch'],
    ],
  })
})

it('what one run leaves behind is not there in the next', async () => {
  await runSource(
    'globalThis.process = {}; Object.prototype.fetch = 1; Function.prototype.require = 1; Array.prototype.std = 1; return 1',
  )
  expect(await runSource(`${TOOLS}return [...look(globalThis), ...look([]), ...ask(Function)]`)).toMatchObject({ output: [] })
})
