// `database-query` on D1, inside workerd: the binding is the platform's.
import { env } from 'cloudflare:workers'
import { beforeEach, describe, expect, it } from 'vitest'
import type { Json, JsonObject } from '../../src/core/json.ts'
import { mustFail } from '../support/http-attempt.ts'
import { queryAttempt } from '../support/query-attempt.ts'

const attempt = (sql: string, params: Json[] = [], more: JsonObject = {}) =>
  queryAttempt('d1://SHOP_DB', { connection: 'd1://SHOP_DB', sql, params, ...more }, {}, { binding: () => env.DB })

async function query(sql: string, params: Json[] = [], more: JsonObject = {}): Promise<Json> {
  const result = await attempt(sql, params, more)
  if (result.kind !== 'completed') throw new Error(JSON.stringify(result))
  return result.output
}
const failure = async (sql: string, params: Json[] = [], more: JsonObject = {}) => mustFail(await attempt(sql, params, more))
const count = () => query('select count(*) as n from articles', [], { mode: 'one' })

beforeEach(async () => {
  await env.DB.exec('drop table if exists articles')
  await env.DB.exec('create table articles (id integer primary key, name text unique, data text, image blob)')
  await env.DB.exec("insert into articles (id, name) values (1, 'book'), (2, 'lamp'), (3, 'desk')")
})

describe('D1 gives', () => {
  it('rows, one row or null, or the number of rows changed', async () => {
    expect(await query('select id, name from articles where id < ? order by id', [3])).toEqual([
      { id: 1, name: 'book' },
      { id: 2, name: 'lamp' },
    ])
    expect(await query('select id from articles where id = 9')).toEqual([])
    expect(await query('select name from articles where id = 2', [], { mode: 'one' })).toEqual({ name: 'lamp' })
    expect(await query('select name from articles where id = 9', [], { mode: 'one' })).toBeNull()
    expect(await query('update articles set data = 1 where id > ?', [1], { mode: 'exec' })).toEqual({ rows_affected: 2 })
    expect(await query("insert into articles (name) values ('pen') returning id")).toEqual([{ id: 4 }])
  })

  it('what a secret names, too', async () => {
    const result = await queryAttempt('d1://SHOP_DB', { sql: 'select 1 as one' }, {}, { binding: () => env.DB })
    expect(result).toMatchObject({ output: [{ one: 1 }], metadata: { rows: 1 } })
  })
})

describe('parameters', () => {
  it.each(["x'; drop table articles; --", "' or '1'='1", '?1 :name {{ 1 }}', 'a\nb 👩‍🚀'])('are values: %j', async (value) => {
    await query('insert into articles (id, name) values (?, ?)', [7, value], { mode: 'exec' })
    expect(await query('select name from articles where name = ?', [value])).toEqual([{ name: value }])
    expect(await count()).toEqual({ n: 4 })
  })

  it('are JSON, bytes, booleans and null', async () => {
    await query('insert into articles values (?, ?, ?, ?)', [7, null, { a: [1, true] }, { base64: '3q2+7w==' }], { mode: 'exec' })
    expect(await query('select *, ? as flag from articles where id = 7', [true], { mode: 'one' })).toEqual({
      id: 7,
      name: null,
      data: '{"a":[1,true]}',
      image: { base64: '3q2+7w==' },
      flag: 1,
    })
  })

  it.each([[[]], [[1, 2]]])('are as many as there are places, not %j', async (params) => {
    expect(await failure('select ?', params)).toMatchObject({ code: 'QUERY_ERROR', retryable: false })
  })
})

