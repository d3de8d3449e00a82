// What looks like a call and is not one: forms that bind a name (`map`, `filter`, `all`, `exists`, `exists_one`, `cel.bind`),
// `has`, and the methods of optionals, whose default is evaluated only where it is needed.
import type { ASTNode } from '@marcbachmann/cel-js'
import { hasKey } from './expression-access.ts'
import type { Bindings, Compiler } from './expression-compiler.ts'
import type { Evaluation, Evaluator } from './expression-evaluation.ts'
import { mustBool } from './expression-operators.ts'
import { isList, isMap, kindOf, Optional, type Value } from './expression-value.ts'

interface Call {
  readonly node: ASTNode
  readonly name: string
  readonly receiver: ASTNode | null
  readonly args: readonly ASTNode[]
}

/** Null where the call is an ordinary one. @throws ExpressionSyntaxError */
export function compileMacro(compiler: Compiler, call: Call, bindings: Bindings): Evaluator | null {
  const { receiver, args, name } = call
  if (receiver === null) return name === 'has' ? compileHas(compiler, call, bindings) : null
  if (isNamespace(receiver, 'cel', bindings)) return compileBind(compiler, call, bindings)
  if (isNamespace(receiver, 'optional', bindings)) return compileOptional(compiler, call, bindings)
  if (Object.hasOwn(OPTIONAL_METHODS, name)) return compileOptionalMethod(compiler, call, receiver, bindings)
  const comprehension = Object.hasOwn(COMPREHENSIONS, name) ? COMPREHENSIONS[name] : undefined
  if (comprehension === undefined || args.length < 2) return null
  return compileComprehension(compiler, call, receiver, comprehension, bindings)
}

const isNamespace = (node: ASTNode, name: string, bindings: Bindings): boolean =>
  node.op === 'id' && node.args === name && !bindings.slots.has(name)

function compileHas(compiler: Compiler, { node, args }: Call, bindings: Bindings): Evaluator {
  const [field] = args
  if (args.length !== 1 || field === undefined || (field.op !== '.' && field.op !== '.?')) {
    throw compiler.syntaxError('has() takes a field, as in has(inputs.name)', node)
  }
  const [operandNode, key] = field.args
  compiler.noteOutput(operandNode, key, bindings)
  const operand = compiler.compileContainer(operandNode, bindings)
  return (run) => hasKey(operand(run), key, run, () => compiler.written(operandNode))
}

/** Binds a name; gives the bindings inside and the slot. */
function bind(compiler: Compiler, call: Call, bindings: Bindings): { inner: Bindings; slot: number } {
  const [name] = call.args
  if (name?.op !== 'id') throw compiler.syntaxError(`${call.name}() needs a plain name to bind`, call.node)
  const slot = bindings.next
  return { inner: { slots: new Map(bindings.slots).set(name.args, slot), next: slot + 1 }, slot }
}

/** `cel.bind(name, value, expression)` */
function compileBind(compiler: Compiler, call: Call, bindings: Bindings): Evaluator {
  const { node, name, args } = call
  const [, valueNode, bodyNode] = args
  if (name !== 'bind' || args.length !== 3 || valueNode === undefined || bodyNode === undefined) {
    throw compiler.syntaxError('`cel` has only cel.bind(name, value, expression)', node)
  }
  const value = compiler.compile(valueNode, bindings)
  const { inner, slot } = bind(compiler, call, bindings)
  const body = compiler.compile(bodyNode, inner)
  return (run) => {
    run.locals[slot] = value(run)
    return body(run)
  }
}

/** `optional.of(value)` and `optional.none()` */
function compileOptional(compiler: Compiler, { node, name, args }: Call, bindings: Bindings): Evaluator {
  const [valueNode] = args
  if (name === 'none' && valueNode === undefined) return () => Optional.none
  if (name !== 'of' || valueNode === undefined || args.length !== 1) {
    throw compiler.syntaxError('`optional` has only optional.of(value) and optional.none()', node)
  }
  const value = compiler.compile(valueNode, bindings)
  return (run) => new Optional(value(run))
}

type OptionalMethod = (optional: Optional, run: Evaluation, argument: Evaluator) => Value

