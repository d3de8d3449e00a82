// Wires the Runner's parts to a Worker's bindings, for the Runner itself and for the task queue's consumer. It decides nothing.

import type { Settings } from '../env.ts'
import type { ExecutionRpc } from '../execution/contract.ts'
import { nodeTypes } from '../nodes/registry.ts'
import { logError } from '../observability/log-error.ts'
import type { TaskMessage } from '../queues/messages.ts'
import { VERSION } from '../version.ts'
import { allowancesFrom } from './address-rules.ts'
import type { DeliveryDeps } from './deliver-settlement.ts'
import { createGuardedFetch } from './guarded-fetch.ts'
import type { AttemptDeps } from './perform-attempt.ts'

/** The bindings and settings that performing attempts takes. */
export interface RunnerEnv extends Settings {
  readonly EXECUTION: { getByName(executionId: string): Pick<ExecutionRpc, 'settle' | 'claim'> }
  readonly PAYLOADS: Pick<R2Bucket, 'get' | 'put' | 'delete'>
  readonly TASKS_QUEUE: { send(message: TaskMessage): Promise<unknown> }
}

export const attemptDeps = (settings: Settings): AttemptDeps => ({
  nodeTypes,
  // Called through a closure: workerd's `fetch` refuses to be a method of anything else.
  fetch: createGuardedFetch({ fetch: (url, init) => fetch(url, init), allowances: allowancesFrom(settings) }),
  version: VERSION,
  reportBug: (thrown, { executionId, node }) => logError('attempt.bug', thrown, { execution_id: executionId, node_id: node }),
})

export const deliveryDeps = (env: RunnerEnv): DeliveryDeps => ({
  execution: (executionId) => env.EXECUTION.getByName(executionId),
  payloads: { put: (key, text) => env.PAYLOADS.put(key, text) },
  tasks: { send: (message) => env.TASKS_QUEUE.send(message) },
  pause: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
})
