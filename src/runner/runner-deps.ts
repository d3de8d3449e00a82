// Wires the Runner's parts to a Worker's bindings, for the Runner itself and for the task queue's consumer. It decides nothing.

import { createHash } from 'node:crypto'
import type { Settings } from '../env.ts'
import type { ExecutionRpc } from '../execution/contract.ts'
import { createGrantStore } from '../history/grant-store.ts'
import { createSecretStore } from '../history/secret-store.ts'
import { createWorkflowStore } from '../history/workflow-store.ts'
import { nodeTypes } from '../nodes/registry.ts'
import { logError } from '../observability/log-error.ts'
import type { TaskMessage } from '../queues/messages.ts'
import { VERSION } from '../version.ts'
import { quickjsModule } from './code/quickjs-module.ts'
import { createRunCode } from './code/run-code.ts'
import { createFindBinding } from './data-bindings.ts'
import type { DeliveryDeps } from './deliver-settlement.ts'
import { derivedId } from './derived-id.ts'
import { mailServerFrom } from './mail-server.ts'
import { mayStart } from './may-start.ts'
import { modelServerFrom } from './model-server.ts'
import { assertReachableFor, mayBePrivateFor, outboundFetch } from './outbound-fetch.ts'
import type { AttemptDeps } from './perform-attempt.ts'
import { createRemember } from './remember.ts'
import { rememberSecrets } from './secret-source.ts'
import { startChild } from './start-child.ts'
import { shardIdParts, startShard } from './start-shard.ts'
import { storePayload } from './store-payload.ts'

/** The bindings and settings that performing attempts takes. */
export interface RunnerEnv extends Settings {
  readonly EXECUTION: {
    getByName(executionId: string): Pick<ExecutionRpc, 'settle' | 'claim' | 'start' | 'recoverChild' | 'tell'>
  }
  readonly DB: D1Database
  readonly PAYLOADS: Pick<R2Bucket, 'get' | 'put' | 'delete'>
  readonly CACHE: Pick<KVNamespace, 'get' | 'put'>
  readonly TASKS_QUEUE: { send(message: TaskMessage): Promise<unknown> }
}

export const attemptDeps = (env: Pick<RunnerEnv, 'EXECUTION' | 'DB' | 'PAYLOADS' | 'CACHE'> & Settings): AttemptDeps => ({
  nodeTypes,
  fetch: outboundFetch(env),
  assertReachable: assertReachableFor(env),
  mayBePrivate: mayBePrivateFor(env),
  binding: createFindBinding(env),
  startChild: (task, request) =>
    startChild(task, request, {
      findWorkflow: (communityId, workflowId, version) =>
        createWorkflowStore(env.DB).get(communityId, workflowId, version ?? undefined),
      mayStart: (starter, workflowId) => mayStart(starter, workflowId, createGrantStore(env.DB).get),
      execution: (executionId) => env.EXECUTION.getByName(executionId),
      linkSecret: env.ID_SECRET,
      derivedId: (parts) => derivedId(env.ID_SECRET, parts),
      hash: (text) => createHash('sha256').update(text).digest('hex'),
    }),
  startShard: (task) =>
    startShard(task, {
      execution: (executionId) => env.EXECUTION.getByName(executionId),
      linkSecret: env.ID_SECRET,
      childId: ({ executionId, node, run, child }) =>
        derivedId(env.ID_SECRET, shardIdParts({ executionId, node, run, failures: child?.parent.failures ?? 0 })),
    }),
  runCode: createRunCode(quickjsModule),
  modelServer: modelServerFrom(env),
  mailServer: mailServerFrom(env),
  secrets: rememberSecrets(env.DB, (communityId, names) =>
    createSecretStore(env.DB, env.SECRETS_KEYS).reveal(communityId, names),
  ),
  rememberWithin: (ms) => createRemember({ store: env.CACHE, report: (thrown) => logError('cache.failed', thrown, {}) }, ms),
  storeOutput: (executionId, text) => storePayload(env.PAYLOADS, executionId, text),
  tell: (executionId, delta) => env.EXECUTION.getByName(executionId).tell(delta),
  version: VERSION,
  reportBug: (thrown, { executionId, node }) => logError('attempt.bug', thrown, { execution_id: executionId, node_id: node }),
})

export const deliveryDeps = (env: RunnerEnv): DeliveryDeps => ({
  execution: (executionId) => env.EXECUTION.getByName(executionId),
  payloads: { put: (key, text) => env.PAYLOADS.put(key, text) },
  tasks: { send: (message) => env.TASKS_QUEUE.send(message) },
  pause: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
})
