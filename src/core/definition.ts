// The canonical form of a workflow definition: what is stored, hashed, journaled and executed.
// `read-definition.ts` makes it from what callers send; everything past that border relies on these types.
import type { Json, JsonObject } from './json.ts'

export type RetryStrategy = 'none' | 'fixed' | 'linear' | 'exponential'

/** A retry policy as a definition may give it; absent fields take the defaults of `retry.ts`. */
export interface RetryConfig {
  readonly strategy?: RetryStrategy
  /** Counts the first attempt. */
  readonly max_attempts?: number
  readonly initial_delay_ms?: number
  readonly max_delay_ms?: number
  readonly multiplier?: number
  readonly jitter?: 'full' | 'none'
  /** Error codes that are retried although they would not be. */
  readonly retry_on?: readonly string[]
  /** Error codes that are never retried; wins over `retry_on`. */
  readonly give_up_on?: readonly string[]
  readonly max_elapsed_seconds?: number
}

/** When a node with several sources runs. `any` is read as `{ count: 1 }`. */
export type Join = 'all' | { readonly count: number } | { readonly when: string }

export interface NodeDefinition {
  readonly id: string
  /** Canonical type name, never an alias. */
  readonly type: string
  readonly config: JsonObject
  readonly retry?: RetryConfig
  readonly timeout_seconds?: number
  readonly on_error?: 'fail' | 'continue'
  readonly join?: Join
  readonly cancel_rest?: boolean
  readonly at_most_once?: boolean
  /** The output a dry run uses. */
  readonly pin?: Json
  /** True: the node passes its input on instead of doing its work. */
  readonly disabled?: boolean
  readonly label?: string
  /** Unknown keys (`position`, editor data) are kept, and never executed. */
  readonly [key: string]: unknown
}

export interface EdgeDefinition {
  readonly from: string
  readonly to: string
  /** Absent: the first port of the source's type. */
  readonly port?: string
  /** CEL without braces; the edge is taken only where it is true. */
  readonly when?: string
  readonly [key: string]: unknown
}

/** What a loop runs once per iteration. */
export interface BodyDefinition {
  readonly nodes: readonly NodeDefinition[]
  readonly edges: readonly EdgeDefinition[]
}

export interface WorkflowSettings {
  readonly timeout_seconds?: number
  readonly retry?: RetryConfig
  readonly priority?: 'high' | 'normal' | 'low'
  readonly retention_days?: number
  readonly capture_io?: boolean
  /** Id of the stored workflow that is started when an execution fails. */
  readonly error_workflow?: string
  /** Where the end of every execution is told, unless its start says otherwise. */
  readonly callback_url?: string
  readonly [key: string]: unknown
}

export interface WorkflowDefinition extends BodyDefinition {
  readonly workflow_id?: string
  readonly name?: string
  readonly description?: string
  /** Defaults by name; the inputs of a start override them. */
  readonly variables?: JsonObject
  /** Names that a start must give (from the list form of `variables`). */
  readonly required_variables?: readonly string[]
  /** JSON Schema 2020-12, checked at start. */
  readonly input_schema?: JsonObject
  readonly settings?: WorkflowSettings
  readonly [key: string]: unknown
}

/** One finding of validation. `path` is a JSONPath-like place in the definition, `nodes[3].config.url`. */
export interface Issue {
  readonly severity: 'error' | 'warning'
  readonly code: IssueCode
  readonly path: string
  readonly message: string
  readonly node_id?: string
}

export type IssueCode =
  | 'INVALID_TYPE'
  | 'REQUIRED'
  | 'NO_NODES'
  | 'BAD_ID'
  | 'DUPLICATE_ID'
  | 'UNKNOWN_TYPE'
  | 'NOT_SUPPORTED'
  | 'BAD_CONFIG'
  | 'DANGLING_EDGE'
  | 'DUPLICATE_EDGE'
  | 'UNKNOWN_PORT'
  | 'SELF_LOOP'
  | 'CYCLE'
  | 'UNREACHABLE_NODE'
  | 'UNHANDLED_CASE'
  | 'UNKNOWN_OUTPUT'
  | 'UNAVAILABLE_OUTPUT'
  | 'UNKNOWN_NAME'
  | 'UNKNOWN_APPROVAL'
  | 'UNKNOWN_EVENT'
  | 'SHADOWED_VARIABLE'
  | 'UNORDERED_ASSIGNMENT'
  | 'BAD_EXPRESSION'
  | 'BAD_SECRET'
  | 'BAD_JOIN'
  | 'BAD_RETRY'
  | 'BAD_SETTING'
  | 'BAD_INPUT'
  | 'BAD_SCHEMA'
  | 'TOO_LARGE'
  /** Of a replay: the execution has no such node. */
  | 'UNKNOWN_NODE'
