// What a node type is. `nodes/` holds one file per type and the registry; the core knows them only through this interface.
import type { z } from 'zod'
import type { NodeDefinition } from './definition.ts'
import type { Json, JsonObject } from './json.ts'
import type { NodeError } from './node-error.ts'

/** One value that arrived over a taken edge, in definition order of edges. */
export interface NodeInput {
  readonly source: string
  readonly port: string
  readonly value: Json
}

interface NodeTypeBase {
  readonly type: string
  readonly aliases: readonly string[]
  readonly summary: string
  /** Checks a rendered config. At validation, issues under a string that holds a template are left out. */
  readonly config: z.ZodType
  /**
   * Config paths that hold bare CEL (`condition`, `cases.*.when`; `*` is any key or index). They are parsed at validation,
   * not rendered as templates; the node evaluates them itself.
   */
  readonly expressions: readonly string[]
  /** Config paths whose templates the node renders itself, once per element (`mapping`). */
  readonly deferred: readonly string[]
  /** Ports of a node with this config, the default one first; `error` is implied for every type. */
  ports(config: JsonObject): readonly string[]
  /** The port that `on_error: continue` takes; null where the type refuses it. */
  continuePort(config: JsonObject): string | null
  /** A config that validates, for editors, documents and tests. */
  readonly example: JsonObject
}

/** What an inline node may use: pure, so that deciding again from the same state gives the same answer. */
export interface InlineContext {
  readonly node: NodeDefinition
  /** The journaled moment of this transition, milliseconds since the epoch. */
  readonly now: number
  readonly inputs: readonly NodeInput[]
  /** `input` as expressions see it. */
  readonly input: Json
  /** Evaluates CEL in the node's scope, with `extra` names over it. @throws ExpressionError */
  evaluate(expression: string, extra?: JsonObject): Json
  /** Renders the templates of a value in the node's scope, with `extra` names over it. @throws ExpressionError */
  render(value: Json, extra?: JsonObject): Json
}

export type InlineResult =
  | {
      readonly kind: 'completed'
      /** What `outputs.<id>` is. */
      readonly output: Json
      /** Ports taken; absent: the type's first. */
      readonly ports?: readonly string[]
      /** Values of ports that carry something other than `output`. */
      readonly portOutputs?: Readonly<Record<string, Json>>
      /** Variables to set. */
      readonly assign?: JsonObject
      readonly log?: { readonly level: LogLevel; readonly message: string }
    }
  /** The node holds until the moment (ms since the epoch), then completes with its input as output. */
  | { readonly kind: 'waiting'; readonly resumeAt: number }
  | { readonly kind: 'failed'; readonly error: NodeError }

/** Least severe first. */
export const LOG_LEVELS = ['debug', 'info', 'warn', 'error'] as const

export type LogLevel = (typeof LOG_LEVELS)[number]

export interface InlineNodeType extends NodeTypeBase {
  readonly kind: 'inline'
  /** Runs inside the transition: synchronous, pure, no clock, no chance. `config` is rendered and has passed the schema. */
  run(config: JsonObject, context: InlineContext): InlineResult
}

/** What an attempt of a handed-off node may use. The Runner makes it. */
export interface AttemptContext {
  readonly executionId: string
  readonly workflowId: string | null
  readonly nodePath: string
  readonly attempt: number
  readonly traceId: string
  readonly correlationId: string | null
  /** `<execution_id>.<node path>.<run>`: equal for every attempt, so that a receiver can count the effect once. */
  readonly idempotencyKey: string
  /** Aborts at the attempt's timeout. */
  readonly signal: AbortSignal
  /** The only way out: address rules at every hop, redirects bounded. @throws AttemptError */
  readonly fetch: GuardedFetch
}

export type GuardedFetch = (url: string, init: RequestInit & { readonly signal: AbortSignal }) => Promise<Response>

export type AttemptResult =
  | { readonly kind: 'completed'; readonly output: Json; readonly metadata?: JsonObject }
  | { readonly kind: 'failed'; readonly error: NodeError }

export interface HandedOffNodeType extends NodeTypeBase {
  readonly kind: 'handed_off'
  readonly defaultTimeoutSeconds: number
  /** Runs in the Runner. May throw `AttemptError`; anything else thrown is a bug and settles as a final failure. */
  run(config: JsonObject, context: AttemptContext): Promise<AttemptResult>
}

export type NodeType = InlineNodeType | HandedOffNodeType

/** The node types an engine knows. */
export interface NodeTypes {
  /** By canonical name or alias; undefined where unknown. */
  get(name: string): NodeType | undefined
  /** Names that the specification has and this version refuses with `NOT_SUPPORTED`. */
  readonly notSupported: ReadonlySet<string>
  readonly all: readonly NodeType[]
}
