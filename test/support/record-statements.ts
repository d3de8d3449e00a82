/** A database that notes the statements it runs, so that their plans can be asked for afterwards. */
export function recordStatements(database: D1Database): { database: D1Database; plans: () => Promise<string[]> } {
  const statements: { sql: string; values: unknown[] }[] = []
  const prepare = (sql: string): D1PreparedStatement => {
    const prepared = database.prepare(sql)
    const bind = (...values: unknown[]) => {
      statements.push({ sql, values })
      return prepared.bind(...values)
    }
    return new Proxy(prepared, { get: (target, key) => (key === 'bind' ? bind : Reflect.get(target, key).bind(target)) })
  }
  const recording = new Proxy(database, {
    get: (target, key) => (key === 'prepare' ? prepare : Reflect.get(target, key).bind(target)),
  })
  const plan = async ({ sql, values }: (typeof statements)[number]) => {
    const explained = await database
      .prepare(`EXPLAIN QUERY PLAN ${sql}`)
      .bind(...values)
      .all<{ detail: string }>()
    return explained.results.map((row) => row.detail).join('\n')
  }
  return { database: recording, plans: () => Promise.all(statements.map(plan)) }
}
