// The API as a client sees it, on the real stores and the real execution object; what a test needs otherwise it gives.
import { env } from 'cloudflare:workers'
import { expect } from 'vitest'
import type { Settings } from '../../src/env.ts'
import type { ExecutionRpc } from '../../src/execution/contract.ts'
import { createApiKeyStore } from '../../src/history/api-key-store.ts'
import { createAuditLog } from '../../src/history/audit-log.ts'
import { createDeadLetterStore } from '../../src/history/dead-letter-store.ts'
import { createExecutionHistory } from '../../src/history/execution-history.ts'
import { createGrantStore } from '../../src/history/grant-store.ts'
import { createSecretStore } from '../../src/history/secret-store.ts'
import { createWorkflowStore } from '../../src/history/workflow-store.ts'
import { createApp } from '../../src/http/app.ts'
import type { App, AppDeps } from '../../src/http/deps.ts'
import { toHex } from '../../src/http/digest.ts'
import { nodeTypes } from '../../src/nodes/registry.ts'
import { quickjsModule } from '../../src/runner/code/quickjs-module.ts'
import { createRunCode } from '../../src/runner/code/run-code.ts'
import { referenceIssues } from './reference.ts'

export const ADMIN_KEY = 'test-admin-key'
export const SECRETS_KEYS = `k1:${'0123456789abcdef'.repeat(4)}`
const settings: Settings = { MILLRACE_ADMIN_KEY: ADMIN_KEY, ID_SECRET: 'test-id-secret', SECRETS_KEYS }

/** Tests of the limits bring their own. */
const UNLIMITED = { limit: async () => ({ success: true }) }

export const testApp = (overrides: Partial<AppDeps> = {}): App =>
  createApp({
    // The stub has these methods; its mapped type is too deep for the compiler to see it.
    execution: (id) => env.EXECUTION.getByName(id) as unknown as ExecutionRpc,
    workflows: createWorkflowStore(env.DB),
    history: createExecutionHistory(env.DB),
    deadLetters: createDeadLetterStore(env.DB),
    secrets: createSecretStore(env.DB, SECRETS_KEYS),
    apiKeys: createApiKeyStore(env.DB),
    grants: createGrantStore(env.DB),
    auditLog: createAuditLog(env.DB),
    rateLimiters: { standard: UNLIMITED, premium: UNLIMITED },
    writeAudit: () => {},
    fetch: (...request) => fetch(...request),
    payloads: env.PAYLOADS,
    nodeTypes,
    runCode: createRunCode(quickjsModule),
    settings,
    database: env.DB,
    bindings: { EXECUTION: env.EXECUTION },
    generationMs: 10_000,
    clock: () => Date.now(),
    randomId: () => toHex(crypto.getRandomValues(new Uint8Array(8))),
    ...overrides,
  })

export interface Answer {
  readonly status: number
  readonly headers: Headers
  /** JSON of every shape: tests look into it freely. */
  readonly body: ReturnType<typeof JSON.parse>
}

export type Api = (method: string, path: string, body?: unknown, headers?: Record<string, string>) => Promise<Answer>

/**
 * Calls an app, with the admin key unless told otherwise. Paths are below `/api/v1` unless they begin with `//`; text bodies are sent as they are.
 * Every answer must be as the reference declares it.
 */
export const apiOf =
  (app: App, credentials: Record<string, string> = { 'X-API-Key': ADMIN_KEY }): Api =>
  async (method, path, body, headers = {}) => {
    const url = `http://millrace${path.startsWith('//') ? path.slice(1) : `/api/v1${path}`}`
    const response = await app.request(url, {
      method,
      headers: { ...credentials, 'Content-Type': 'application/json', ...headers },
      ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    })
    const answer = { status: response.status, headers: response.headers, body: await response.json() }
    expect(await referenceIssues(app, { ...answer, method, url }, answer.body)).toEqual([])
    return answer
  }

/** Adds 10 and 5, with the shapes of React Flow. */
export const sum = {
  workflow_id: 'sum',
  nodes: [
    { id: '1', data: { value: 10 } },
    { id: '2', data: { value: 5 } },
    { id: '3', data: { op: 'add' } },
  ],
  edges: [
    { id: 'e1', source: '1', target: '3' },
    { id: 'e2', source: '2', target: '3' },
  ],
}

/** Waits so long that a test sees it open. */
export const sleeper = (seconds = 3_600) => ({
  nodes: [{ id: 'pause', type: 'delay', config: { delay_seconds: seconds } }],
  edges: [],
})
