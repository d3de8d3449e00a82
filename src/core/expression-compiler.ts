// From CEL's syntax tree to closures. The library parses; evaluating is ours, because its integers are BigInt that mix with
// no fraction, and because it counts no steps. Arity and names of functions are checked here, so validation finds them.
import type { ASTNode } from '@marcbachmann/cel-js'
import { readKey, readName, readOptional } from './expression-access.ts'
import { ExpressionSyntaxError } from './expression-error.ts'
import type { Evaluator } from './expression-evaluation.ts'
import { Arguments, type ExpressionFunction } from './expression-function.ts'
import { compileMacro } from './expression-macros.ts'
import { BINARY_OPERATIONS, mapKey, mustBool, negate } from './expression-operators.ts'
import { kindOf, mapOf, type Value } from './expression-value.ts'
import { findFunction } from './functions.ts'
import { MAX_EXPRESSION_DEPTH } from './limits.ts'

/** Names that enclosing comprehensions bind, with their slots. */
export interface Bindings {
  readonly slots: ReadonlyMap<string, number>
  /** The next free slot. Not the size of `slots`: a name may be bound again inside itself. */
  readonly next: number
}

type NodeOf<Op extends ASTNode['op']> = Extract<ASTNode, { op: Op }>

/** What gives a value of the scope, or a part of one. */
const READS: ReadonlySet<string> = new Set(['id', '.', '.?', '[]', '[?]'])

/** Compiles one tree; what it mentions can be read afterwards. @throws ExpressionSyntaxError */
export class Compiler {
  readonly names = new Set<string>()
  readonly outputs = new Set<string>()
  readonly calls = new Set<string>()
  readonly approvals = new Set<string>()
  readonly events = new Set<string>()
  readonly secrets = new Set<string>()
  #secretReads = 0
  #depth = 0

  /** Whether it uses `secrets` other than as `secrets.<name>` or `secrets["<name>"]`. */
  get usesAnySecret(): boolean {
    return this.#secretReads > 0
  }

  compile(node: ASTNode, bindings: Bindings = { slots: new Map(), next: 0 }): Evaluator {
    const evaluator = this.compileContainer(node, bindings)
    return READS.has(node.op) ? (run) => run.whole(evaluator(run)) : evaluator
  }

  /** As `compile`, of something that only a part is read of: the rest of it may stay elsewhere. */
  compileContainer(node: ASTNode, bindings: Bindings): Evaluator {
    if (++this.#depth > MAX_EXPRESSION_DEPTH) throw this.syntaxError(`nested deeper than ${MAX_EXPRESSION_DEPTH}`, node)
    const evaluator = this.#compileNode(node, bindings)
    this.#depth -= 1
    return evaluator
  }

  syntaxError(message: string, node: ASTNode): ExpressionSyntaxError {
    return new ExpressionSyntaxError(message, node.input, node.range.start)
  }

  /** How the source writes a node. */
  written(node: ASTNode): string {
    return node.input.slice(node.range.start, node.range.end)
  }

  #compileNode(node: ASTNode, bindings: Bindings): Evaluator {
    switch (node.op) {
      case 'value':
        return this.#compileLiteral(node)
      case 'id':
        return this.#compileName(node.args, bindings)
      case '.':
      case '.?':
      case '[]':
      case '[?]':
        return this.#compileAccess(node, bindings)
      case 'call':
        return this.#compileCall(node, node.args[0], null, node.args[1], bindings)
      case 'rcall':
        return this.#compileCall(node, node.args[0], node.args[1], node.args[2], bindings)
      case 'list':
        return this.#compileList(node, bindings)
      case 'map':
        return this.#compileMap(node, bindings)
      case '?:':
      case '&&':
      case '||':
        return this.#compileBranch(node, bindings)
      case '!_': {
        const operand = this.compile(node.args, bindings)
        return (run) => !mustBool(operand(run), 'the operand of `!`', run)
      }
      case '-_': {
        const operand = this.compile(node.args, bindings)
        return (run) => negate(operand(run), run)
      }
      default: {
        const operation = BINARY_OPERATIONS[node.op]
        const [left, right] = node.args.map((side) => this.compile(side, bindings))
        if (left === undefined || right === undefined) throw this.syntaxError(`\`${node.op}\` takes two operands`, node)
        return (run) => operation(left(run), right(run), run)
      }
    }
  }

