// A D1 database for tests outside workerd: the same SQLite, as Node has it, behind as much of D1's interface as nodes use.
import { DatabaseSync, type SQLInputValue } from 'node:sqlite'

export class SqliteD1 {
  readonly #database = new DatabaseSync(':memory:')

  prepare(sql: string) {
    const bind = (...values: readonly SQLInputValue[]) => ({
      all: async () => ({ results: this.#statement(sql).all(...values) }),
      run: async () => ({ meta: { changes: Number(this.#statement(sql).run(...values).changes) } }),
      raw: async () => {
        const statement = this.#statement(sql)
        const rows = statement.all(...values)
        return [statement.columns().map(({ name }) => name), ...rows.map((row) => Object.values(row))]
      },
    })
    return { bind }
  }

  batch(): never {
    throw new Error('no node sends batches')
  }

  /** D1 tells by its message which refusal of SQLite's it was. */
  #statement(sql: string) {
    try {
      return this.#database.prepare(sql)
    } catch (thrown) {
      throw new Error(`D1_ERROR: ${thrown instanceof Error ? thrown.message : ''}: SQLITE_ERROR`)
    }
  }
}
