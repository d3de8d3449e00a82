// What `for-each` and `loop` run once per iteration, as their config has it. Validation checks it like a workflow of its own.
import { z } from 'zod'
import type { BodyDefinition } from '../core/definition.ts'
import { isJsonObject, type Json, type JsonObject } from '../core/json.ts'

const bodyRule = `'body' must be a graph: { "nodes": […], "edges": […] }`

export const bodyField = z.looseObject(
  { nodes: z.array(z.looseObject({}), { error: bodyRule }), edges: z.array(z.looseObject({}), { error: bodyRule }).optional() },
  { error: bodyRule },
)

/** The inline body of a config that validates; null where there is none. */
export function inlineBody({ body }: JsonObject): BodyDefinition | null {
  if (!isJsonObject(body)) return null
  const listOf = (value: Json | undefined) => (Array.isArray(value) ? value : [])
  // Read and validated with the workflow around it.
  return { nodes: listOf(body.nodes), edges: listOf(body.edges) } as unknown as BodyDefinition
}