  #compileLiteral(node: NodeOf<'value'>): Evaluator {
    const literal = literalValue(node.args)
    if (literal === undefined) throw this.syntaxError('bytes have no place in JSON; use base64(…)', node)
    if (typeof literal === 'number' && !Number.isFinite(literal)) throw this.syntaxError('a number out of range', node)
    return () => literal
  }

  #compileName(name: string, bindings: Bindings): Evaluator {
    const slot = bindings.slots.get(name)
    if (slot !== undefined) return (run) => run.locals[slot] ?? null
    this.names.add(name)
    if (name === 'secrets') this.#secretReads += 1
    return (run) => readName(name, run)
  }

  #compileAccess(node: NodeOf<'.' | '.?' | '[]' | '[?]'>, bindings: Bindings): Evaluator {
    const [operandNode, keyNode] = node.args
    this.noteOutput(operandNode, keyNode, bindings)
    const operand = this.compileContainer(operandNode, bindings)
    if (node.op === '.' || node.op === '[]') this.#noteSecret(operandNode, keyNode, bindings)
    const key = typeof keyNode === 'string' ? () => keyNode : this.compile(keyNode, bindings)
    const written = () => this.written(operandNode)
    if (node.op === '.?' || node.op === '[?]') return (run) => readOptional(operand(run), key(run), run, written)
    return (run) => readKey(operand(run), key(run), run, written)
  }

  /** Remembers `outputs.<id>` and `outputs["id"]`. */
  noteOutput(operand: ASTNode, key: ASTNode | string, bindings: Bindings): void {
    if (operand.op !== 'id' || operand.args !== 'outputs' || bindings.slots.has('outputs')) return
    const id = typeof key === 'string' ? key : key.op === 'value' ? key.args : null
    if (typeof id === 'string') this.outputs.add(id)
  }

  /** Remembers `secrets.<name>` and `secrets["name"]`, whose operand has just counted as a read of them all. */
  #noteSecret(operand: ASTNode, key: ASTNode | string, bindings: Bindings): void {
    if (operand.op !== 'id' || operand.args !== 'secrets' || bindings.slots.has('secrets')) return
    const name = typeof key === 'string' ? key : key.op === 'value' ? key.args : null
    if (typeof name !== 'string') return
    this.secrets.add(name)
    this.#secretReads -= 1
  }

  #compileCall(node: ASTNode, name: string, receiver: ASTNode | null, args: readonly ASTNode[], bindings: Bindings): Evaluator {
    const macro = compileMacro(this, { node, name, receiver, args }, bindings)
    if (macro !== null) return macro
    this.calls.add(name)
    const operands = receiver === null ? args : [receiver, ...args]
    const callee = findFunction(name)
    if (callee === undefined) throw this.syntaxError(`unknown function ${name}()`, node)
    this.#checkArity(callee, operands.length, node)
    this.#noteLink(name, operands[0])
    const compiled = operands.map((operand) => this.#compileOperand(operand, callee, bindings))
    return (run) => {
      run.spend(1)
      const values = compiled.map((operand) => operand(run))
      const result = callee.evaluate(new Arguments(name, values, run), run)
      if (typeof result === 'string') run.allowText(result.length)
      if (typeof result === 'number' && !Number.isFinite(result)) throw run.error(`${name}() gives no finite number`)
      return result
    }
  }

  /** Remembers what `approval_url("id")` and `event_url("name")` lead to, where it is written out. */
  #noteLink(name: string, target: ASTNode | undefined): void {
    const found = name === 'approval_url' ? this.approvals : name === 'event_url' ? this.events : null
    if (target?.op === 'value' && typeof target.args === 'string') found?.add(target.args)
  }

  #compileOperand(operand: ASTNode, { readsOutermost }: ExpressionFunction, bindings: Bindings): Evaluator {
    if (readsOutermost !== true) return this.compile(operand, bindings)
    const container = this.compileContainer(operand, bindings)
    return (run) => run.open(container(run))
  }

  #checkArity(callee: ExpressionFunction, count: number, node: ASTNode): void {
    const required = callee.parameters.filter((parameter) => !parameter.includes('?:') && !parameter.startsWith('...')).length
    const most = callee.parameters.some((parameter) => parameter.startsWith('...')) ? Infinity : callee.parameters.length
    if (count >= required && count <= most) return
    const takes = required === most ? `${most}` : most === Infinity ? `${required} or more` : `${required} to ${most}`
    throw this.syntaxError(`${callee.name}() takes ${takes} arguments, not ${count}`, node)
  }

  #compileList(node: NodeOf<'list'>, bindings: Bindings): Evaluator {
    const items = node.args.map((item) => this.compile(item, bindings))
    return (run) => items.map((item) => item(run))
  }

  #compileMap(node: NodeOf<'map'>, bindings: Bindings): Evaluator {
    const entries = node.args.map(([key, value]) => [this.compile(key, bindings), this.compile(value, bindings)] as const)
    return (run) =>
      mapOf(
        entries.map(([keyPart, valuePart]): [string, Value] => {
          const key = keyPart(run)
          return [mapKey(key) ?? fail(run.error(`a key cannot be ${kindOf(key)}`)), valuePart(run)]
        }),
      )
  }

  #compileBranch(node: NodeOf<'?:' | '&&' | '||'>, bindings: Bindings): Evaluator {
    const [first, second, third] = node.args.map((part) => this.compile(part, bindings))
    if (first === undefined || second === undefined) throw this.syntaxError('an operand is missing', node)
    if (third !== undefined) return (run) => (mustBool(first(run), 'the test of `?:`', run) ? second(run) : third(run))
    const side = `a side of \`${node.op}\``
    if (node.op === '&&') return (run) => mustBool(first(run), side, run) && mustBool(second(run), side, run)
    return (run) => mustBool(first(run), side, run) || mustBool(second(run), side, run)
  }
}

/** A literal as a JSON value. Undefined: bytes. */
function literalValue(literal: NodeOf<'value'>['args']): Value | undefined {
  if (literal === null || typeof literal === 'boolean' || typeof literal === 'string') return literal
  if (literal instanceof Uint8Array) return undefined
  // Integers come as BigInt, `7u` as an object around one.
  return Number(literal)
}

function fail(error: Error): never {
  throw error
}
