import { env } from 'cloudflare:workers'
import { describe, expect, it } from 'vitest'
import type { SettleAnswer } from '../../src/execution/contract.ts'
import type { TaskMessage } from '../../src/queues/messages.ts'
import { parseSettlement, strandedSettlementKey } from '../../src/queues/stranded-settlement.ts'
import { deliverSettlement, SETTLE_TRIES, SETTLE_TRY_MS } from '../../src/runner/deliver-settlement.ts'
import type { Settlement } from '../../src/runner/task.ts'

const settlement: Settlement = {
  executionId: 'e1e1e1e1e1e1e1e1',
  epoch: 2,
  node: 'each[3].call',
  attempt: 4,
  result: { kind: 'completed', output: { a: [1, null] }, metadata: { cached: false } },
}
const key = 'executions/e1e1e1e1e1e1e1e1/settlements/2.each[3].call.4.json'

/** An execution that answers its n-th call with the n-th of `answers`, and everything that was asked of anybody, in order. */
function surroundings(answers: readonly (() => Promise<SettleAnswer>)[]) {
  const calls: unknown[] = []
  let tries = 0
  const deps = {
    execution: (executionId: string) => {
      calls.push(['stub', executionId])
      return {
        settle: (given: Settlement) => {
          calls.push(['settle', given])
          tries += 1
          return (answers[tries - 1] ?? answers[answers.length - 1] ?? fails)()
        },
      }
    },
    payloads: env.PAYLOADS,
    tasks: { send: async (message: TaskMessage) => void calls.push(['send', message]) },
    pause: async (ms: number) => void calls.push(['pause', ms]),
  }
  return { calls, deps }
}

const accepts = async (): Promise<SettleAnswer> => ({ kind: 'accepted' })
const ignores = async (): Promise<SettleAnswer> => ({ kind: 'ignored', reason: 'ALREADY_FINISHED' })
const fails = () => Promise.reject(new Error('the object was reset'))
const hangs = () => new Promise<SettleAnswer>(() => {})

const oneTry = [
  ['pause', SETTLE_TRY_MS],
  ['stub', 'e1e1e1e1e1e1e1e1'],
  ['settle', settlement],
]

describe('delivery', () => {
  it.each([
    ['accepts', accepts],
    ['ignores', ignores],
  ])('is done when the execution %s it', async (_, answer) => {
    const { calls, deps } = surroundings([answer])
    await deliverSettlement(settlement, deps)
    expect(calls).toEqual(oneTry)
    expect(await env.PAYLOADS.get(key)).toBeNull()
  })

  it('asks a fresh stub after one that failed', async () => {
    const { calls, deps } = surroundings([fails, accepts])
    await deliverSettlement(settlement, deps)
    expect(calls).toEqual([...oneTry, ...oneTry])
  })

  it.each([
    ['fails', fails],
    ['hangs', hangs],
  ])('goes to R2 and the queue when the execution %s every time', async (_, answer) => {
    const { calls, deps } = surroundings([answer])
    await deliverSettlement(settlement, deps)
    const tries = Array.from({ length: SETTLE_TRIES }, () => oneTry).flat()
    expect(calls).toEqual([...tries, ['send', { kind: 'settlement', execution_id: 'e1e1e1e1e1e1e1e1', key }]])
    const stored = await env.PAYLOADS.get(key)
    expect(parseSettlement((await stored?.text()) ?? '')).toEqual(settlement)
    await env.PAYLOADS.delete(key)
  })
})

describe('a stored settlement', () => {
  it('has one key per attempt', () => {
    expect(strandedSettlementKey(settlement)).toBe(key)
  })

  it.each<Settlement['result']>([
    { kind: 'completed', output: null },
    { kind: 'failed', error: { code: 'NETWORK_ERROR', message: 'gone', retryable: true } },
    {
      kind: 'failed',
      error: { code: 'HTTP_STATUS', message: 'no', retryable: true, status: 503, retry_after_seconds: 3, cause: { body: 'x' } },
    },
  ])('comes back as it was: %j', (result) => {
    const stored = { ...settlement, result }
    expect(parseSettlement(JSON.stringify(stored))).toEqual(stored)
  })

  it.each(['', '{}', 'null', JSON.stringify({ ...settlement, result: { kind: 'completed' } })])(
    'is refused where it is %j',
    (text) => {
      expect(() => parseSettlement(text)).toThrow()
    },
  )
})
