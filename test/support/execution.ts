// Executions as real Durable Objects inside workerd.
import { runDurableObjectAlarm, runInDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { vi } from 'vitest'
import { configHash } from '../../src/core/config-hash.ts'
import type { ExecutionIdentity } from '../../src/core/event.ts'
import type { JsonObject } from '../../src/core/json.ts'
import type { AttemptResult } from '../../src/core/node-type.ts'
import type { ExecutionRpc, SettleAnswer, StartAnswer, StartRequest } from '../../src/execution/contract.ts'
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

export function startRequest(id: string, definition: JsonObject, options: StartOptions = {}): StartRequest {
  const canonical = workflow(definition)
  return {
    identity: identity({ executionId: id, configHash: configHash(canonical), ...options.identity }),
    definition: canonical,
    inputs: options.inputs ?? {},
    wait: options.wait ?? false,
  }
}

export const startExecution = (id: string, definition: JsonObject, options: StartOptions = {}): Promise<StartAnswer> =>
  executionOf(id).start(startRequest(id, definition, options))

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

/** Only `Date` moves, and only when told; alarms ring when the test fires them. Give time back with `vi.useRealTimers()`. */
export const holdTime = () => vi.useFakeTimers({ toFake: ['Date'] })

export const passTime = (ms: number) => vi.setSystemTime(Date.now() + ms)

export interface SettleOptions {
  readonly attempt?: number
  readonly epoch?: number
}

export const settle = (
  id: string,
  node: string,
  result: AttemptResult,
  { attempt = 1, epoch = 1 }: SettleOptions = {},
): Promise<SettleAnswer> => executionOf(id).settle({ executionId: id, epoch, node, attempt, result })

/** Names of all events so far. */
export async function told(id: string): Promise<readonly string[]> {
  const page = await executionOf(id).events('default', { after: 0, limit: 100_000 })
  return page?.events.map(({ event, node_id }) => (node_id === undefined ? event : `${event} ${node_id}`)) ?? []
}
