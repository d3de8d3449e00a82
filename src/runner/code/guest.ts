// What runs inside QuickJS around the user's code: gives it `console` and its names, awaits it, and writes what it returns as JSON.
// A text, for it is no code of ours but of the sandbox: nothing in it is trusted by the outside, which only takes texts from it.
import { MAX_CONSOLE_CHARACTERS, MAX_EXPRESSION_RESULT_DEPTH } from '../../core/limits.ts'

/** File names in stack traces: of the user's code, and of ours. */
export const USER_FILE = 'source'
export const GUEST_FILE = 'millrace'

/** Longest value that `console` shows: characters. */
const MAX_TEXT = 2_000

/**
 * An expression: `(print, settle) => run`. `print(level, text)` writes a line; `settle(kind, text)` ends the run with the JSON of the
 * output (`completed`) or of `{ name, message, stack }` (`failed`); `run(program, names)` starts it. Built-ins are taken before the
 * user's code can change them, so that a result means what it says.
 */
export const GUEST = `
(function (print, settle) {
  'use strict'
  const { parse, stringify } = JSON
  const { isArray } = Array
  const { keys, getPrototypeOf } = Object
  const { apply } = Reflect
  const { slice } = String.prototype
  const { isFinite } = Number
  const text = String
  const kinds = [Map, Set, WeakMap, WeakSet, Promise, RegExp, ArrayBuffer, DataView, getPrototypeOf(Uint8Array)]
  const failures = Error
  const plain = /^[A-Za-z_$][\\w$]*$/
  const { test } = RegExp.prototype
  const cut = (value, length) => (value.length > length ? apply(slice, value, [0, length]) + '…' : value)
  // Errors in its jobs would be nobody's; and there is nothing to share memory with.
  delete globalThis.queueMicrotask
  delete globalThis.SharedArrayBuffer

  class NotJson extends Error {}
  const refuse = (place, what) => {
    throw new NotJson(place + ' is ' + what + ', which is not JSON')
  }
  const member = (place, key) => place + (apply(test, plain, [key]) ? '.' + key : '[' + stringify(key) + ']')

  function write(value, place, above) {
    switch (typeof value) {
      case 'undefined':
        return undefined
      case 'string':
        return stringify(value)
      case 'boolean':
        return value ? 'true' : 'false'
      case 'number':
        return isFinite(value) ? '' + value : 'null'
      case 'object':
        if (value === null) return 'null'
        break
      case 'bigint':
        refuse(place, 'a BigInt')
      default:
        refuse(place, 'a ' + typeof value)
    }
    for (let open = above; open !== null; open = open.above) if (open.value === value) refuse(place, 'a part of itself')
    const depth = above === null ? 1 : above.depth + 1
    if (depth > ${MAX_EXPRESSION_RESULT_DEPTH}) refuse(place, 'nested more than ${MAX_EXPRESSION_RESULT_DEPTH} deep')
    const { toJSON } = value
    const given = typeof toJSON === 'function' ? apply(toJSON, value, []) : value
    return given === value ? writeMembers(value, place, { value, above, depth }) : write(given, place, { value, above, depth })
  }

  function writeMembers(value, place, here) {
    if (isArray(value)) {
      let list = ''
      for (let index = 0; index < value.length; index++) {
        list += (index === 0 ? '' : ',') + (write(value[index], place + '[' + index + ']', here) ?? 'null')
      }
      return '[' + list + ']'
    }
    for (let index = 0; index < kinds.length; index++) {
      if (value instanceof kinds[index]) refuse(place, 'a ' + kinds[index].name + (kinds[index].name === 'Promise' ? ' (await it)' : ''))
    }
    let members = ''
    const names = keys(value)
    for (let index = 0; index < names.length; index++) {
      const written = write(value[names[index]], member(place, names[index]), here)
      if (written !== undefined) members += (members === '' ? '' : ',') + stringify(names[index]) + ':' + written
    }
    return '{' + members + '}'
  }

  function show(value) {
    try {
      if (typeof value === 'string') return value
      if (value instanceof failures) return value.name + ': ' + value.message
      if (typeof value !== 'object' || value === null) return text(value)
      return write(value, 'it', null) ?? 'undefined'
    } catch {
      return '[not shown]'
    }
  }

  function describe(thrown) {
    try {
      if (thrown instanceof NotJson) return { name: 'TypeError', message: thrown.message, stack: '' }
      if (thrown instanceof failures) return { name: text(thrown.name), message: text(thrown.message), stack: text(thrown.stack) }
    } catch {}
    // What the engine throws where memory ends in \`normalize\`.
    if (typeof thrown !== 'string' && show(thrown) === '[uninitialized]') return { name: 'InternalError', message: 'out of memory', stack: '' }
    return { name: 'Error', message: 'thrown: ' + show(thrown), stack: '' }
  }

  const line = (level) =>
    function (...values) {
      let whole = ''
      for (let index = 0; index < values.length; index++) whole += (index === 0 ? '' : ' ') + cut(show(values[index]), ${MAX_TEXT})
      print(level, cut(whole, ${MAX_CONSOLE_CHARACTERS}))
    }
  globalThis.console = {
    debug: line('debug'),
    log: line('info'),
    info: line('info'),
    warn: line('warn'),
    error: line('error'),
  }

  return async function run(program, names) {
    try {
      const user = program(parse(names))
      settle('completed', write(await user(), 'result', null) ?? 'null')
    } catch (thrown) {
      settle('failed', stringify(describe(thrown)))
    }
  }
})
`
