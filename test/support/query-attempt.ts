// An attempt of a `database-query`, the whole way that one takes in production, with secrets that the test gives.
import type { JsonObject } from '../../src/core/json.ts'
import type { AttemptResult } from '../../src/core/node-type.ts'
import { nodeTypes } from '../../src/nodes/registry.ts'
import { createAssertReachable } from '../../src/runner/assert-reachable.ts'
import { type AttemptDeps, performAttempt } from '../../src/runner/perform-attempt.ts'
import type { AttemptTask } from '../../src/runner/task.ts'
import { attemptDeps } from './attempt-deps.ts'
import { attemptTask } from './attempt-task.ts'

const assertReachable = createAssertReachable({ allowances: { privateNetwork: false, hosts: new Set(['127.0.0.1']) } })

/** @param url what the secret `SHOP_DB` holds, which the config names unless it says otherwise */
export function queryAttempt(
  url: string,
  config: JsonObject,
  over: Partial<AttemptTask> = {},
  deps: Partial<AttemptDeps> = {},
): Promise<AttemptResult> {
  return performAttempt(
    attemptTask({ nodeType: 'database-query', config: { connection: 'SHOP_DB', ...config }, ...over }),
    attemptDeps({ nodeTypes, assertReachable, secrets: async () => new Map([['SHOP_DB', url]]), ...deps }),
  )
}
