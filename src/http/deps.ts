// What the HTTP API needs from outside: stores, executions, time and chance. `index.ts` makes it from the bindings.
import type { OpenAPIHono } from '@hono/zod-openapi'
import type { LinkClaimsOf } from '../core/links.ts'
import type { NodeTypes, RunCode } from '../core/node-type.ts'
import type { Settings } from '../env.ts'
import type { ExecutionRpc } from '../execution/contract.ts'
import type { ApiKeyStore } from '../history/api-key-store.ts'
import type { AuditLog } from '../history/audit-log.ts'
import type { DeadLetterStore } from '../history/dead-letter-store.ts'
import type { ExecutionHistory } from '../history/execution-history.ts'
import type { GrantStore } from '../history/grant-store.ts'
import type { SecretStore } from '../history/secret-store.ts'
import type { WorkflowStore } from '../history/workflow-store.ts'
import type { KeepsAlive } from '../observability/gathered-lines.ts'
import type { Guard } from './access/guard.ts'
import type { Access } from './api-route.ts'
import type { CheckDefinition } from './check-definition.ts'
import type { Identity } from './identity.ts'
import type { RateLimiters } from './middleware/limit-rate.ts'
import type { FindWorkflow } from './start/find-workflow.ts'

export interface AppDeps {
  /** The object of an execution, whether it was ever started or not. */
  execution(id: string): ExecutionRpc
  readonly workflows: WorkflowStore
  readonly history: ExecutionHistory
  readonly deadLetters: DeadLetterStore
  readonly secrets: SecretStore
  readonly apiKeys: ApiKeyStore
  readonly grants: GrantStore
  readonly auditLog: AuditLog
  /** Count the requests of each key, by its tier. */
  readonly rateLimiters: RateLimiters
  /** Takes what was decided in one request, a line for each decision, as `audit-line.ts` writes it. */
  writeAudit(lines: string, request: KeepsAlive): void
  /** For the key set of tokens. */
  readonly fetch: typeof fetch
  /** Values too large for an execution's object. */
  readonly payloads: Pick<R2Bucket, 'get'>
  readonly nodeTypes: NodeTypes
  /** Of `code` nodes, in dry runs. */
  readonly runCode: RunCode
  readonly settings: Settings
  /** What `/health` looks at: the database answers, and every named binding is there. */
  readonly database: Pick<D1Database, 'prepare'>
  readonly bindings: Readonly<Record<string, unknown>>
  /** How long a model may take to write a workflow. */
  readonly generationMs: number
  /** The present, ms since the epoch. */
  clock(): number
  /** 16 lower-case hex characters from a cryptographic source. */
  randomId(): string
}

export interface HttpEnv {
  Variables: {
    requestId: string
    identity: Identity
    /** What the route declares, once it is reached; and who holds the caller to it. */
    access: Access
    guard: Guard
    isRateLimited: boolean
    /** What a signed link is good for, on the routes that need one instead of a key. */
    approvalLink: LinkClaimsOf<'approval'>
    eventLink: LinkClaimsOf<'event'>
  }
}

export type App = OpenAPIHono<HttpEnv>
/** What the routes need: the above, and the caches that they share. */
export interface RouteDeps extends AppDeps {
  readonly checkDefinition: CheckDefinition
  readonly findWorkflow: FindWorkflow
  /** For what a body names; what the path names, the route declares. */
  readonly guard: Guard
}

/** Adds one route to the app; every file in `routes/` exports one. */
export type AddRoute = (app: App, deps: RouteDeps) => void
