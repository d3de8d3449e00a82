// Reads values through the references that stand for them, while one transition decides. What it needs and was not given it asks
// for by throwing; how much one node's run, and one transition, may read is bounded, for it is all in memory at once.
import { ExpressionError } from './expression-error.ts'
import { isList, isMap, type Value } from './expression-value.ts'
import { isJsonObject, type Json } from './json.ts'
import { MAX_NODE_PAYLOAD_BYTES, MAX_PAYLOAD_BYTES_BEFORE_STEP } from './limits.ts'
import { type NodeError, nodeError } from './node-error.ts'
import { type HeldPayload, type HeldPayloads, holdPayloads, type LoadedPayloads, PayloadsMissing, payloadOf } from './payload.ts'

/** A value that lies outside cannot be read. Settles the node with `error`. */
export class PayloadUnreadable extends ExpressionError {
  readonly error: NodeError

  constructor(error: NodeError) {
    super(error.message, '')
    this.name = 'PayloadUnreadable'
    this.error = error
  }
}

/** What one transition knows of values outside. */
export class TransitionPayloads {
  #held: HeldPayloads
  readonly #loaded: LoadedPayloads
  readonly #sizes = new Map<string, number>()
  /** Values that were looked through, with what came of it: expressions ask for one again and again. */
  readonly whole = new WeakMap<object, Value>()

  constructor(held: HeldPayloads, loaded: LoadedPayloads) {
    this.#held = held
    this.#loaded = loaded
  }

  get held(): HeldPayloads {
    return this.#held
  }

  get areNone(): boolean {
    for (const _ in this.#held) return false
    return true
  }

  /** A result brought these. Expressions may name them before the event that tells of them. */
  hold(payloads: readonly HeldPayload[]): void {
    if (payloads.length > 0) this.#held = holdPayloads(this.#held, payloads)
  }

  /** Whether so much was read that another node's run may not fit beside it. */
  get isFull(): boolean {
    return sum(this.#sizes.values()) > MAX_PAYLOAD_BYTES_BEFORE_STEP
  }

  read({ $payload: hash, size }: HeldPayload): Json | undefined {
    this.#sizes.set(hash, size)
    const loaded = this.#loaded.get(hash)
    if (loaded !== 'lost') return loaded?.value
    const message = `an output of ${size} bytes (SHA-256 ${hash}) is no longer in storage`
    throw new PayloadUnreadable(nodeError('PAYLOAD_LOST', message))
  }
}

/** What one node's run reads. */
export class PayloadReader {
  readonly #payloads: TransitionPayloads
  readonly #sizes = new Map<string, number>()

  constructor(payloads: TransitionPayloads) {
    this.#payloads = payloads
  }

  /** The value that a reference stands for; references inside anything else stay. @throws PayloadsMissing, PayloadUnreadable */
  open(value: Value): Value {
    const payload = payloadOf(value, this.#payloads.held)
    if (payload === null) return value
    const [content = null] = this.#read([payload])
    return isPart(value) ? valueIn(content, this.#payloads.held) : content
  }

  /** The value with all that it refers to, at any depth. @throws PayloadsMissing, PayloadUnreadable */
  whole(value: Value): Value {
    if (typeof value !== 'object' || value === null || this.#payloads.areNone) return value
    const payloads = this.#within(value)
    // Asked for together: each round of loading decides anew.
    this.#read(payloads)
    if (payloads.length === 0 && !this.#payloads.whole.has(value)) this.#payloads.whole.set(value, value)
    return this.#replace(value)
  }

  #within(value: Value, found: HeldPayload[] = []): readonly HeldPayload[] {
    if (!(isMap(value) || isList(value)) || this.#payloads.whole.get(value) !== undefined) return found
    const payload = payloadOf(value, this.#payloads.held)
    if (payload !== null) found.push(payload)
    else for (const member of Object.values(value)) this.#within(member, found)
    return found
  }

  #replace(value: Value): Value {
    if (!(isMap(value) || isList(value))) return value
    const known = this.#payloads.whole.get(value)
    if (known !== undefined) return known
    const made = this.#replaceNew(value)
    this.#payloads.whole.set(value, made)
    // There is nothing to find in it a second time.
    if (typeof made === 'object' && made !== null) this.#payloads.whole.set(made, made)
    return made
  }

  #replaceNew(value: Value): Value {
    if (payloadOf(value, this.#payloads.held) !== null) return this.open(value)
    if (isList(value)) {
      const items = value.map((item) => this.#replace(item))
      return items.every((item, index) => item === value[index]) ? value : items
    }
    if (!isMap(value)) return value
    const members = Object.entries(value).map(([key, member]) => [key, this.#replace(member)] as const)
    return members.every(([key, member]) => member === value[key]) ? value : Object.fromEntries(members)
  }

  #read(payloads: readonly HeldPayload[]): readonly Json[] {
    for (const { $payload: hash, size } of payloads) this.#sizes.set(hash, size)
    const bytes = sum(this.#sizes.values())
    if (bytes > MAX_NODE_PAYLOAD_BYTES) {
      const message = `outputs of ${bytes} bytes are read here at once; at most ${MAX_NODE_PAYLOAD_BYTES} may be`
      throw new PayloadUnreadable(nodeError('INPUT_INVALID', message))
    }
    const contents = payloads.map((payload) => ({ payload, content: this.#payloads.read(payload) }))
    const missing = contents.flatMap(({ payload, content }) => (content === undefined ? [payload] : []))
    if (missing.length > 0) throw new PayloadsMissing(missing)
    return contents.flatMap(({ content }) => (content === undefined ? [] : [content]))
  }
}

const sum = (numbers: Iterable<number>): number => [...numbers].reduce((total, next) => total + next, 0)

/** `value`: what arrived, or its own member of that name. Of a reference, one that stands for that. */
export function valueIn(input: Json, held: HeldPayloads): Json {
  if (!isJsonObject(input)) return input
  if (payloadOf(input, held) !== null) return { ...input, part: 'value' }
  return Object.hasOwn(input, 'value') ? (input.value ?? null) : input
}

const isPart = (value: Value): boolean => isMap(value) && value.part === 'value'
