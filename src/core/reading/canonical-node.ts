// A node as callers write it, made canonical: `data` as `config`, aliases resolved, a missing type inferred.
import { isJsonObject, type Json } from '../json.ts'
import type { NodeTypes } from '../node-type.ts'
import { renamed, withoutNulls, withTextIds } from './members.ts'

/** `pin` is not among them: null is an output that a dry run may use. */
const OPTIONAL_MEMBERS = [
  'id',
  'type',
  'config',
  'data',
  'retry',
  'timeout_seconds',
  'on_error',
  'join',
  'cancel_rest',
  'at_most_once',
  'disabled',
  'label',
  'breaker',
]

const RETRY_MEMBERS = [
  'strategy',
  'max_attempts',
  'initial_delay_ms',
  'max_delay_ms',
  'multiplier',
  'jitter',
  'retry_on',
  'give_up_on',
  'max_elapsed_seconds',
]

/** What is no object stays as it is; the shape check reports it. */
export function canonicalNode(raw: Json, nodeTypes: NodeTypes): Json {
  if (!isJsonObject(raw)) return raw
  const node = renamed(withTextIds(withoutNulls(raw, OPTIONAL_MEMBERS), ['id']), 'data', 'config')
  const config = node.config ?? {}
  const type = canonicalType(node.type ?? inferType(config), nodeTypes)
  return {
    ...node,
    config,
    ...(type === undefined ? {} : { type }),
    ...(node.retry === undefined ? {} : { retry: canonicalRetry(node.retry) }),
    ...(node.join === undefined ? {} : { join: canonicalJoin(node.join) }),
  }
}

export const canonicalRetry = (retry: Json): Json => (isJsonObject(retry) ? withoutNulls(retry, RETRY_MEMBERS) : retry)

const canonicalType = (type: Json | undefined, nodeTypes: NodeTypes): Json | undefined =>
  typeof type === 'string' ? (nodeTypes.get(type)?.type ?? type) : type

function inferType(config: Json): string | undefined {
  if (!isJsonObject(config)) return undefined
  if (config.value !== undefined) return 'value'
  return config.op === undefined ? undefined : 'operation'
}

const canonicalJoin = (join: Json): Json => (join === 'any' ? { count: 1 } : join)
