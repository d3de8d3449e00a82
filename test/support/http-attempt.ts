// An attempt of a node that calls servers, the whole way that one takes in production, with the platform's own `fetch`.
import type { JsonObject } from '../../src/core/json.ts'
import type { NodeError } from '../../src/core/node-error.ts'
import type { AttemptResult } from '../../src/core/node-type.ts'
import { nodeTypes } from '../../src/nodes/registry.ts'
import { createGuardedFetch } from '../../src/runner/guarded-fetch.ts'
import { performAttempt } from '../../src/runner/perform-attempt.ts'
import type { AttemptTask } from '../../src/runner/task.ts'
import { attemptDeps } from './attempt-deps.ts'
import { attemptTask } from './attempt-task.ts'
import type { MisbehavingServer } from './misbehaving-server.ts'

/** Of an `http-request` unless `over` says otherwise. Only the servers given may be private. */
export function httpAttempt(
  servers: readonly MisbehavingServer[],
  config: JsonObject,
  over: Partial<AttemptTask> = {},
): Promise<AttemptResult> {
  const hosts = new Set(servers.map(({ host }) => host))
  const deps = attemptDeps({
    nodeTypes,
    fetch: createGuardedFetch({ fetch, allowances: { privateNetwork: false, hosts } }),
    storeOutput: async (_, text) => ({ $payload: 'hash', size: text.length, mark: 'mark' }),
  })
  return performAttempt(attemptTask({ config, ...over }), deps)
}

/** The output of an attempt that must complete. */
export function mustComplete(result: AttemptResult): JsonObject {
  if (result.kind !== 'completed') throw new Error(`the attempt did not complete: ${JSON.stringify(result)}`)
  return result.output as JsonObject
}

/** The error of an attempt that must fail. */
export function mustFail(result: AttemptResult): NodeError {
  if (result.kind !== 'failed') throw new Error(`the attempt did not fail: ${JSON.stringify(result)}`)
  return result.error
}
