import { describe, expect, it } from 'vitest'
import type { JsonObject } from '../../src/core/json.ts'
import { MAX_QUERY_BYTES, MAX_QUERY_PARAMS, MAX_QUERY_ROWS, MAX_SQL_BYTES } from '../../src/core/limits.ts'
import { readDraft } from '../../src/core/read-definition.ts'
import { validateDefinition } from '../../src/core/validate-definition.ts'
import { databaseQuery } from '../../src/nodes/database-query.ts'
import { nodeTypes } from '../../src/nodes/registry.ts'
import { mustFail } from '../support/http-attempt.ts'
import { queryAttempt } from '../support/query-attempt.ts'
import { graph } from '../support/run.ts'

const fits = { connection: 'SHOP_DB', sql: 'select 1' }
const parse = (config: JsonObject) => databaseQuery.config.safeParse({ ...fits, ...config })
const issues = (config: JsonObject) => {
  const node = { id: 'ask', type: 'database-query', config: { ...fits, ...config } }
  const { draft, issues: misfits } = readDraft(graph([node], []), nodeTypes)
  return [...misfits, ...(draft === null ? [] : validateDefinition(draft, nodeTypes))]
    .filter(({ severity }) => severity === 'error')
    .map(({ code, path, message }) => `${code} ${path.replace('nodes[0].config.', '')}: ${message}`)
}

describe('validation refuses', () => {
  it.each<[JsonObject, string]>([
    [{ sql: "select * from orders where id = '{{ inputs.id }}'" }, 'BAD_CONFIG sql: '],
    [{ sql: '{{ inputs.sql }}' }, 'takes no templates'],
    [{ sql: 'select {{ secrets.column }}' }, 'takes no templates'],
    [{ sql: "select '{{1,2},{3,4}}'::int[]" }, 'put a space between the braces'],
    [{ sql: 'select \\{{ 1 }}' }, 'takes no templates'],
    [{ sql: ' \n' }, 'must be the text of one statement'],
    [{ sql: 'select 1\0' }, 'character 0'],
    [{ connection: 'postgres://ada:hunter22@db.example.com/shop' }, 'never the URL itself'],
    [{ connection: 'd1://' }, 'must name the secret'],
    [{ connection: 'not a name' }, 'must name the secret'],
    [{ mode: 'all' }, "'mode' must be rows, one or exec"],
    [{ mode: 'exec', read_only: true }, 'BAD_CONFIG read_only'],
    [{ params: { id: 1 } }, "'params' must be a list"],
    [{ max_rows: 0 }, 'BAD_CONFIG max_rows'],
  ])('%j', (config, expected) => {
    const found = issues(config)
    expect(found.join('\n')).toContain(expected)
    expect(found.join('\n')).not.toContain('hunter22')
  })

  it('nothing else', () => {
    for (const config of [
      {},
      { connection: 'd1://SHOP' },
      { connection: 'hyperdrive://SHOP' },
      { connection: '{{ inputs.database }}' },
    ])
      expect(issues(config)).toEqual([])
    expect(
      issues({ sql: "select '{ {1,2},{3,4} }'::int[]", params: ['{{ inputs.a }}', '{{ secrets.b }}', [null, { c: true }]] }),
    ).toEqual([])
    expect(issues({ params: '{{ inputs.list }}', mode: 'one', read_only: true, max_rows: 5, max_bytes: 100 })).toEqual([])
  })
})

describe('a rendered connection', () => {
  it.each(['postgres://ada:hunter22@db.example.com/shop', 'shop db', ''])(
    'that is no name is refused: %s',
    async (connection) => {
      const error = mustFail(await queryAttempt('postgres://unused', { connection, sql: 'select 1' }))
      expect(error).toMatchObject({ code: 'CONFIG_INVALID', message: expect.stringContaining('config.connection') })
      expect(error.message).not.toContain('hunter22')
    },
  )

  it('that names no secret says which', async () => {
    const error = mustFail(await queryAttempt('postgres://unused', { connection: 'OTHER_DB', sql: 'select 1' }))
    expect(error).toMatchObject({ code: 'SECRET_MISSING', message: expect.stringContaining('OTHER_DB'), retryable: false })
  })
})

describe('limits', () => {
  it.each<[string, JsonObject, JsonObject]>([
    ['MAX_SQL_BYTES', { sql: 'x'.repeat(MAX_SQL_BYTES) }, { sql: 'x'.repeat(MAX_SQL_BYTES + 1) }],
    ['MAX_QUERY_PARAMS', { params: Array(MAX_QUERY_PARAMS).fill(1) }, { params: Array(MAX_QUERY_PARAMS + 1).fill(1) }],
    ['MAX_QUERY_ROWS', { max_rows: MAX_QUERY_ROWS }, { max_rows: MAX_QUERY_ROWS + 1 }],
    ['MAX_QUERY_BYTES', { max_bytes: MAX_QUERY_BYTES }, { max_bytes: MAX_QUERY_BYTES + 1 }],
  ])('%s: as much as it says, and no more', (_, most, more) => {
    expect(parse(most).success).toBe(true)
    expect(parse(more).success).toBe(false)
  })
})
