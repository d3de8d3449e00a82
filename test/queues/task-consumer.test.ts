import { createExecutionContext, createMessageBatch, getQueueResult } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { describe, expect, it } from 'vitest'
import { MAX_QUEUE_TIMEOUT_SECONDS } from '../../src/core/limits.ts'
import type { AttemptResult } from '../../src/core/node-type.ts'
import type { ClaimAnswer, ClaimRequest, SettleAnswer } from '../../src/execution/contract.ts'
import { createDeadLetterStore } from '../../src/history/dead-letter-store.ts'
import type { TaskMessage } from '../../src/queues/messages.ts'
import { strandedSettlementKey } from '../../src/queues/stranded-settlement.ts'
import { consumeTasks } from '../../src/queues/task-consumer.ts'
import type { AttemptTask, Settlement } from '../../src/runner/task.ts'
import { attemptTask } from '../support/attempt-task.ts'

const executionId = 'e1e1e1e1e1e1e1e1'
const result: AttemptResult = { kind: 'completed', output: 'done' }
const settlement: Settlement = { executionId, epoch: 1, node: 'call', attempt: 2, result }
const key = strandedSettlementKey(settlement)

const stranded: TaskMessage = { kind: 'settlement', execution_id: executionId, key }
const attempt: TaskMessage = { kind: 'attempt', execution_id: executionId, epoch: 1, node: 'call', attempt: 2 }
const accepted = async (): Promise<SettleAnswer> => ({ kind: 'accepted' })
const failing = () => Promise.reject(new Error('the object was reset'))

interface Answers {
  readonly settle?: () => Promise<SettleAnswer>
  readonly claim?: () => Promise<ClaimAnswer>
  readonly deliver?: () => Promise<void>
}

/** Consumes one batch and tells what became of its messages (`m0`, `m1`, …) and what was asked of the execution, in order. */
async function consume(bodies: readonly unknown[], answers: Answers = {}) {
  const calls: unknown[] = []
  const messages = bodies.map((body, index) => ({ id: `m${index}`, timestamp: new Date(0), attempts: 1, body }))
  const batch = createMessageBatch('millrace-tasks', messages)
  await consumeTasks(batch, {
    execution: (id) => ({
      settle: (given: Settlement) => {
        calls.push(['settle', id, given])
        return (answers.settle ?? accepted)()
      },
      claim: (request: ClaimRequest) => {
        calls.push(['claim', id, request])
        return (answers.claim ?? failing)()
      },
    }),
    payloads: env.PAYLOADS,
    perform: async (task: AttemptTask) => {
      calls.push(['perform', task])
      return result
    },
    deliver: async (given: Settlement) => {
      calls.push(['deliver', given])
      await answers.deliver?.()
    },
    deliverCallback: async () => {},
    deadLetters: createDeadLetterStore(env.DB),
    log: (_, event, fields) => void calls.push([event, fields.message_id]),
  })
  const { explicitAcks, retryMessages } = await getQueueResult(batch, createExecutionContext())
  return { calls, acked: explicitAcks, retried: retryMessages.map(({ msgId }) => msgId) }
}

describe('a stranded settlement', () => {
  it('is delivered and forgotten', async () => {
    await env.PAYLOADS.put(key, JSON.stringify(settlement))
    expect(await consume([stranded])).toEqual({ calls: [['settle', executionId, settlement]], acked: ['m0'], retried: [] })
    expect(await env.PAYLOADS.get(key)).toBeNull()
  })

  it('that is gone has been delivered before', async () => {
    expect(await consume([stranded])).toEqual({ calls: [], acked: ['m0'], retried: [] })
  })

  it('stays and comes again while its execution cannot be reached', async () => {
    await env.PAYLOADS.put(key, JSON.stringify(settlement))
    const { acked, retried } = await consume([stranded], { settle: failing })
    expect({ acked, retried }).toEqual({ acked: [], retried: ['m0'] })
    expect(await env.PAYLOADS.head(key)).not.toBeNull()
    await env.PAYLOADS.delete(key)
  })

  it('that cannot be read comes again until it is a dead letter', async () => {
    await env.PAYLOADS.put(key, '{}')
    expect(await consume([stranded])).toEqual({ calls: [['task.failed', 'm0']], acked: [], retried: ['m0'] })
    await env.PAYLOADS.delete(key)
  })
})

describe('an attempt', () => {
  const claimCall = ['claim', executionId, { epoch: 1, node: 'call', attempt: 2 }]

  it('is claimed, performed and delivered', async () => {
    const task = attemptTask({ timeoutMs: MAX_QUEUE_TIMEOUT_SECONDS * 1000 })
    expect(await consume([attempt], { claim: async () => ({ kind: 'work', task }) })).toEqual({
      calls: [claimCall, ['perform', task], ['deliver', settlement]],
      acked: ['m0'],
      retried: [],
    })
  })

  it('is not given more time than the consumer has', async () => {
    const task = attemptTask({ timeoutMs: MAX_QUEUE_TIMEOUT_SECONDS * 1000 + 1 })
    const { calls } = await consume([attempt], { claim: async () => ({ kind: 'work', task }) })
    expect(calls[1]).toEqual(['perform', { ...task, timeoutMs: MAX_QUEUE_TIMEOUT_SECONDS * 1000 }])
  })

  it('that is superseded is left alone', async () => {
    expect(await consume([attempt], { claim: async () => ({ kind: 'superseded' }) })).toEqual({
      calls: [claimCall],
      acked: ['m0'],
      retried: [],
    })
  })

  it('comes again where it cannot be claimed or delivered', async () => {
    expect(await consume([attempt])).toMatchObject({ calls: [claimCall, ['task.failed', 'm0']], acked: [], retried: ['m0'] })
    const claim = async (): Promise<ClaimAnswer> => ({ kind: 'work', task: attemptTask() })
    expect(await consume([attempt], { claim, deliver: failing })).toMatchObject({ acked: [], retried: ['m0'] })
  })
})

describe('a batch', () => {
  it('is decided message by message; what is no task comes again until it is a dead letter', async () => {
    const claim = async (): Promise<ClaimAnswer> => ({ kind: 'superseded' })
    const { acked, retried } = await consume([{ kind: 'party' }, attempt, null, stranded], { claim })
    expect(acked.toSorted()).toEqual(['m1', 'm3'])
    expect(retried.toSorted()).toEqual(['m0', 'm2'])
  })
})