describe('D1 refuses', () => {
  it.each([
    'delete from articles; delete from articles',
    "select ';'; delete from articles",
    'select 1 /* ; */; -- ;\n delete from articles',
    'select 1;\u000cdelete from articles',
    'select [;] from (select 1 as ";"); delete from articles',
    '; ; delete from articles',
  ])('several statements, and runs none: %j', async (sql) => {
    for (const more of [{}, { mode: 'exec' }, { read_only: true }])
      expect(await failure(sql, [], more)).toMatchObject({
        code: 'QUERY_ERROR',
        message: expect.stringContaining('several'),
        retryable: false,
      })
    expect(await count()).toEqual({ n: 3 })
  })

  it.each([
    'select \';\' as a, 1 as ";"',
    'select 1 as a /* ; x */',
    'select 1 as a;',
    'select 1 as [;]',
    "select 'it''s; fine' as a",
  ])('no statement for the semicolons in it: %j', async (sql) => {
    expect(await query(sql)).toHaveLength(1)
  })

  // `$a(')` is one parameter to SQLite; the platform refuses those in all statements but the last.
  it.each(['begin', 'savepoint a', "select $a('); delete from articles; select '1'"])(
    'for good what D1 itself does not take: %s',
    async (sql) => {
      for (const more of [{}, { read_only: true }])
        expect(await failure(sql, [], more)).toMatchObject({ code: 'QUERY_ERROR', retryable: false, cause: { code: 'D1_ERROR' } })
      expect(await count()).toEqual({ n: 3 })
    },
  )

  it('what is no SQL, or breaks a constraint, in its words', async () => {
    expect(await failure('selec 1')).toMatchObject({ code: 'QUERY_ERROR', retryable: false, cause: { code: 'SQLITE_ERROR' } })
    const error = await failure('insert into articles (name) values (?)', ['lamp'])
    expect(error).toMatchObject({ code: 'QUERY_ERROR', cause: { code: 'SQLITE_CONSTRAINT' } })
    expect(await failure('select id, id from articles')).toMatchObject({ message: expect.stringContaining('called id') })
  })

  it('rows and bytes above the limits', async () => {
    const numbers = 'with recursive n(i) as (select 1 union all select i + 1 from n where i < 1001) select i from n'
    expect(await failure(numbers)).toMatchObject({ code: 'RESPONSE_TOO_LARGE' })
    expect(await query(numbers, [], { max_rows: 1001 })).toHaveLength(1001)
    expect(await failure('select id from articles', [], { mode: 'one' })).toMatchObject({ code: 'QUERY_ERROR' })
    expect(await failure("select printf('%100c', 'x') as x", [], { max_bytes: 50 })).toMatchObject({ code: 'RESPONSE_TOO_LARGE' })
  })

  it('a binding that is none, or is nothing of the kind', async () => {
    for (const bound of [null, {}, 'text', env.CACHE]) {
      const result = await queryAttempt('d1://SHOP_DB', { sql: 'select 1' }, {}, { binding: () => bound })
      expect(mustFail(result)).toMatchObject({ code: 'CONFIG_INVALID', message: expect.stringContaining('DATA_BINDINGS') })
      const other = await queryAttempt('hyperdrive://SHOP_DB', { sql: 'select 1' }, {}, { binding: () => bound })
      expect(mustFail(other)).toMatchObject({ code: 'CONFIG_INVALID', message: expect.stringContaining('Hyperdrive') })
    }
  })
})

describe('a read-only node on D1', () => {
  it('reads', async () => {
    expect(await query('select id from articles where id = ?', [1], { read_only: true })).toEqual([{ id: 1 }])
    expect(await query('with a as (select id from articles) select count(*) as n from a', [], { read_only: true })).toEqual([
      { n: 3 },
    ])
  })

  it.each([
    'delete from articles where id = ?',
    'update articles set id = id + 10 where id = ? returning id',
    "insert into articles (id, name) values (?, 'pen')",
    'with a as (select ? as id) insert into articles (id) select id + 10 from a',
    'drop table articles -- ?',
    'create table more (id int) -- ?',
    'replace into articles (id) values (?)',
  ])('does not write: %s', async (sql) => {
    const params = sql.includes('-- ?') ? [] : [1]
    expect(await failure(sql, params, { read_only: true })).toMatchObject({
      code: 'QUERY_ERROR',
      message: expect.stringContaining('read_only'),
    })
    expect(await count()).toEqual({ n: 3 })
  })
})
