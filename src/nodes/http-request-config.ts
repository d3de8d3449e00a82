// The config of `http-request`, and what `webhook` has of it. Messages name the field and the rule, never a value: those may hold
// secrets.
import { z } from 'zod'
import { MAX_RESPONSE_BYTES } from '../core/limits.ts'
import { auth } from './http-auth.ts'
import { bodyProblem } from './http-body.ts'
import { headersField } from './http-headers.ts'
import { pagination } from './http-pagination-config.ts'
import { jsonField, scalar } from './schema.ts'

const statusRule = "a status is a number from 100 to 599 or text such as '404' or '2xx'"
const status = z
  .union([z.string(), z.number()], { error: statusRule })
  .transform((given) => String(given).toLowerCase())
  .refine((text) => /^[1-5](\d\d|xx)$/.test(text), { error: statusRule })

const body = jsonField("'body' must be JSON").superRefine((given, context) => {
  const problem = bodyProblem(given)
  if (problem !== null) context.addIssue({ code: 'custom', path: [problem.field], message: problem.rule })
})

/** Fields of every node that makes one HTTP call. */
export const callFields = {
  url: z.string({ error: "'url' must be text such as https://example.com/path" }).min(1, { error: "'url' must not be empty" }),
  headers: headersField.default({}),
  /** Added to the query of `url`; a list gives its name once per element. */
  query: z.record(z.string(), z.union([scalar, z.array(scalar)])).default({}),
  /** Null: no body. */
  body: body.default(null),
  auth: auth.optional(),
  /** `xx` stands for any two digits. */
  expect_status: z
    .union([status, z.array(status).min(1)])
    .transform((given) => [given].flat())
    .default(['2xx']),
  response: z.enum(['auto', 'json', 'text', 'base64']).default('auto'),
  /** Of all pages together. */
  max_response_bytes: z.int().min(1).max(MAX_RESPONSE_BYTES).default(MAX_RESPONSE_BYTES),
}

export const httpRequestConfig = z
  .looseObject({
    method: z
      .string()
      .transform((method) => method.toUpperCase())
      .pipe(z.enum(['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'HEAD', 'OPTIONS']))
      .default('GET'),
    ...callFields,
    pagination: pagination.optional(),
  })
  // Named at `method`, which is there to be wrong even where the body is a template.
  .refine((config) => config.body === null || (config.method !== 'GET' && config.method !== 'HEAD'), {
    path: ['method'],
    error: 'GET and HEAD carry no body: use another method, or `query`',
  })

/** One call, whichever node makes it. */
export type HttpCall = { readonly method: string } & z.output<z.ZodObject<typeof callFields>>
