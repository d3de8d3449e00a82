// The rows of one statement as they arrive, counted against the limits of the node; a driver stops at the first that is too much.
import { AttemptError } from '../core/attempt-error.ts'
import { type Json, type JsonObject, jsonLength } from '../core/json.ts'
import { nodeError } from '../core/node-error.ts'

interface RowLimits {
  readonly mode: 'rows' | 'one' | 'exec'
  readonly max_rows: number
  readonly max_bytes: number
}

export class QueryRows {
  readonly #limits: RowLimits
  readonly #rows: JsonObject[] = []
  #names: readonly string[] | null = null
  #bytes = 0

  constructor(limits: RowLimits) {
    this.#limits = limits
  }

  get count(): number {
    return this.#rows.length
  }

  /** Of the rows as JSON, about. */
  get bytes(): number {
    return this.#bytes
  }

  /** What the columns are called: once, before the rows. @throws AttemptError where two have one name, or there are results already */
  columns(names: readonly string[]): void {
    if (this.#limits.mode === 'exec') return
    if (this.#names !== null) throw refusal('The statement gives several results; a node takes one.')
    const twice = names.find((name, index) => names.indexOf(name) !== index)
    if (twice !== undefined) throw refusal(`Two columns are called ${twice}; give one of them another name with \`as\`.`)
    this.#names = names
  }

  /** @throws AttemptError at the first row above a limit */
  add(values: readonly Json[]): void {
    const { mode, max_rows: maxRows, max_bytes: maxBytes } = this.#limits
    if (mode === 'exec') return
    if (mode === 'one' && this.count === 1) {
      throw refusal('The statement gives more than one row, and mode one takes one; `limit 1` gives the first.')
    }
    if (this.count === maxRows) {
      throw tooLarge(
        `The statement gives more rows than max_rows, ${maxRows}. Raise it, or read in pages with a condition and \`limit\`.`,
      )
    }
    const row: JsonObject = Object.fromEntries((this.#names ?? []).map((name, index) => [name, values[index] ?? null]))
    this.#bytes += jsonLength(row)
    if (this.#bytes > maxBytes) throw tooLarge(`The rows have more bytes than max_bytes, ${maxBytes}.`)
    this.#rows.push(row)
  }

  output(): Json {
    return this.#limits.mode === 'one' ? (this.#rows[0] ?? null) : this.#rows
  }
}

const refusal = (message: string): AttemptError => new AttemptError(nodeError('QUERY_ERROR', message))

const tooLarge = (message: string): AttemptError => new AttemptError(nodeError('RESPONSE_TOO_LARGE', message))