const OPTIONAL_METHODS: Readonly<Record<string, { readonly arguments: number; readonly evaluate: OptionalMethod }>> = {
  hasValue: { arguments: 0, evaluate: (optional) => optional.value !== undefined },
  value: { arguments: 0, evaluate: (optional, run) => optional.value ?? absent(optional, run) },
  orValue: {
    arguments: 1,
    evaluate: (optional, run, fallback) => (optional.value === undefined ? fallback(run) : optional.value),
  },
  or: {
    arguments: 1,
    evaluate: (optional, run, other) => (optional.value === undefined ? mustOptional(other(run), 'or', run) : optional),
  },
}

function absent(optional: Optional, run: Evaluation): Value {
  if (optional.value === undefined) throw run.error('value() of an absent optional; use `.orValue(default)`')
  return optional.value
}

function mustOptional(value: Value, method: string, run: Evaluation): Optional {
  if (value instanceof Optional) return value
  throw run.error(`${method}() needs an optional, as \`inputs.?name\` gives one, not ${kindOf(value)}`)
}

function compileOptionalMethod(compiler: Compiler, call: Call, receiver: ASTNode, bindings: Bindings): Evaluator {
  const method = OPTIONAL_METHODS[call.name]
  if (method === undefined || method.arguments !== call.args.length) {
    throw compiler.syntaxError(`${call.name}() takes ${method?.arguments} arguments, not ${call.args.length}`, call.node)
  }
  const operand = compiler.compile(receiver, bindings)
  const [argument = () => null] = call.args.map((arg) => compiler.compile(arg, bindings))
  return (run) => method.evaluate(mustOptional(operand(run), call.name, run), run, argument)
}

/** Goes over the elements; `each` binds one and evaluates a part with it. */
type Comprehension = (
  elements: readonly Value[],
  each: (element: Value, part: Evaluator) => Value,
  parts: Parts,
  run: Evaluation,
) => Value

interface Parts {
  /** The only expression, or the test of `map(name, test, transform)`. */
  readonly first: Evaluator
  /** The transform of `map(name, test, transform)`. */
  readonly second: Evaluator | null
}

const test = (name: string, value: Value, run: Evaluation) => mustBool(value, `the test of ${name}()`, run)

const COMPREHENSIONS: Readonly<Record<string, Comprehension>> = {
  all: (elements, each, { first }, run) => elements.every((element) => test('all', each(element, first), run)),
  exists: (elements, each, { first }, run) => elements.some((element) => test('exists', each(element, first), run)),
  exists_one: (elements, each, { first }, run) =>
    elements.filter((element) => test('exists_one', each(element, first), run)).length === 1,
  filter: (elements, each, { first }, run) => elements.filter((element) => test('filter', each(element, first), run)),
  map: (elements, each, { first, second }, run) => {
    if (second === null) return elements.map((element) => each(element, first))
    const mapped: Value[] = []
    for (const element of elements) if (test('map', each(element, first), run)) mapped.push(second(run))
    return mapped
  },
}

function compileComprehension(
  compiler: Compiler,
  call: Call,
  receiver: ASTNode,
  comprehension: Comprehension,
  bindings: Bindings,
): Evaluator {
  const { node, name, args } = call
  const [, firstNode, secondNode] = args
  if (firstNode === undefined || args.length > (name === 'map' ? 3 : 2)) {
    throw compiler.syntaxError(`${name}() takes a name and an expression`, node)
  }
  const collection = compiler.compile(receiver, bindings)
  const { inner, slot } = bind(compiler, call, bindings)
  const parts = {
    first: compiler.compile(firstNode, inner),
    second: secondNode === undefined ? null : compiler.compile(secondNode, inner),
  }
  return (run) => {
    const each = (element: Value, part: Evaluator) => {
      run.spend(1)
      run.locals[slot] = element
      return part(run)
    }
    return comprehension(elementsOf(collection(run), name, run), each, parts, run)
  }
}

/** Lists give their items, maps their keys. */
function elementsOf(value: Value, name: string, run: Evaluation): readonly Value[] {
  if (isList(value)) return value
  if (isMap(value)) return Object.keys(value)
  throw run.error(`${name}() goes over a list or a map, not ${kindOf(value)}`)
}
