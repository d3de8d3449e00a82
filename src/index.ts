// The Worker: fetch, queue, cron, and the exported classes. Wiring only.
import { randomBytes } from 'node:crypto'
import type { Settings } from './env.ts'
import type { ExecutionRpc } from './execution/contract.ts'
import { sweepOverdue } from './execution/sweep-overdue.ts'
import { createApiKeyStore } from './history/api-key-store.ts'
import { createAuditLog } from './history/audit-log.ts'
import { createDeadLetterStore } from './history/dead-letter-store.ts'
import { createExecutionHistory } from './history/execution-history.ts'
import { createGrantStore } from './history/grant-store.ts'
import { createSecretStore } from './history/secret-store.ts'
import { createWorkflowStore } from './history/workflow-store.ts'
import { createApp } from './http/app.ts'
import { MAX_GENERATION_MS } from './http/limits.ts'
import { nodeTypes } from './nodes/registry.ts'
import { GatheredLines } from './observability/gathered-lines.ts'
import { consumeBatch } from './queues/consume-batch.ts'
import { consumeDeadLetters } from './queues/dead-letter-consumer.ts'
import { type DeliverCallbackDeps, deliverCallback } from './queues/deliver-callback.ts'
import { consumeHistory } from './queues/history-consumer.ts'
import { queueCallback } from './queues/queue-callback.ts'
import type { QueueLog } from './queues/queue-log.ts'
import { type ErrorWorkflowDeps, startErrorWorkflow } from './queues/start-error-workflow.ts'
import { consumeTasks } from './queues/task-consumer.ts'
import { quickjsModule } from './runner/code/quickjs-module.ts'
import { createRunCode } from './runner/code/run-code.ts'
import { deliverSettlement } from './runner/deliver-settlement.ts'
import { derivedId } from './runner/derived-id.ts'
import { mayStart } from './runner/may-start.ts'
import { outboundFetch } from './runner/outbound-fetch.ts'
import { performAttempt } from './runner/perform-attempt.ts'
import { attemptDeps, deliveryDeps } from './runner/runner-deps.ts'
import { VERSION } from './version.ts'

export { Execution } from './execution/execution.ts'
export { Runner } from './runner/runner.ts'

type WorkerEnv = Env & Settings

// `Execution implements ExecutionRpc`; the stub's own type makes the compiler unfold JSON without end.
const executionStub = (env: WorkerEnv, id: string) => env.EXECUTION.getByName(id) as unknown as ExecutionRpc

const namespace = (env: WorkerEnv) => ({ getByName: (id: string) => executionStub(env, id) })

const appFor = (env: WorkerEnv) =>
  createApp({
    execution: (id) => executionStub(env, id),
    workflows: createWorkflowStore(env.DB),
    history: createExecutionHistory(env.DB),
    deadLetters: createDeadLetterStore(env.DB),
    secrets: createSecretStore(env.DB, env.SECRETS_KEYS),
    apiKeys: createApiKeyStore(env.DB),
    grants: createGrantStore(env.DB),
    auditLog: createAuditLog(env.DB),
    rateLimiters: { standard: env.STANDARD_RATE, premium: env.PREMIUM_RATE },
    writeAudit: (lines, request) => auditLines.add(lines, request),
    fetch: (...request) => fetch(...request),
    payloads: env.PAYLOADS,
    nodeTypes,
    runCode: createRunCode(quickjsModule),
    settings: env,
    database: env.DB,
    bindings: {
      EXECUTION: env.EXECUTION,
      PAYLOADS: env.PAYLOADS,
      CACHE: env.CACHE,
      HISTORY_QUEUE: env.HISTORY_QUEUE,
      TASKS_QUEUE: env.TASKS_QUEUE,
    },
    generationMs: MAX_GENERATION_MS,
    clock: () => Date.now(),
    randomId: () => randomBytes(8).toString('hex'),
  })

/** Of all requests of the isolate. */
const auditLines = new GatheredLines({
  write: (lines) => console.log(lines),
  pause: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
})

/** One app per environment object, which the platform makes once per isolate. */
const apps = new WeakMap<WorkerEnv, ReturnType<typeof createApp>>()

function app(env: WorkerEnv): ReturnType<typeof createApp> {
  const known = apps.get(env) ?? appFor(env)
  apps.set(env, known)
  return known
}

const log: QueueLog = (level, event, fields) => console[level](JSON.stringify({ level, event, ...fields }))

const errorWorkflows = (env: WorkerEnv): ErrorWorkflowDeps => ({
  history: createExecutionHistory(env.DB),
  findWorkflow: (communityId, workflowId) => createWorkflowStore(env.DB).get(communityId, workflowId),
  mayStart: (starter, workflowId) => mayStart(starter, workflowId, createGrantStore(env.DB).get),
  execution: (id) => executionStub(env, id),
  derivedId: (parts) => derivedId(env.ID_SECRET, parts),
  linkSecret: env.ID_SECRET,
})

const callbackDeps = (env: WorkerEnv): DeliverCallbackDeps => ({
  fetch: outboundFetch(env),
  execution: (id) => executionStub(env, id),
  idSecret: env.ID_SECRET,
  version: VERSION,
  now: Date.now,
})

const consumersFor = (env: WorkerEnv) => {
  const history = createExecutionHistory(env.DB)
  const deadLetters = createDeadLetterStore(env.DB)
  const bury = (batch: MessageBatch) => consumeDeadLetters(batch, { deadLetters, log, now: Date.now })
  return new Map([
    [
      'millrace-history',
      (batch: MessageBatch) =>
        consumeHistory(batch, {
          history,
          deadLetters,
          startErrorWorkflow: (message) => startErrorWorkflow(message, errorWorkflows(env)),
          queueCallback: (message) => queueCallback(message, { history, tasks: env.TASKS_QUEUE }),
          log,
        }),
    ],
    [
      'millrace-tasks',
      (batch: MessageBatch) =>
        consumeTasks(batch, {
          execution: (id) => executionStub(env, id),
          payloads: env.PAYLOADS,
          perform: (task) => performAttempt(task, attemptDeps({ ...env, EXECUTION: namespace(env) })),
          deliver: (settlement) => deliverSettlement(settlement, deliveryDeps({ ...env, EXECUTION: namespace(env) })),
          deliverCallback: (message) => deliverCallback(message, callbackDeps(env)),
          deadLetters,
          log,
        }),
    ],
    ['millrace-history-dead', bury],
    ['millrace-tasks-dead', bury],
  ])
}

export default {
  fetch: (request, env, context) => app(env).fetch(request, env, context),
  scheduled: (_, env) =>
    sweepOverdue({ history: createExecutionHistory(env.DB), execution: (id) => executionStub(env, id), now: Date.now }),
  queue: (batch, env) => consumeBatch(batch, { consumers: consumersFor(env), log }),
} satisfies ExportedHandler<WorkerEnv>
