// What a shard's child execution is started with: its items, the loop's body as a workflow of its own, and of what surrounds the
// loop as much as the body names. Pure.
import type { WorkflowDefinition } from '../core/definition.ts'
import type { Enclosing } from '../core/event.ts'
import { linksForShard } from '../core/execution-links.ts'
import { findRun, mustInstance, mustIteration, type NodeInstance } from '../core/instance.ts'
import { isJsonObject, type Json, type JsonObject } from '../core/json.ts'
import { MAX_SHARDS_AT_ONCE } from '../core/limits.ts'
import { payloadsIn } from '../core/payload.ts'
import { buildScope, executionFacts } from '../core/scope.ts'
import { namedMembers } from '../core/seen-scope.ts'
import type { ExecutionState, Loop } from '../core/state.ts'
import type { ShardOrder } from '../runner/task.ts'

type EachLoop = Extract<Loop, { readonly kind: 'each' }>

/** @param iteration path of the shard, `each[2]` */
export function shardOrder(state: ExecutionState, iteration: string): ShardOrder {
  const { owner: ownerPath, index } = mustIteration(state, iteration)
  const owner = mustInstance(state, ownerPath)
  const loop = loopOf(state, owner)
  const { shardSize = loop.items.length } = loop
  const first = index * shardSize
  const slice = { items: loop.items.slice(first, first + shardSize), offset: first }
  const text = JSON.stringify(owner.node.definition.config.body ?? {})
  return {
    definition: shardDefinition(state, owner, loop),
    inputs: namedMembers(state.inputs, text, 'inputs'),
    enclosing: {
      slice,
      owner: { facts: executionFacts(state), ...linksForShard(state, owner.iteration, text) },
      ...surroundings(state, owner.iteration, text),
    },
  }
}

function loopOf(state: ExecutionState, { iteration, node, path }: NodeInstance): EachLoop {
  const owner = findRun(state, iteration)?.nodes.get(node.id)
  const loop = owner !== undefined && 'loop' in owner ? owner.loop : null
  if (loop?.kind !== 'each') throw new Error(`${path} is no for-each`)
  return loop
}

function shardDefinition(state: ExecutionState, { node }: NodeInstance, loop: EachLoop): WorkflowDefinition {
  const { config } = node.definition
  const { retry, retention_days, capture_io } = state.graph.definition.settings ?? {}
  return {
    nodes: [
      {
        id: node.id,
        type: node.definition.type,
        config: {
          ...config,
          concurrency: Math.max(1, Math.floor(loop.concurrency / Math.min(MAX_SHARDS_AT_ONCE, loop.concurrency))),
          on_item_error: loop.onItemError,
          collect: loop.collect !== false,
        },
      },
    ],
    edges: [],
    settings: {
      ...(retry !== undefined && { retry }),
      ...(retention_days !== undefined && { retention_days }),
      ...(capture_io !== undefined && { capture_io }),
    },
  }
}

function surroundings(state: ExecutionState, iteration: string, body: string): Omit<Enclosing, 'slice' | 'owner'> {
  const scope = buildScope(state, iteration, [], null)
  const names = Object.fromEntries(
    ['item', 'index', 'state', 'iteration'].flatMap((name) => (name in scope ? [[name, scope[name] ?? null]] : [])),
  )
  const outputs = namedMembers(objectOf(scope.outputs), body, 'outputs')
  const payloads = payloadsIn([names, outputs], state.payloads).map((payload) => ({
    owner: state.identity.executionId,
    ...payload,
  }))
  return {
    names,
    outputs,
    variables: namedMembers(objectOf(scope.variables), body, 'variables'),
    ...(payloads.length > 0 && { payloads }),
  }
}

const objectOf = (value: Json | undefined): JsonObject => (isJsonObject(value) ? value : {})
