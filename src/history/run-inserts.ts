// Runs statements as one D1 batch, which is one transaction, and counts what it cost.
import type { BatchItem } from 'drizzle-orm/batch'
import type { DrizzleD1Database } from 'drizzle-orm/d1'

type Insert = BatchItem<'sqlite'> & Promise<D1Result>

/** Answers the rows written as D1 counts and bills them. @throws where D1 fails, and then nothing was written. */
export async function runInserts(db: DrizzleD1Database, inserts: readonly Insert[]): Promise<number> {
  const [first, ...others] = inserts
  if (first === undefined) return 0
  const results = await db.batch([first, ...others])
  return results.reduce((sum, result) => sum + result.meta.rows_written, 0)
}
