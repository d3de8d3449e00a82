// `data-source` on a KV namespace: get, put, delete, list. What a value is, KV does not know: it is kept beside it.
import { z } from 'zod'
import type { Json, JsonObject } from '../core/json.ts'
import { MAX_KV_KEY_BYTES, MIN_CACHE_TTL_SECONDS } from '../core/limits.ts'
import type { AttemptContext, AttemptResult } from '../core/node-type.ts'
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

const operationRule = "'operation' must be get, put, delete or list"
const ttlRule = `'ttl_seconds' must be a whole number from ${MIN_CACHE_TTL_SECONDS}`
const place = { binding: bindingField, key: keyField(MAX_KV_KEY_BYTES) }

const kvConfig = z.discriminatedUnion(
  'operation',
  [
    z.looseObject({ operation: z.literal('get'), ...place, ...readFields }),
    z.looseObject({
      operation: z.literal('put'),
      ...place,
      value: valueField,
      /** Absent: it is kept for good. */
      ttl_seconds: z.int({ error: ttlRule }).min(MIN_CACHE_TTL_SECONDS, { error: ttlRule }).optional(),
    }),
    z.looseObject({ operation: z.literal('delete'), ...place }),
    z.looseObject({ operation: z.literal('list'), binding: bindingField, ...listFields }),
  ],
  { error: operationRule },
)

type KvConfig = z.output<typeof kvConfig>
type Of<Operation extends KvConfig['operation']> = Extract<KvConfig, { operation: Operation }>

export const kvSource: Source = {
  config: kvConfig,
  run: (config, context) => operate(kvConfig.parse(config), context),
  syntheticOutput: synthetic,
}

async function operate(config: KvConfig, context: AttemptContext): Promise<AttemptResult> {
  const { binding: name } = config
  const namespace = namespaceOf(context.binding(name)) ?? notBound(name, 'KV namespace')
  return { kind: 'completed', output: await fromStore(name, answerOf(config, namespace, context)) }
}

/** As far as it is used. */
type Namespace = Pick<KVNamespace<string>, 'getWithMetadata' | 'put' | 'delete' | 'list'>

const namespaceOf = (bound: unknown): Namespace | null =>
  typeof bound === 'object' && bound !== null && 'getWithMetadata' in bound ? (bound as Namespace) : null

function answerOf(config: KvConfig, namespace: Namespace, context: AttemptContext): Promise<Json> {
  switch (config.operation) {
    case 'get':
      return get(config, namespace, context)
    case 'put':
      return put(config, namespace)
    case 'delete':
      return namespace.delete(config.key).then(() => ({ key: config.key }))
    case 'list':
      return list(config, namespace)
  }
}

/** Beside values that a `put` of this node has written. */
const keptMetadata = z.object({ content_type: z.string() })

async function get({ key, ...fields }: Of<'get'>, namespace: Namespace, context: AttemptContext): Promise<Json> {
  const { value: body, metadata } = await namespace.getWithMetadata(key, 'stream')
  if (body === null) return null
  const contentType = keptMetadata.safeParse(metadata).data?.content_type ?? 'text/plain'
  return readStored({ body, contentType }, fields, context)
}

async function put({ key, value, ttl_seconds: expirationTtl }: Of<'put'>, namespace: Namespace): Promise<Json> {
  const { data, contentType } = storedBytes(value)
  const metadata = { content_type: contentType }
  await namespace.put(key, data, { metadata, ...(expirationTtl !== undefined && { expirationTtl }) })
  return { key }
}

async function list({ prefix, cursor, limit }: Of<'list'>, namespace: Namespace): Promise<Json> {
  const page = await namespace.list({ prefix, limit, cursor })
  return {
    keys: page.keys.map(({ name, expiration }) => ({
      name,
      expires_at: expiration === undefined ? null : new Date(expiration * 1000).toISOString(),
    })),
    cursor: page.list_complete ? null : page.cursor,
    complete: page.list_complete,
  }
}

/** A namespace that holds nothing yet. */
function synthetic({ operation, key }: JsonObject): Json {
  if (operation === 'list') return { keys: [], cursor: null, complete: true }
  return operation === 'get' ? null : { key: key ?? null }
}
