// Executions as real Durable Objects inside workerd.
import { runDurableObjectAlarm, runInDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { configHash } from '../../src/core/config-hash.ts'
import type { ExecutionIdentity } from '../../src/core/event.ts'
import type { JsonObject } from '../../src/core/json.ts'
import type { ExecutionRpc, StartAnswer } from '../../src/execution/contract.ts'
import type { Execution } from '../../src/execution/execution.ts'
import { identity, workflow } from './run.ts'

let drawn = 0

/** An id that no other test of this file has. */
export function newId(): string {
  drawn += 1
  return drawn.toString(16).padStart(16, '0')
}

export const stubOf = (id: string): DurableObjectStub<Execution> => env.EXECUTION.getByName(id)
// `Execution implements ExecutionRpc`; the stub's own type makes the compiler unfold JSON without end.
export const executionOf = (id: string): ExecutionRpc => stubOf(id) as unknown as ExecutionRpc

export interface StartOptions {
  readonly inputs?: JsonObject
  readonly wait?: boolean
  readonly identity?: Partial<ExecutionIdentity>
}

export function startExecution(id: string, definition: JsonObject, options: StartOptions = {}): Promise<StartAnswer> {
  const canonical = workflow(definition)
  return executionOf(id).start({
    identity: identity({ executionId: id, configHash: configHash(canonical), ...options.identity }),
    definition: canonical,
    inputs: options.inputs ?? {},
    wait: options.wait ?? false,
  })
}

export const view = async (id: string) => {
  const found = await executionOf(id).get('default', { includeLogs: true, includeMetrics: false })
  if (found === null) throw new Error(`no execution ${id}`)
  return found
}

/** Every row of the object's storage, by key. */
export const storedKeys = (id: string): Promise<readonly string[]> =>
  runInDurableObject(stubOf(id), (_, context) => [...context.storage.kv.list()].map(([key]) => key))

export const alarmOf = (id: string): Promise<number | null> =>
  runInDurableObject(stubOf(id), (_, context) => context.storage.getAlarm())

/** Fires the alarm now; false where none is set. */
export const fireAlarm = (id: string): Promise<boolean> => runDurableObjectAlarm(stubOf(id))
