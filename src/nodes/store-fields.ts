// What the stores of `data-source`, KV and R2, have in common: fields of their configs, values as bytes, and what their refusals mean.
import { z } from 'zod'
import { AttemptError } from '../core/attempt-error.ts'
import { byteLength, type Json } from '../core/json.ts'
import { MAX_LISTED_KEYS, MAX_RESPONSE_BYTES } from '../core/limits.ts'
import { nodeError } from '../core/node-error.ts'
import type { AttemptContext, HandedOffNodeType } from '../core/node-type.ts'
import { bodyProblem, encodeBody } from './http-body.ts'
import { readCounted } from './response-body.ts'
import { jsonField } from './schema.ts'

const bindingRule = "'binding' must name a binding that the deployment has opened to the community, such as PRICES"

export const bindingField = z.string({ error: bindingRule }).regex(/^\w+$/, { error: bindingRule })

/** Numbers may be keys, too. @param maxBytes what the store takes */
export function keyField(maxBytes: number) {
  const rule = `'key' must be text of 1 to ${maxBytes} bytes, other than . and ..`
  return z
    .union([z.string(), z.number()], { error: rule })
    .transform((given) => String(given))
    .refine((key) => key !== '' && key !== '.' && key !== '..' && key.isWellFormed() && byteLength(key) <= maxBytes, {
      error: rule,
    })
}

/** How a value is read, and how much of it. */
const readFieldsSchema = z.object({
  response: z.enum(['auto', 'json', 'text', 'base64']).default('auto'),
  max_bytes: z.int().min(1).max(MAX_RESPONSE_BYTES).default(MAX_RESPONSE_BYTES),
})
export const readFields = readFieldsSchema.shape
type ReadFields = z.output<typeof readFieldsSchema>

/** What is written: text, JSON, or bytes as `{ base64, content_type }`. */
export const valueField = jsonField("'value' must be what is to be written: text, JSON or { base64, content_type }").superRefine(
  (value, context) => {
    const problem = bodyProblem(value)
    if (problem !== null) context.addIssue({ code: 'custom', path: [problem.field], message: problem.rule })
  },
)

export const listFields = {
  prefix: z.string().default(''),
  cursor: z.string().nullable().default(null),
  limit: z.int().min(1).max(MAX_LISTED_KEYS).default(MAX_LISTED_KEYS),
}

/** What a source type of `data-source` is made of. */
export type Source = Pick<HandedOffNodeType, 'config' | 'run' | 'syntheticOutput'>

interface StoredBytes {
  readonly data: string | Uint8Array<ArrayBuffer>
  readonly contentType: string
}

/** The bytes of a value, and what they are. JSON null is written as JSON, too. */
export function storedBytes(value: Json): StoredBytes {
  const { data, contentType } = encodeBody(value, null)
  return { data: data ?? 'null', contentType: contentType ?? 'application/json; charset=utf-8' }
}

interface Found {
  readonly body: ReadableStream<Uint8Array>
  /** Null: nobody said. */
  readonly contentType: string | null
}

/** A value as data. @throws AttemptError */
export async function readStored(
  { body, contentType }: Found,
  { response: mode, max_bytes: maxBytes }: ReadFields,
  context: AttemptContext,
): Promise<Json> {
  const response = new Response(body, contentType === null ? {} : { headers: { 'content-type': contentType } })
  const { body: data, bytes } = await readCounted(response, { mode, maxBytes, signal: context.signal })
  context.note({ bytes_in: bytes })
  // It is there: null would say that it is not.
  return bytes === 0 ? '' : data
}

/** @throws AttemptError */
export function notBound(name: string, what: string): never {
  const hint = 'It must be in wrangler.toml and opened to the community with DATA_BINDINGS.'
  throw new AttemptError(nodeError('CONFIG_INVALID', `The deployment has no ${what} called ${name} for this community. ${hint}`))
}

/** What the platform throws is about the moment: keys and values have been checked before. */
export async function fromStore<T>(name: string, answer: Promise<T>): Promise<T> {
  try {
    return await answer
  } catch (thrown) {
    if (thrown instanceof AttemptError) throw thrown
    const reason = thrown instanceof Error ? thrown.message.slice(0, 200) : 'unknown'
    const error = nodeError('NETWORK_ERROR', `The binding ${name} did not answer.`, { retryable: true, cause: { reason } })
    throw new AttemptError(error, { cause: thrown })
  }
}
