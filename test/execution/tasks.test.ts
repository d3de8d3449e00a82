// A task in the real object: it is evicted or aborted while a worker is at work, and the result counts, once.
import { abortAllDurableObjects, evictDurableObject } from 'cloudflare:test'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { Command } from '../../src/core/command.ts'
import type { JsonObject } from '../../src/core/json.ts'
import { alarmOf, executionOf, fireAlarm, holdTime, newId, passTime, startExecution, stubOf, view } from '../support/execution.ts'
import { graph } from '../support/run.ts'

beforeEach(() => void holdTime())
afterEach(() => vi.useRealTimers())

const TASK = { id: 't', type: 'task', config: { queue: 'gpu', payload: [1] } }
const HOUR_MS = 3_600_000

async function started(more: JsonObject = {}): Promise<string> {
  const id = newId()
  await startExecution(id, graph([{ ...TASK, ...more }], []))
  return id
}

type Result = Extract<Command, { readonly type: 'settle_task' }>['result']

const settle = (id: string, result: Result, since = 3) =>
  executionOf(id).control('default', { type: 'settle_task', node: 't', since, result, by: 'box-1' })

const done: Result = { kind: 'completed', output: 'done' }
const failed: Result = { kind: 'failed', error: { code: 'TASK_FAILED', message: 'no', retryable: true } }

const crashes = [
  { crash: 'an eviction', strike: (id: string) => evictDurableObject(stubOf(id)) },
  { crash: 'an abort', strike: () => abortAllDurableObjects() },
]

describe.each(crashes)('$crash while a worker is at work', ({ strike }) => {
  it('does not keep its result from the node, nor has it count twice', async () => {
    const id = await started()
    await strike(id)
    expect(await settle(id, done)).toMatchObject({ kind: 'done', status: 'completed' })
    await strike(id)
    expect(await settle(id, failed)).toMatchObject({ kind: 'refused', reason: 'ALREADY_SETTLED' })
    expect(await view(id)).toMatchObject({ status: 'completed', final_output: 'done' })
  })

  it('does not keep its time from running out, nor the next task from beginning', async () => {
    const retry = { strategy: 'fixed', max_attempts: 2, initial_delay_ms: HOUR_MS, jitter: 'none' }
    const id = await started({ timeout_seconds: 3_600, retry })
    await strike(id)
    passTime(HOUR_MS)
    await fireAlarm(id)
    expect((await view(id)).node_states.t).toMatchObject({ blocked_on: { kind: 'retry' } })
    await strike(id)
    passTime(HOUR_MS)
    await fireAlarm(id)
    expect((await view(id)).node_states.t).toMatchObject({ attempt: 2, blocked_on: { kind: 'worker' } })
    expect(await settle(id, done)).toMatchObject({ reason: 'SUPERSEDED_ATTEMPT' })
    expect(await settle(id, done, 5)).toMatchObject({ kind: 'done', status: 'completed' })
  })
})

it('needs no alarm but the one that looks after history', async () => {
  const [task, bounded] = [await started(), await started({ timeout_seconds: 5 })]
  expect(await alarmOf(bounded)).toBeLessThan((await alarmOf(task)) ?? 0)
})

it('of another community is nobody’s', async () => {
  const id = await started()
  const command = { type: 'settle_task', node: 't', since: 3, result: done, by: 'box-1' } as const
  expect(await executionOf(id).control('other', command)).toEqual({ kind: 'not_found' })
})

it('tells in its log what it waits for, and never what it is to do', async () => {
  const id = await started()
  const { logs } = await view(id)
  expect(JSON.stringify(logs)).toContain('Step waiting: t for a worker of the queue gpu')
  expect(JSON.stringify(logs)).not.toContain('payload')
})
