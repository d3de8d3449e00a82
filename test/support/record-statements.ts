interface Recording {
  readonly database: D1Database
  /** Of every statement so far, as SQLite would run it. */
  plans(): Promise<string[]>
}

/**
 * A database that notes the statements it runs, so that their plans can be asked for afterwards. With `isRun: false` it runs none,
 * and all of them find nothing.
 */
export function recordStatements(database: D1Database, { isRun } = { isRun: true }): Recording {
  const statements: { sql: string; values: unknown[] }[] = []
  const prepare = (sql: string): D1PreparedStatement => {
    const prepared = database.prepare(sql)
    const bind = (...values: unknown[]) => {
      statements.push({ sql, values })
      return isRun ? prepared.bind(...values) : FINDS_NOTHING
    }
    return new Proxy(prepared, { get: (target, key) => (key === 'bind' ? bind : Reflect.get(target, key).bind(target)) })
  }
  const batch = async (some: D1PreparedStatement[]) => (isRun ? database.batch(some) : some.map(() => NOTHING))
  const own: Record<PropertyKey, unknown> = { prepare, batch }
  const recording = new Proxy(database, { get: (target, key) => own[key] ?? Reflect.get(target, key).bind(target) })
  const explain = ({ sql, values }: (typeof statements)[number]) => database.prepare(`EXPLAIN QUERY PLAN ${sql}`).bind(...values)
  const plans = async () => {
    const explained = statements.length === 0 ? [] : await database.batch<{ detail: string }>(statements.map(explain))
    return explained.map(({ results }) => results.map((row) => row.detail).join('\n'))
  }
  return { database: recording, plans }
}

const NOTHING = { success: true, results: [], meta: {} }
const FINDS_NOTHING = { all: async () => NOTHING, raw: async () => [], run: async () => NOTHING }
