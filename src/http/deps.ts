// What the HTTP API needs from outside: stores, executions, time and chance. `index.ts` makes it from the bindings.
import type { OpenAPIHono } from '@hono/zod-openapi'
import type { LinkClaimsOf } from '../core/links.ts'
import type { NodeTypes } from '../core/node-type.ts'
import type { Settings } from '../env.ts'
import type { ExecutionRpc } from '../execution/contract.ts'
import type { DeadLetterStore } from '../history/dead-letter-store.ts'
import type { ExecutionHistory } from '../history/execution-history.ts'
import type { WorkflowStore } from '../history/workflow-store.ts'
import type { CheckDefinition } from './check-definition.ts'
import type { Identity } from './identity.ts'
import type { FindWorkflow } from './start/find-workflow.ts'

export interface AppDeps {
  /** The object of an execution, whether it was ever started or not. */
  execution(id: string): ExecutionRpc
  readonly workflows: WorkflowStore
  readonly history: ExecutionHistory
  readonly deadLetters: DeadLetterStore
  /** Values too large for an execution's object. */
  readonly payloads: Pick<R2Bucket, 'get'>
  readonly nodeTypes: NodeTypes
  readonly settings: Settings
  /** What `/health` looks at: the database answers, and every named binding is there. */
  readonly database: Pick<D1Database, 'prepare'>
  readonly bindings: Readonly<Record<string, unknown>>
  /** The present, ms since the epoch. */
  clock(): number
  /** 16 lower-case hex characters from a cryptographic source. */
  randomId(): string
}

export interface HttpEnv {
  Variables: {
    requestId: string
    identity: Identity
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
}

/** Adds one route to the app; every file in `routes/` exports one. */
export type AddRoute = (app: App, deps: RouteDeps) => void
