// The registry as callers see it (`GET /node-types`): what editors and documents need to know of each type.
import { z } from 'zod'
import type { JsonObject } from '../core/json.ts'
import type { NodeTypes } from '../core/node-type.ts'

export interface NodeTypeEntry {
  readonly type: string
  readonly aliases: readonly string[]
  readonly summary: string
  readonly kind: 'inline' | 'handed_off'
  /** Those of the example; they may depend on the config. Every type also has `error`. */
  readonly ports: readonly string[]
  /** JSON Schema 2020-12 of the config. */
  readonly config_schema: object
  readonly example: JsonObject
}

export const listNodeTypes = ({ all }: NodeTypes): readonly NodeTypeEntry[] =>
  all.map(({ type, aliases, summary, kind, ports, config, example }) => ({
    type,
    aliases,
    summary,
    kind,
    ports: ports(example),
    // Checks without a counterpart in JSON Schema are left out: the schema describes, validation decides.
    config_schema: z.toJSONSchema(config, { io: 'input', unrepresentable: 'any' }),
    example,
  }))
