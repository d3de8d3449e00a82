// `for-each`: runs its body, or a stored workflow, once per item of a list, so many at once; gives the results in the order of the
// items. The engine runs the iterations.
import { z } from 'zod'
import type { BodyDefinition } from '../core/definition.ts'
import type { JsonObject } from '../core/json.ts'
import { DEFAULT_CONCURRENCY, ITEMS_PER_SHARD, MAX_CONCURRENCY, MAX_INLINE_ITEMS, MAX_ITEMS } from '../core/limits.ts'
import { describeJson } from './describe-json.ts'
import { inlineNode } from './inline-node.ts'
import { isJsonArray } from './json-array.ts'
import { bodyField, inlineBody } from './loop-body.ts'
import { inputInvalid } from './node-failed.ts'
import { expressionField } from './schema.ts'
import { SHARD_TYPE } from './shard.ts'

const oneRule = "for-each node requires exactly one of 'body' and 'workflow_id'"
const concurrencyRule = `'concurrency' must be a whole number from 1 to ${MAX_CONCURRENCY}`

export const forEach = inlineNode({
  type: 'for-each',
  aliases: ['map'],
  summary: 'Runs its body, or a workflow, once per item; `item` and `index` are in scope. Gives the list of results.',
  config: z
    .looseObject({
      items: expressionField(`for-each node requires 'items': an expression that gives a list, such as "input.orders"`),
      body: bodyField.optional(),
      workflow_id: z.string({ error: `'workflow_id' must be the id of a stored workflow` }).optional(),
      version: z.int().min(1).optional(),
      inputs: z.looseObject({}, { error: `'inputs' must be an object` }).optional(),
      concurrency: z
        .int({ error: concurrencyRule })
        .min(1, { error: concurrencyRule })
        .max(MAX_CONCURRENCY, { error: concurrencyRule })
        .default(DEFAULT_CONCURRENCY),
      on_item_error: z.enum(['fail', 'continue', 'drop']).default('fail'),
      collect: z.boolean({ error: `'collect' must be true (the list of results) or false (counts)` }).default(true),
    })
    .refine((config) => (config.body === undefined) !== (config.workflow_id === undefined), {
      path: ['body'],
      error: oneRule,
      // Told together with what else is wrong.
      when: ({ value }) => typeof value === 'object' && value !== null,
    }),
  expressions: ['items'],
  deferred: ['body', 'inputs', 'workflow_id'],
  body: (config) => inlineBody(config) ?? workflowBody(config),
  shardType: SHARD_TYPE,
  example: {
    items: 'inputs.orders',
    concurrency: 5,
    body: {
      nodes: [{ id: 'fetch', type: 'http-request', config: { url: 'https://api.example.com/orders/{{ item.id }}' } }],
      edges: [],
    },
  },
  run({ items: source, concurrency, on_item_error: onItemError, collect }, context) {
    const { slice } = context
    const items = slice?.items ?? context.evaluate(source)
    if (!isJsonArray(items)) throw inputInvalid(`'items' must give a list, and gave ${describeJson(items)}`)
    if (items.length > MAX_ITEMS) throw inputInvalid(`'items' gave ${items.length} items; a for-each takes at most ${MAX_ITEMS}`)
    const plan = { kind: 'each', items, concurrency, onItemError, ...(collect ? {} : { collect }) } as const
    if (slice !== null) return { kind: 'iterating', plan: { ...plan, offset: slice.offset } }
    if (items.length <= MAX_INLINE_ITEMS) return { kind: 'iterating', plan }
    const waiting = findWaiting(inlineBody(context.node.config))
    if (waiting !== null) throw inputInvalid(inVain(items.length, waiting))
    // `concurrency` holds over all shards, each of which has at least one iteration under way.
    return { kind: 'iterating', plan: { ...plan, shardSize: ITEMS_PER_SHARD } }
  },
})

/** The workflow as a body of one node: everything that holds of a body holds of it. */
function workflowBody({ workflow_id, version, inputs }: JsonObject): BodyDefinition | null {
  if (workflow_id === undefined) return null
  const given = inputs === undefined ? { inputs: '{{ input }}', item_index: '{{ index }}' } : { inputs }
  const config = { workflow_id, ...(version !== undefined && { version }), ...given }
  return { nodes: [{ id: 'run', type: 'workflow', config }], edges: [] }
}

/** A node of the body, at any depth, that waits for the outside; null where there is none. */
function findWaiting(body: BodyDefinition | null): string | null {
  for (const { id, type, config } of body?.nodes ?? []) {
    if (type === 'wait-for-event' || type === 'approval') return id
    const inner = findWaiting(inlineBody(config))
    if (inner !== null) return `${id}.${inner}`
  }
  return null
}

const inVain = (items: number, node: string): string =>
  `'items' gave ${items} items; above ${MAX_INLINE_ITEMS}, where child executions take shards of them, \`${node}\` would wait for an event that only reaches this execution: put the body into a workflow of its own ('workflow_id')`
