import { env } from 'cloudflare:workers'
import { getTableName, is } from 'drizzle-orm'
import { SQLiteTable } from 'drizzle-orm/sqlite-core'
import { describe, expect, it } from 'vitest'
import * as schema from '../../src/history/schema.ts'

describe('migrations', () => {
  const tables = Object.values(schema).filter((value) => is(value, SQLiteTable))

  it.each(tables.map((table) => getTableName(table)))('create %s WITHOUT ROWID', async (name) => {
    const created = await env.DB.prepare('SELECT sql FROM sqlite_master WHERE name = ?').bind(name).first<string>('sql')
    expect(created).toMatch(/\) WITHOUT ROWID$/)
  })
})
