// The config of `http-request`: its schema, with the rules of HTTP that can be checked before anything is sent. Messages name
// the field and the rule, never a value: those may hold secrets.
import { z } from 'zod'
import { MAX_RESPONSE_BYTES } from '../core/limits.ts'
import { jsonField } from './schema.ts'

/** Set by the HTTP client for each connection: a second opinion would break the message or smuggle another one in. */
const RESERVED_HEADERS: ReadonlySet<string> = new Set([
  'connection',
  'content-length',
  'expect',
  'host',
  'keep-alive',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
])

const scalar = z.union([z.string(), z.number(), z.boolean()], { error: 'must be text, a number or a boolean' })

function headerNameProblem(name: string): string | null {
  // RFC 9110 5.6.2, `token`.
  if (!/^[!#$%&'*+\-.^_`|~\dA-Za-z]+$/.test(name)) return 'a header name holds letters, digits and - only'
  return RESERVED_HEADERS.has(name.toLowerCase()) ? 'this header is set by the HTTP client' : null
}

/** RFC 9110 5.5: no control characters, line breaks above all; other than ASCII is opaque, and clients differ in how they send it. */
const headerValue = scalar.refine((value) => /^[\t\x20-\x7e]*$/.test(String(value)), {
  error: 'a header value holds printable ASCII, without line breaks',
})

const headers = z.record(z.string(), headerValue).superRefine((record, context) => {
  for (const name of Object.keys(record)) {
    const message = headerNameProblem(name)
    if (message !== null) context.addIssue({ code: 'custom', path: [name], message })
  }
})

const basicAuth = z.looseObject({
  type: z.literal('basic'),
  // RFC 7617 2: the first colon ends the user name.
  username: z.string().refine((name) => !name.includes(':'), { error: 'a user name must not hold a colon' }),
  password: z.string(),
})

const bearerAuth = z.looseObject({
  type: z.literal('bearer'),
  token: z.string().regex(/^[\x21-\x7e]+$/, { error: 'a token holds printable ASCII without spaces' }),
})

const apiKeyAuth = z
  .looseObject({
    type: z.literal('api_key'),
    in: z.enum(['header', 'query']).default('header'),
    name: z.string().min(1),
    value: headerValue,
  })
  .refine((key) => key.in === 'query' || headerNameProblem(key.name) === null, {
    path: ['name'],
    error: 'a key in a header needs the name of a header that may be set',
  })

const auth = z.discriminatedUnion('type', [basicAuth, bearerAuth, apiKeyAuth], {
  error: "'auth.type' must be basic, bearer or api_key; oauth2 is not supported yet",
})

const statusRule = "a status is a number from 100 to 599 or text such as '404' or '2xx'"
const status = z
  .union([z.string(), z.number()], { error: statusRule })
  .transform((given) => String(given).toLowerCase())
  .refine((text) => /^[1-5](\d\d|xx)$/.test(text), { error: statusRule })

export const httpRequestConfig = z
  .looseObject({
    method: z
      .string()
      .transform((method) => method.toUpperCase())
      .pipe(z.enum(['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'HEAD', 'OPTIONS']))
      .default('GET'),
    url: z.string({ error: "'url' must be text such as https://example.com/path" }).min(1, { error: "'url' must not be empty" }),
    headers: headers.default({}),
    /** Added to the query of `url`; a list gives its name once per element. */
    query: z.record(z.string(), z.union([scalar, z.array(scalar)])).default({}),
    /** Null: no body. */
    body: jsonField("'body' must be JSON").default(null),
    auth: auth.optional(),
    /** `xx` stands for any two digits. */
    expect_status: z
      .union([status, z.array(status).min(1)])
      .transform((given) => [given].flat())
      .default(['2xx']),
    response: z.enum(['auto', 'json', 'text', 'base64']).default('auto'),
    max_response_bytes: z.int().min(1).max(MAX_RESPONSE_BYTES).default(MAX_RESPONSE_BYTES),
  })
  // Named at `method`, which is there to be wrong even where the body is a template.
  .refine((config) => config.body === null || (config.method !== 'GET' && config.method !== 'HEAD'), {
    path: ['method'],
    error: 'GET and HEAD carry no body: use another method, or `query`',
  })

export type HttpRequestConfig = z.output<typeof httpRequestConfig>
