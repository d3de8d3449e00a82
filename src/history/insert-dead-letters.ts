// The statements that store dead letters, for those who write them alone or together with other rows.
import type { DrizzleD1Database } from 'drizzle-orm/d1'
import type { DeadLetter } from './dead-letter.ts'
import { packJsonLists, selectJsonRows } from './json-rows.ts'
import { deadLetters } from './schema.ts'

/** Letters whose id exists are left as they are. */
export const insertDeadLetters = (db: DrizzleD1Database, letters: readonly DeadLetter[]) =>
  packJsonLists(letters).map((list) => db.insert(deadLetters).select(selectJsonRows(deadLetters, list)).onConflictDoNothing())
