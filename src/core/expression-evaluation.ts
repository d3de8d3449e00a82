// One evaluation of an expression: what it reads, and the steps it may still take.
import { ExpressionError } from './expression-error.ts'
import { Optional, type Value } from './expression-value.ts'
import type { Json } from './json.ts'
import { MAX_EXPRESSION_RESULT_BYTES, MAX_EXPRESSION_STEPS, MAX_NODE_STEPS } from './limits.ts'

/** Names an expression sees. Only own properties count. */
export type Scope = Readonly<Record<string, Json>>

/** What an evaluation takes from outside, so that it stays pure. */
export interface EvaluationContext {
  /** The journaled moment, ms since the epoch. */
  readonly now: number
  /** Steps of all evaluations that share the context: those of one node's run. */
  readonly spent: { steps: number }
  /** The same of all contexts together, which are not bounded here. */
  readonly spentInAll?: { steps: number }
  /** A new id for each call of `uuid()`, derived by the caller. */
  uuid(): string
  /** Reads values that are elsewhere; absent where all are in the scope. */
  readonly payloads?: OutsideValues
  /** A signed link of this execution. */
  link(request: LinkRequest): LinkAnswer
  readonly madeUpBy?: MadeUpBy | undefined
}

/** In a dry run: the node in whose place an output was made up that the value is, or is a part of; null for every other value. */
export type MadeUpBy = (value: unknown) => string | null

/** Of what values in a scope may only refer to. Anything else is given back as it is. */
export interface OutsideValues {
  open(value: Value): Value
  /** At any depth. */
  whole(value: Value): Value
}

export interface LinkRequest {
  readonly kind: 'approval' | 'event'
  /** Id of the approval node; name of the event. */
  readonly target: string
}

/** `refused`: why there is none, as the predicate of a sentence. */
export type LinkAnswer = { readonly url: string } | { readonly refused: string }

/** A compiled piece of an expression. */
export type Evaluator = (run: Evaluation) => Value

const ITEMS_PER_STEP = 16
const CHARACTERS_PER_STEP = 256
/** Of the expression, in messages. */
const MAX_QUOTED_LENGTH = 200

export class Evaluation {
  readonly scope: Scope
  readonly context: EvaluationContext
  /** Values of the names that comprehensions bind, by slot. */
  readonly locals: Value[] = []
  readonly #source: string
  #steps = 0

  constructor(source: string, scope: Scope, context: EvaluationContext) {
    this.#source = source
    this.scope = scope
    this.context = context
  }

  /** Counts comprehension elements and calls. @throws ExpressionError past the limit of the evaluation or of the node */
  spend(steps: number): void {
    this.#steps += steps
    if (this.#steps > MAX_EXPRESSION_STEPS) throw this.error(`more than ${MAX_EXPRESSION_STEPS} steps`)
    const { spent, spentInAll } = this.context
    spent.steps += steps
    if (spentInAll !== undefined) spentInAll.steps += steps
    if (spent.steps > MAX_NODE_STEPS) throw this.error(`more than ${MAX_NODE_STEPS} steps in all expressions of a node`)
  }

  /** Counts the items that an operation goes over, so that a cheap call cannot do unbounded work. */
  spendItems(count: number): void {
    this.spend(Math.floor(count / ITEMS_PER_STEP))
  }

  /** Counts the characters that an operation reads. */
  spendText(length: number): void {
    this.spend(Math.floor(length / CHARACTERS_PER_STEP))
  }

  /** Checks the length of a text before it is made, and counts it. */
  allowText(length: number): void {
    if (length > MAX_EXPRESSION_RESULT_BYTES) throw this.error(`a text longer than ${MAX_EXPRESSION_RESULT_BYTES} characters`)
    this.spendText(length)
  }

  /** The value itself, to look up a part of it. */
  open(value: Value): Value {
    return this.context.payloads === undefined ? value : this.context.payloads.open(value)
  }

  /** The value to compute with: nothing in it is elsewhere. */
  whole(value: Value): Value {
    const { payloads } = this.context
    if (payloads === undefined) return value
    if (!(value instanceof Optional)) return payloads.whole(value)
    return value.value === undefined ? value : new Optional(payloads.whole(value.value))
  }

  /** The error to throw where `value` lacks what is asked of it. */
  lackError(value: Value, message: string): ExpressionError {
    const node = this.context.madeUpBy?.(value) ?? null
    const hint = node === null ? '' : `; the output of node ${node} is synthetic here: give node ${node} a pin or a mock`
    return this.error(message + hint)
  }

  /** The error to throw: says what and, quoted, in which expression. */
  error(message: string): ExpressionError {
    const source = this.#source
    const quoted = source.length > MAX_QUOTED_LENGTH ? `${source.slice(0, MAX_QUOTED_LENGTH)}…` : source
    return new ExpressionError(`${message}, in \`${quoted}\``, source)
  }
}
