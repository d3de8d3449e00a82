// `database-query` against real servers: PostgreSQL, and MySQL where it is installed. (D1 is in d1-query.test.ts, inside workerd.)
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { Json, JsonObject } from '../../src/core/json.ts'
import { MAX_QUERY_WIRE_BYTES } from '../../src/core/limits.ts'
import type { NodeError } from '../../src/core/node-error.ts'
import type { AttemptTask } from '../../src/runner/task.ts'
import { mustFail } from '../support/http-attempt.ts'
import { hasMysql, MYSQL_PASSWORD, startMysql } from '../support/mysql-server.ts'
import { hasRealPostgres, startPostgres, type TestDatabase } from '../support/postgres-server.ts'
import { queryAttempt } from '../support/query-attempt.ts'

const DATABASES = [
  {
    name: 'PostgreSQL',
    start: startPostgres,
    isThere: true,
    keepsTime: hasRealPostgres,
    asksPassword: hasRealPostgres,
    place: (n: number) => `$${n}`,
    text: 'text',
    blob: 'bytea',
    json: 'jsonb',
  },
  {
    name: 'MySQL',
    start: startMysql,
    isThere: hasMysql,
    keepsTime: true,
    asksPassword: true,
    place: () => '?',
    text: 'varchar(200)',
    blob: 'blob',
    json: 'json',
  },
] as const

