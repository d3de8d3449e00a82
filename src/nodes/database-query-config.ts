// What a `database-query` node takes. `data-source` takes the same for its source type `database`.
import { z } from 'zod'
import { byteLength, type Json } from '../core/json.ts'
import { DEFAULT_QUERY_ROWS, MAX_QUERY_BYTES, MAX_QUERY_PARAMS, MAX_QUERY_ROWS, MAX_SQL_BYTES } from '../core/limits.ts'
import { SECRET_NAME } from '../core/secret-name.ts'

const connectionRule = `'connection' must name the secret that holds the connection URL, such as "ORDERS_DB", or be d1://BINDING or hyperdrive://BINDING`
const sqlRule = `'sql' must be the text of one statement, such as "select * from orders where id = $1"`
const templateRule = `'sql' takes no templates: put a placeholder ($1 for PostgreSQL, ? for MySQL and D1) there and the value into 'params'; in an array literal, put a space between the braces`

const isBindingUrl = (text: string): boolean => /^(?:d1|hyperdrive):\/\/\w+$/.test(text)

/** A name is no URL: a URL here would be journaled with its password. */
const connection = z.string({ error: connectionRule }).refine((text) => SECRET_NAME.test(text) || isBindingUrl(text), {
  error: `${connectionRule}; never the URL itself, and no braces around secrets`,
})

const sql = z
  .string({ error: sqlRule })
  .regex(/\S/, { error: sqlRule })
  .refine((text) => !text.includes('{{'), { error: templateRule })
  .refine((text) => !text.includes('\0'), { error: `'sql' must not hold the character 0` })
  .refine((text) => byteLength(text) <= MAX_SQL_BYTES, { error: `'sql' may have ${MAX_SQL_BYTES} bytes at most` })

export const databaseQueryConfig = z
  .looseObject({
    connection,
    sql,
    params: z
      .array(
        z.custom<Json>((value) => value !== undefined),
        { error: `'params' must be a list, in the order of the placeholders` },
      )
      .max(MAX_QUERY_PARAMS, { error: `'params' may have ${MAX_QUERY_PARAMS} elements at most` })
      .default([]),
    mode: z.enum(['rows', 'one', 'exec'], { error: `'mode' must be rows, one or exec` }).default('rows'),
    read_only: z.boolean({ error: `'read_only' must be true or false` }).default(false),
    max_rows: z.int().min(1).max(MAX_QUERY_ROWS).default(DEFAULT_QUERY_ROWS),
    max_bytes: z.int().min(1).max(MAX_QUERY_BYTES).default(MAX_QUERY_BYTES),
  })
  .refine(({ mode, read_only: readOnly }) => mode !== 'exec' || !readOnly, {
    path: ['read_only'],
    error: `mode exec is for statements that change something; 'read_only' goes with rows and one`,
  })

export type DatabaseQueryConfig = z.output<typeof databaseQueryConfig>
