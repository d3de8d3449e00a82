// Brings a settlement to its execution: a few quick tries, then R2 and a message on the task queue, which tries for longer.
// Called by the Runner after a late attempt and by the queue's consumer; a settlement that arrives twice is a no-op there.
import type { SettleAnswer } from '../execution/contract.ts'
import type { TaskMessage } from '../queues/messages.ts'
import { strandedSettlementKey } from '../queues/stranded-settlement.ts'
import type { Settlement } from './task.ts'

/** What an attempt needs of its execution. */
export interface SettleTarget {
  settle(settlement: Settlement): Promise<SettleAnswer>
}

export interface DeliveryDeps {
  /** A fresh stub at every call: one that threw may be broken. */
  readonly execution: (executionId: string) => SettleTarget
  readonly payloads: { put(key: string, text: string): Promise<unknown> }
  readonly tasks: { send(message: TaskMessage): Promise<unknown> }
  readonly pause: (ms: number) => Promise<void>
}

export const SETTLE_TRIES = 3
/**
 * From one try to the next, whether it failed or hangs: three tries take 2.1 s, which fits with the two writes after them into
 * what a Worker lives on after the Runner's longest attempt.
 */
export const SETTLE_TRY_MS = 700

/** @throws what R2 or the queue throws: then only the attempt's lease helps. */
export async function deliverSettlement(settlement: Settlement, deps: DeliveryDeps): Promise<void> {
  for (let tries = 0; tries < SETTLE_TRIES; tries += 1) {
    const next = deps.pause(SETTLE_TRY_MS)
    if (await Promise.race([isDelivered(settlement, deps), next.then(() => false)])) return
    await next
  }
  const key = strandedSettlementKey(settlement)
  await deps.payloads.put(key, JSON.stringify(settlement))
  await deps.tasks.send({ kind: 'settlement', execution_id: settlement.executionId, key })
}

/** An answer is a delivery, also one that says the settlement came too late. */
async function isDelivered(settlement: Settlement, deps: DeliveryDeps): Promise<boolean> {
  try {
    await deps.execution(settlement.executionId).settle(settlement)
    return true
  } catch {
    // Unreachable, overloaded or reset by a deployment: the next try and then the queue are the answer to all three.
    return false
  }
}
