// What a node type is. `nodes/` holds one file per type and the registry; the core knows them only through this interface.
import type { z } from 'zod'
import type { BodyDefinition, NodeDefinition } from './definition.ts'
import type { Json, JsonObject } from './json.ts'
import type { NodeError } from './node-error.ts'
import type { PayloadReference } from './payload.ts'
import type { WaitsFor } from './waits-for.ts'

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
  /** Loops: what a node with this config runs once per iteration. */
  body?(config: JsonObject): BodyDefinition | null
  /** Loops: the type of the node that has a shard of the items done by a child execution. */
  readonly shardType?: string
  /** The engine's own: no definition may name it. */
  readonly internal?: boolean
  /** A config that validates, for editors, documents and tests. */
  readonly example: JsonObject
}

/** What an inline node may use: pure, so that deciding again from the same state gives the same answer. */
export interface InlineContext {
  readonly node: NodeDefinition
  /** Which instance of it runs: `fetch`, `each[3].fetch`. */
  readonly path: string
  /** The journaled moment of this transition, milliseconds since the epoch. */
  readonly now: number
  readonly inputs: readonly NodeInput[]
  /** `input` as expressions see it. */
  readonly input: Json
  /** The value itself, of which `input`, one of `inputs` or an element may be only a reference: to be called before looking into it. */
  read(value: Json): Json
  /** What `value` is where this is the input. */
  valueIn(input: Json): Json
  /** In a shard: the items that are its own. */
  readonly slice: ItemSlice | null
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
  /**
   * The node holds until what it waits for comes, or until the moment (ms since the epoch; null: without end). A timer completes
   * then with its input as output; every other wait is over time.
   */
  | { readonly kind: 'waiting'; readonly resumeAt: number | null; readonly on: WaitsFor }
  /** The node runs its body once per item, or while its `while` holds. */
  | { readonly kind: 'iterating'; readonly plan: LoopPlan }
  | { readonly kind: 'failed'; readonly error: NodeError }

/** Consecutive items of a for-each, and the index of the first. */
export interface ItemSlice {
  readonly items: readonly Json[]
  readonly offset: number
}

/** How many items of a for-each have come to which end. */
export interface ItemCounts {
  readonly completed: number
  readonly failed: number
}

/** What becomes of a for-each when an item fails. */
export type OnItemError = 'fail' | 'continue' | 'drop'

export type LoopPlan =
  | {
      readonly kind: 'each'
      readonly items: readonly Json[]
      /** Iterations under way at once, at most. */
      readonly concurrency: number
      readonly onItemError: OnItemError
      /** The index of the first item: other than 0 in a shard. */
      readonly offset?: number
      /** Present where child executions take so many items each: then an iteration is such a shard. */
      readonly shardSize?: number
      /** False: what it gives are counts. */
      readonly collect?: boolean
    }
  | { readonly kind: 'while'; readonly initial: Json; readonly maxIterations: number }

/** Least severe first. */
export const LOG_LEVELS = ['debug', 'info', 'warn', 'error'] as const

export type LogLevel = (typeof LOG_LEVELS)[number]

export interface InlineNodeType extends NodeTypeBase {
  readonly kind: 'inline'
  /** Its work is done by a worker outside: it may have a timeout of its own, and is retried as handed-off nodes are. */
  readonly byWorker?: true
  /** Runs inside the transition: synchronous, pure, no clock, no chance. `config` is rendered and has passed the schema. */
  run(config: JsonObject, context: InlineContext): InlineResult
}

/** What an attempt of a handed-off node may use. The Runner makes it. */
export interface AttemptContext {
  /** The tenant: what is kept for one is no other's. */
  readonly communityId: string
  readonly executionId: string
  readonly workflowId: string | null
  readonly nodePath: string
  readonly attempt: number
  /** When the attempt began, by the journal. Ms since the epoch. */
  readonly startedAt: number
  readonly traceId: string
  readonly correlationId: string | null
  /** `<execution_id>.<node path>.<run>`: equal for every attempt, so that a receiver can count the effect once. */
  readonly idempotencyKey: string
  /** How long the attempt may take, for those who tell the other side. */
  readonly timeoutMs: number
  /** Aborts at the attempt's timeout. */
  readonly signal: AbortSignal
  /** The only way out: address rules at every hop, redirects bounded. @throws AttemptError */
  readonly fetch: GuardedFetch
  /** Whether the rules of `fetch` let a TCP connection be made there; to be asked before one is. @throws AttemptError */
  readonly assertReachable: (host: string, port: number) => Promise<void>
  /** Whether the deployment names this host as one of its own network: only there may a password go without TLS. */
  readonly mayBePrivate: (host: string, port: number) => boolean
  /** The value of a secret of the community; from here on it is redacted in all that the attempt gives. @throws AttemptError */
  readonly secret: (name: string) => Promise<string>
  /** Has a text that was made from a secret (a token, a password inside an address) redacted like one. */
  readonly conceal: (text: string) => void
  /** Adds to the metadata of the attempt, whatever becomes of it; a later value of a name wins. */
  readonly note: (metadata: JsonObject) => void
  /**
   * Lets those who listen read along while an answer is made; nothing else comes of it. Null: what was said so far is void, and the
   * answer begins anew.
   */
  readonly say: (text: string | null) => void
  /** A database, namespace or bucket that the deployment has bound and opened to the community; null where it has not. */
  readonly binding: (name: string) => unknown
  /** Starts an execution of a stored workflow of the same community and answers its id. @throws AttemptError */
  readonly startChild: StartChild
  /** Starts the child execution of a shard and answers its id. @throws AttemptError */
  readonly startShard: () => Promise<string>
  /** Runs JavaScript that can touch nothing but what it is given. */
  readonly runCode: RunCode
  /** The model server of the deployment, for nodes that name none. */
  readonly modelServer: ModelServer
  /** The mail server of the deployment, for nodes that name none. */
  readonly mailServer: MailServer
  /** Answers from the cache, or makes what is not there. */
  readonly remember: Remember
}

export interface MailServer {
  /** `smtps://user:password@host:465` or the like. Null: the deployment has none. */
  readonly url: string | null
  /** The sender of nodes that name none, and the only one that this server sends for. Null: each node names its own. */
  readonly from: string | null
}

export interface ModelServer {
  /** OpenAI-compatible; `/chat/completions` is appended. */
  readonly baseUrl: string
  /** Null: the deployment has none. */
  readonly apiKey: string | null
  /** The model of nodes that name none. */
  readonly model: string
  /** Present where it is a binding: brings a request there in the place of a network, and answers it whole. */
  readonly fetch?: GuardedFetch
}

/** What was made, and whether it may serve those who ask for the same. */
export interface Made {
  readonly text: string
  readonly isKept: boolean
}

/**
 * The text kept under a key; made where there is none. Who asks while somebody in the same isolate makes it waits for that, and makes
 * it himself only where that one keeps nothing. The key says whose it is: nothing else keeps communities apart. Rejects only as
 * `make` does.
 */
export type Remember = (
  key: string,
  ttlSeconds: number,
  make: () => Promise<Made>,
) => Promise<{ readonly text: string; readonly isMade: boolean }>

export interface CodeProgram {
  /** Body of an async function. */
  readonly source: string
  /** What it finds under which name; each is an identifier. */
  readonly names: JsonObject
  /** Its clock, which stands still: ms since the epoch. */
  readonly now: number
  /** Its random numbers follow from this. */
  readonly seed: string
  /** CPU time, measured by counting. */
  readonly timeoutMs: number
  readonly memoryBytes: number
}

export interface ConsoleLine {
  readonly level: LogLevel
  readonly message: string
}

export type CodeResult =
  | { readonly kind: 'completed'; readonly output: Json; readonly console: readonly ConsoleLine[] }
  | { readonly kind: 'failed'; readonly error: NodeError; readonly console: readonly ConsoleLine[] }

export type RunCode = (program: CodeProgram) => Promise<CodeResult>

export interface ChildRequest {
  readonly workflowId: string
  /** Null: the latest. */
  readonly version: number | null
  readonly inputs: Json
  /** Which item of a for-each the inputs are; null elsewhere. */
  readonly itemIndex: number | null
  /** Whether the child tells its end to the node that started it. */
  readonly wait: boolean
}

export type StartChild = (request: ChildRequest) => Promise<string>

/** `maxResponseBytes`: where the body may be longer than `MAX_RESPONSE_BYTES`, because it is read and not held. */
export type GuardedFetch = (
  url: string,
  init: RequestInit & { readonly signal: AbortSignal; readonly maxResponseBytes?: number },
) => Promise<Response>

export type AttemptResult =
  | {
      readonly kind: 'completed'
      readonly output: Json
      readonly metadata?: JsonObject
      /** What `output` refers to. Node types give none: the Runner does, after it has put a large output outside. */
      readonly payloads?: readonly PayloadReference[]
    }
  | { readonly kind: 'failed'; readonly error: NodeError; readonly metadata?: JsonObject }
  /** The attempt started another execution, whose end settles the node. */
  | { readonly kind: 'child'; readonly executionId: string }

export interface HandedOffNodeType extends NodeTypeBase {
  readonly kind: 'handed_off'
  readonly defaultTimeoutSeconds: number
  /** An attempt starts another execution. */
  readonly startsChild?: boolean
  /** Strings of the config may name `secrets`: the Runner renders those, just before `run`. Absent: validation refuses them. */
  readonly takesSecrets?: boolean
  /** The text of a program in the config: what it names of the node's scope is put into the rendered config (`seen-scope.ts`). */
  readonly program?: (config: JsonObject) => string
  /**
   * What stands for the output in a dry run, which touches nothing: of the shape that `run` gives for this (rendered) config. Absent:
   * an attempt only computes, or starts another execution; a dry run makes it, with a context that refuses everything else.
   */
  readonly syntheticOutput?: (config: JsonObject, nodePath: string) => Json
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