describe.each(DATABASES)('$name', ({ name, start, isThere, keepsTime, asksPassword, place, text, blob, json }) => {
  let database: TestDatabase
  const isPostgres = name === 'PostgreSQL'
  const sleep = isPostgres ? 'select pg_sleep(30)' : 'select sleep(30)'

  beforeAll(async () => {
    if (isThere) database = await start()
  }, 60_000)
  afterAll(() => database?.close())
  beforeEach(async () => {
    if (!isThere) return
    await exec('drop table if exists articles')
    await exec(`create table articles (id int primary key, name ${text} unique, data ${json}, image ${blob})`)
    await exec(`insert into articles (id, name) values (1, 'book'), (2, 'lamp'), (3, 'desk')`)
  })

  const attempt = (sql: string, params: Json[] = [], more: JsonObject = {}, over: Partial<AttemptTask> = {}) =>
    queryAttempt(database.url, { sql, params, ...more }, over)
  async function query(sql: string, params: Json[] = [], more: JsonObject = {}): Promise<Json> {
    const result = await attempt(sql, params, more)
    if (result.kind !== 'completed') throw new Error(JSON.stringify(result))
    return result.output
  }
  const exec = (sql: string, params: Json[] = []) => query(sql, params, { mode: 'exec' })
  const failure = async (
    sql: string,
    params: Json[] = [],
    more: JsonObject = {},
    over: Partial<AttemptTask> = {},
  ): Promise<NodeError> => mustFail(await attempt(sql, params, more, over))
  const count = async () => await query('select count(*) as n from articles', [], { mode: 'one' })

  describe.skipIf(!isThere)('gives', () => {
    it('rows, one row or null, or the number of rows changed', async () => {
      expect(await query('select id, name from articles where id < 3 order by id')).toEqual([
        { id: 1, name: 'book' },
        { id: 2, name: 'lamp' },
      ])
      expect(await query('select id from articles where id = 9')).toEqual([])
      expect(await query('select name from articles where id = 2', [], { mode: 'one' })).toEqual({ name: 'lamp' })
      expect(await query('select name from articles where id = 9', [], { mode: 'one' })).toBeNull()
      expect(await exec('update articles set data = null where id > 1')).toEqual({ rows_affected: 2 })
    })

    it('the row that a statement has written', async () => {
      expect(await query("insert into articles (id, name) values (4, 'pen') returning id")).toEqual([{ id: 4 }])
      expect(await count()).toEqual({ n: 4 })
    })

    it('tells how many rows and bytes there were', async () => {
      expect(await attempt('select id from articles')).toMatchObject({ metadata: { rows: 3, bytes: expect.any(Number) } })
    })

    it('values without a loss', async () => {
      const [row] = (await query(
        isPostgres
          ? `select 9007199254740991::int8 as largest, 9007199254740992::int8 as larger, 1.10::numeric as price, 0.1::float8 as ratio,
             'NaN'::float8 as nan, true as flag, null as nothing, date '2026-03-04' as day, '\\xdeadbeef'::bytea as bytes,
             timestamptz '2026-03-04 05:06:07.089+00' as moment, '{"a":[1,null]}'::jsonb as data, '{1,NULL}'::int[] as list`
          : `select 9007199254740991 as largest, 9007199254740992 as larger, 1.10 as price, 1e-1 as ratio, null as nothing, true as flag,
             date '2026-03-04' as day, x'deadbeef' as bytes, timestamp '2026-03-04 05:06:07.089' as moment`,
      )) as JsonObject[]
      expect(row).toEqual({
        largest: 9_007_199_254_740_991,
        larger: '9007199254740992',
        price: '1.10',
        ratio: 0.1,
        nothing: null,
        flag: isPostgres ? true : 1,
        day: '2026-03-04',
        bytes: { base64: '3q2+7w==' },
        moment: isPostgres
          ? expect.stringMatching(/^2026-03-0\dT\d\d:\d\d:07\.089(Z|[+-]\d\d:\d\d)$/)
          : '2026-03-04 05:06:07.089',
        ...(isPostgres && { nan: 'NaN', data: { a: [1, null] }, list: [1, null] }),
      })
    })
  })

  describe.skipIf(!isThere)('parameters', () => {
    it.each([
      "x'; drop table articles; --",
      "\\'; drop table articles; #",
      '" or 1=1',
      "' or '1'='1",
      '$1 ? :name {{ 1 }}',
      "\u00bf\u5c27' or 1=1 -- ",
      'a\nb\u2028c 👩‍🚀',
    ])('are values, whatever stands in them: %j', async (value) => {
      expect(await exec(`insert into articles (id, name) values (${place(1)}, ${place(2)})`, [7, value])).toEqual({
        rows_affected: 1,
      })
      expect(await query(`select id, name from articles where name = ${place(1)}`, [value])).toEqual([{ id: 7, name: value }])
      expect(await count()).toEqual({ n: 4 })
    })

    it('are JSON, bytes and null', async () => {
      const values = [7, null, { a: [1, 'b', null], c: { d: true } }, { base64: '3q2+7w==' }]
      await exec(`insert into articles values (${values.map((_, index) => place(index + 1)).join(', ')})`, values)
      expect(await query('select * from articles where id = 7', [], { mode: 'one' })).toEqual({
        id: 7,
        name: null,
        data: { a: [1, 'b', null], c: { d: true } },
        image: { base64: '3q2+7w==' },
      })
    })

    it('are as many as there are places', async () => {
      for (const params of [[], [1, 2]]) {
        const error = await failure(`select id from articles where id = ${place(1)}`, params)
        expect(error).toMatchObject({
          code: 'CONFIG_INVALID',
          message: expect.stringContaining('1 parameters'),
          retryable: false,
        })
      }
    })
  })

  describe.skipIf(!isThere)('refuses', () => {
    it('several statements, and runs none of them', async () => {
      expect(await failure('delete from articles; delete from articles')).toMatchObject({ code: 'QUERY_ERROR', retryable: false })
      expect(await count()).toEqual({ n: 3 })
    })

    it('what is no SQL, with the words and the code of the database', async () => {
      const error = await failure('selec 1')
      expect(error).toMatchObject({ code: 'QUERY_ERROR', message: expect.stringContaining('syntax'), retryable: false })
      expect(error.cause).toMatchObject(
        isPostgres ? { code: '42601', position: 1 } : { code: 'ER_PARSE_ERROR', sqlstate: '42000' },
      )
    })

    it('what breaks a constraint, without the value', async () => {
      await exec(`insert into articles (id, name) values (8, ${place(1)})`, ['ada@example.com'])
      const error = await failure(`insert into articles (id, name) values (9, ${place(1)})`, ['ada@example.com'])
      expect(error).toMatchObject({ code: 'QUERY_ERROR', retryable: false })
      expect(JSON.stringify(error)).not.toContain('ada@')
      const short = await failure(`insert into articles (id, name) values (9, ${place(1)})`, ['lamp'])
      expect(JSON.stringify(short)).not.toContain('lamp')
    })

    it('two columns of one name, which would be one', async () => {
      expect(await failure('select id, id from articles')).toMatchObject({ message: expect.stringContaining('called id') })
    })

    it('a database that is not there', async () => {
      if (!asksPassword) return
      const url = database.url.replace(/\/\w+\?/, '/nowhere?')
      expect(mustFail(await queryAttempt(url, { sql: 'select 1' }))).toMatchObject({ code: 'QUERY_ERROR', retryable: false })
    })

    it.skipIf(!asksPassword)('a wrong password, for good, and shows it nowhere', async () => {
      const url = new URL(database.url)
      url.password = 'no%20such%20password'
      const error = mustFail(await queryAttempt(url.href, { sql: 'select 1' }))
      expect(error).toMatchObject({ code: 'QUERY_ERROR', retryable: false })
      expect(JSON.stringify(error)).not.toMatch(/no( |%20)such/)
    })
  })

  describe.skipIf(!isThere)('a read-only node', () => {
    const readOnly = { read_only: true }

    it('reads', async () => {
      expect(await query('select id from articles where id = 1', [], readOnly)).toEqual([{ id: 1 }])
    })

    it.each([
      "insert into articles (id, name) values (4, 'pen')",
      'delete from articles',
      'update articles set id = id + 10',
      'drop table articles',
      'create table more (id int)',
      ...(isPostgres
        ? [
            "do $$ begin perform set_config('transaction_read_only', 'off', true); delete from articles; end $$",
            'set transaction read write',
          ]
        : ['truncate table articles', 'alter table articles add column more int']),
    ])('does not write: %s', async (sql) => {
      expect(await failure(sql, [], readOnly)).toMatchObject({ code: 'QUERY_ERROR', retryable: false })
      expect(await count()).toEqual({ n: 3 })
    })
  })

  describe.skipIf(!isThere)('limits', () => {
    const numbers = (n: number) => (isPostgres ? `generate_series(1, ${n}) as g(seq)` : `seq_1_to_${n}`)

    it('as many rows as max_rows, and not one more', async () => {
      expect(await query(`select seq from ${numbers(250)}`, [], { max_rows: 250 })).toHaveLength(250)
      const error = await failure(`select seq from ${numbers(251)}`, [], { max_rows: 250 })
      expect(error).toMatchObject({ code: 'RESPONSE_TOO_LARGE', message: expect.stringContaining('250'), retryable: false })
      expect(await failure(`select seq from ${numbers(1001)}`)).toMatchObject({ message: expect.stringContaining('1000') })
    })

    it('one row in mode one', async () => {
      expect(await failure('select id from articles', [], { mode: 'one' })).toMatchObject({
        message: expect.stringContaining('mode one'),
      })
    })

    it('as many bytes as max_bytes', async () => {
      const sql = `select repeat('x', 100) as x from ${numbers(10)}`
      expect(await query(sql, [], { max_bytes: 1_100 })).toHaveLength(10)
      expect(await failure(sql, [], { max_bytes: 1_000 })).toMatchObject({ code: 'RESPONSE_TOO_LARGE', retryable: false })
    })

    it('what is sent for it, rows that nobody wants included', async () => {
      const error = await failure(`select repeat('x', 1000) as x from ${numbers(100_000)}`, [], { mode: 'exec' })
      expect(error).toMatchObject({ code: 'RESPONSE_TOO_LARGE', message: expect.stringContaining(String(MAX_QUERY_WIRE_BYTES)) })
    })

    it('by which a node fails, and then it has written nothing', async () => {
      const values = "(11, 'a'), (12, 'b'), (13, 'c')"
      expect(await failure(`insert into articles (id, name) values ${values} returning id`, [], { max_rows: 2 })).toMatchObject({
        code: 'RESPONSE_TOO_LARGE',
      })
      expect(await count()).toEqual({ n: 3 })
    })
  })

  describe.skipIf(!isThere || !keepsTime)('a slow statement', () => {
    it('ends with the attempt, on the server too', async () => {
      expect(await failure(sleep, [], {}, { timeoutMs: 200 })).toMatchObject({ code: 'NODE_TIMEOUT', retryable: true })
      const running = isPostgres
        ? "select count(*) as n from pg_stat_activity where query like '%pg_sleep(30)' and state = 'active'"
        : "select count(*) as n from information_schema.processlist where info like '%sleep(30)'"
      await expect.poll(() => query(running, [], { mode: 'one' }), { timeout: 5_000 }).toEqual({ n: 0 })
    })
  })

  it.skipIf(!isThere || isPostgres)('greets with TLS, or does not talk at all', async () => {
    const error = mustFail(await queryAttempt(database.url.replace('ssl=false', 'ssl=true'), { sql: 'select 1' }))
    expect(error).toMatchObject({ code: 'NETWORK_ERROR' })
    expect(JSON.stringify(error)).not.toContain(MYSQL_PASSWORD)
  })
})
