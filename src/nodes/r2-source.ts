// `data-source` on an R2 bucket: get, put, delete, list by a binding; `sign` makes a URL by which others reach one object for a while.
import { z } from 'zod'
import { responseTooLarge } from '../core/attempt-error.ts'
import type { Json, JsonObject } from '../core/json.ts'
import { MAX_R2_KEY_BYTES } from '../core/limits.ts'
import type { AttemptContext, AttemptResult } from '../core/node-type.ts'
import { signConfig, signUrl } from './sign-r2-url.ts'
import {
  bindingField,
  fromStore,
  keyField,
  listFields,
  notBound,
  readFields,
  readStored,
  type Source,
  storedBytes,
  valueField,
} from './store-fields.ts'

const operationRule = "'operation' must be get, put, delete, list or sign"
const place = { binding: bindingField, key: keyField(MAX_R2_KEY_BYTES) }

const r2Config = z.discriminatedUnion(
  'operation',
  [
    z.looseObject({ operation: z.literal('get'), ...place, ...readFields }),
    z.looseObject({ operation: z.literal('put'), ...place, value: valueField }),
    z.looseObject({ operation: z.literal('delete'), ...place }),
    z.looseObject({
      operation: z.literal('list'),
      binding: bindingField,
      ...listFields,
      delimiter: z.string().min(1).optional(),
    }),
    signConfig,
  ],
  { error: operationRule },
)

type R2Config = z.output<typeof r2Config>
type Of<Operation extends R2Config['operation']> = Extract<R2Config, { operation: Operation }>

export const r2Source: Source = {
  config: r2Config,
  run: (config, context) => operate(r2Config.parse(config), context),
  syntheticOutput: synthetic,
}

async function operate(config: R2Config, context: AttemptContext): Promise<AttemptResult> {
  if (config.operation === 'sign') return { kind: 'completed', output: await signUrl(config, context) }
  const { binding: name } = config
  const bucket = bucketOf(context.binding(name)) ?? notBound(name, 'R2 bucket')
  return { kind: 'completed', output: await fromStore(name, answerOf(config, bucket, context)) }
}

/** As far as it is used. */
type Bucket = Pick<R2Bucket, 'get' | 'put' | 'delete' | 'list'>

const bucketOf = (bound: unknown): Bucket | null =>
  typeof bound === 'object' && bound !== null && 'createMultipartUpload' in bound ? (bound as unknown as Bucket) : null

function answerOf(config: Exclude<R2Config, Of<'sign'>>, bucket: Bucket, context: AttemptContext): Promise<Json> {
  switch (config.operation) {
    case 'get':
      return get(config, bucket, context)
    case 'put':
      return put(config, bucket)
    case 'delete':
      return bucket.delete(config.key).then(() => ({ key: config.key }))
    case 'list':
      return list(config, bucket)
  }
}

async function get({ key, ...fields }: Of<'get'>, bucket: Bucket, context: AttemptContext): Promise<Json> {
  const object = await bucket.get(key)
  if (object === null) return null
  const contentType = object.httpMetadata?.contentType ?? null
  if (object.size > fields.max_bytes) {
    await object.body.cancel()
    throw responseTooLarge(fields.max_bytes)
  }
  const body = await readStored({ body: object.body, contentType }, fields, context)
  return { ...described(object), content_type: contentType, body }
}

async function put({ key, value }: Of<'put'>, bucket: Bucket): Promise<Json> {
  const { data, contentType } = storedBytes(value)
  return described(await bucket.put(key, data, { httpMetadata: { contentType } }))
}

async function list({ prefix, cursor, limit, delimiter }: Of<'list'>, bucket: Bucket): Promise<Json> {
  const page = await bucket.list({
    prefix,
    limit,
    ...(cursor !== null && { cursor }),
    ...(delimiter !== undefined && { delimiter }),
  })
  return {
    objects: page.objects.map(described),
    prefixes: page.delimitedPrefixes,
    cursor: page.truncated ? page.cursor : null,
    complete: !page.truncated,
  }
}

const described = ({ key, size, etag, uploaded }: Pick<R2Object, 'key' | 'size' | 'etag' | 'uploaded'>) => ({
  key,
  size,
  etag,
  uploaded_at: uploaded.toISOString(),
})

/** A bucket that holds nothing yet. */
function synthetic({ operation, key, method }: JsonObject): Json {
  if (operation === 'list') return { objects: [], prefixes: [], cursor: null, complete: true }
  if (operation === 'sign')
    return { url: 'https://simulated.invalid/', method: method ?? 'GET', expires_at: new Date(0).toISOString() }
  return operation === 'get' ? null : { key: key ?? null, size: 0, etag: '', uploaded_at: new Date(0).toISOString() }
}
