// Builds an `InlineNodeType` from the parts that differ: most types have the one port `out` and allow `on_error: continue`.
// The engine has already checked the config; it is parsed again here, because that yields its type and its defaults.
import type { z } from 'zod'
import type { BodyDefinition } from '../core/definition.ts'
import type { Json, JsonObject } from '../core/json.ts'
import type { InlineContext, InlineNodeType, InlineResult } from '../core/node-type.ts'
import { NodeFailed } from './node-failed.ts'

interface InlineNodeSpec<Config extends z.ZodType> {
  readonly type: string
  readonly aliases?: readonly string[]
  readonly summary: string
  readonly config: Config
  readonly expressions?: readonly string[]
  readonly deferred?: readonly string[]
  /** Absent: `out` alone. Gets the config as written, which may be invalid. */
  readonly ports?: (config: JsonObject) => readonly string[]
  /** Absent: `out`. Null: the type refuses `on_error: continue`. */
  readonly continuePort?: string | null
  /** Loops: what runs once per iteration. */
  readonly body?: (config: JsonObject) => BodyDefinition | null
  readonly shardType?: string
  /** Its work is done by a worker outside. */
  readonly byWorker?: true
  readonly example: JsonObject
  /** May throw `NodeFailed`. */
  readonly run: (config: z.output<Config>, context: InlineContext) => InlineResult
}

export function inlineNode<Config extends z.ZodType>(spec: InlineNodeSpec<Config>): InlineNodeType {
  const { type, summary, config: schema, example, ports = () => ['out'], continuePort = 'out' } = spec
  return {
    kind: 'inline',
    type,
    aliases: spec.aliases ?? [],
    summary,
    config: schema,
    expressions: spec.expressions ?? [],
    deferred: spec.deferred ?? [],
    ports,
    continuePort: () => continuePort,
    ...(spec.body !== undefined && { body: spec.body }),
    ...(spec.shardType !== undefined && { shardType: spec.shardType }),
    ...(spec.byWorker !== undefined && { byWorker: spec.byWorker }),
    example,
    run(config, context) {
      try {
        return spec.run(schema.parse(config), context)
      } catch (thrown) {
        if (thrown instanceof NodeFailed) return { kind: 'failed', error: thrown.error }
        throw thrown
      }
    },
  }
}

/** Done, with this output on the first port. */
export const completed = (output: Json): InlineResult => ({ kind: 'completed', output })
