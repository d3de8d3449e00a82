// One of the things that are measured: a server that runs an execution of a kind per request.
import type { Kind } from './kind.ts'
import type { DevServer } from './wrangler-dev.ts'

export const SYSTEM_NAMES = ['millrace', 'workflows', 'bare'] as const
export type SystemName = (typeof SYSTEM_NAMES)[number]

export function isSystemName(value: string): value is SystemName {
  return SYSTEM_NAMES.some((name) => name === value)
}

/** Idle objects are evicted after some 10 s, and only then close their files. */
export const EVICTION_MS = 12_000

export interface System {
  readonly name: SystemName
  readonly title: string
  readonly server: DevServer
  /**
   * After this long it has nothing left to do for the executions it has answered. A server that stood still meanwhile does
   * it all at once when it goes on, before the next cell: no cell pays for the one before it.
   */
  readonly restMs: number
  /** Where each execution's object has its files. */
  readonly objectsDirectory: string
  /** Where history is kept, if anywhere. */
  readonly historyDirectory: string | null
  /** From request to completion. @throws when the answer is not the completed execution's */
  execute(kind: Kind): Promise<void>
  /** An answer of the Worker that touches no object. */
  probe(): Promise<void>
  /** Closes its connections, which would be stale afterwards, and stands still. */
  pause(): void
  stop(): Promise<void>
}

export interface SystemOptions {
  readonly stateDir: string
  /** Of the server that answers after 20 ms. */
  readonly slowUrl: string
}
