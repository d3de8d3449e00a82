// One statement in PostgreSQL's extended protocol, which takes exactly one: parameters are bound by the type that the server names
// for them, and rows are fetched a few at a time, so that none arrive long after a limit. Handed to the client of `pg`, which calls
// the methods as messages come (as it does with its own `Query`).
import type { Connection, FieldDef, Submittable } from 'pg'
import { AttemptError } from '../core/attempt-error.ts'
import type { Json } from '../core/json.ts'
import { QUERY_ROWS_PER_FETCH } from '../core/limits.ts'
import { nodeError } from '../core/node-error.ts'
import { readPostgresValue, writePostgresValue } from './postgres-values.ts'
import type { QueryRows } from './query-rows.ts'

export class PostgresStatement implements Submittable {
  readonly #text: string
  readonly #params: readonly Json[]
  readonly #rows: QueryRows
  readonly #end = Promise.withResolvers<number>()
  #types: readonly number[] = []
  #rowsAffected = 0
  #isOver = false
  #connection: Connection | null = null

  constructor(text: string, params: readonly Json[], rows: QueryRows) {
    this.#text = text
    this.#params = params
    this.#rows = rows
  }

  /** How many rows it has changed, or given. Rejects as the server does, or with the AttemptError of a limit. */
  get rowsAffected(): Promise<number> {
    return this.#end.promise
  }

  submit(connection: Connection): void {
    this.#connection = connection
    connection.once('parameterDescription', ({ dataTypeIDs }: { readonly dataTypeIDs: readonly number[] }) =>
      this.#guard(() => this.#bind(connection, dataTypeIDs)),
    )
    connection.once('copyOutResponse', () => this.#fail(noCopy()))
    connection.parse({ name: '', text: this.#text, types: [] }, true)
    connection.describe({ type: 'S' }, true)
    connection.flush()
  }

  #bind(connection: Connection, types: readonly number[]): void {
    if (types.length !== this.#params.length) {
      const message = `The statement takes ${types.length} parameters, and 'params' has ${this.#params.length}.`
      throw new AttemptError(nodeError('CONFIG_INVALID', message))
    }
    const values = this.#params.map((value, index) => writePostgresValue(types[index] ?? 0, value))
    connection.bind({ values }, true)
    this.#fetch(connection)
  }

  #fetch(connection: Connection): void {
    connection.execute({ rows: String(QUERY_ROWS_PER_FETCH) }, true)
    connection.flush()
  }

  handleRowDescription({ fields }: { readonly fields: readonly FieldDef[] }): void {
    this.#guard(() => {
      this.#types = fields.map(({ dataTypeID }) => dataTypeID)
      this.#rows.columns(fields.map(({ name }) => name))
    })
  }

  handleDataRow({ fields }: { readonly fields: readonly (string | null)[] }): void {
    if (!this.#isOver) {
      this.#guard(() => this.#rows.add(fields.map((text, index) => readPostgresValue(this.#types[index] ?? 0, text))))
    }
  }

  handlePortalSuspended(connection: Connection): void {
    if (!this.#isOver) this.#fetch(connection)
  }

  /** `INSERT 0 3`, `SELECT 5`, `CREATE TABLE`. */
  handleCommandComplete({ text }: { readonly text: string }, connection: Connection): void {
    this.#rowsAffected = Number(/\d+$/.exec(text)?.[0] ?? 0)
    connection.sync()
  }

  handleReadyForQuery(): void {
    this.#isOver = true
    this.#end.resolve(this.#rowsAffected)
  }

  handleEmptyQuery(): void {
    this.#fail(new AttemptError(nodeError('QUERY_ERROR', `'sql' holds no statement.`)))
  }

  handleCopyInResponse(): void {
    this.#fail(noCopy())
  }

  handleCopyData(): void {
    this.#fail(noCopy())
  }

  handleError(error: unknown): void {
    this.#fail(error)
  }

  /** What is thrown in a handler of the client would be lost. */
  #guard(handle: () => void): void {
    try {
      handle()
    } catch (thrown) {
      this.#fail(thrown)
    }
  }

  #fail(error: unknown): void {
    if (this.#isOver) return
    this.#isOver = true
    this.#end.reject(error)
    // Else the server waits for more of this statement, and hears nothing else.
    this.#connection?.sync()
  }
}

const noCopy = (): AttemptError =>
  new AttemptError(nodeError('QUERY_ERROR', 'COPY moves data past the statement; use insert and select.'))
