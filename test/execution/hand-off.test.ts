// Nodes that touch the world: given to a Runner or the task queue, settled in the answer or later, once.
import { evictDurableObject } from 'cloudflare:test'
import { afterEach, describe, expect, it, vi } from 'vitest'
import {
  executionOf,
  fireAlarm,
  holdTime,
  newId,
  passTime,
  settle,
  startExecution,
  storedKeys,
  stubOf,
  told,
  view,
} from '../support/execution.ts'
import { endOf } from '../support/listener.ts'
import { Meter } from '../support/meter.ts'
import { Outside } from '../support/outside.ts'
import { failure, graph, success } from '../support/run.ts'
import { RunnerAnswers } from '../support/runner-answers.ts'
import { http, underWay } from '../support/under-way.ts'

afterEach(() => {
  vi.useRealTimers()
  vi.unstubAllGlobals()
  vi.restoreAllMocks()
})

const single = graph([http('a')], [])
const calls = graph([http('a'), http('b')], ['a>b'])

describe('an attempt that answers within the bound', () => {
  it('is settled in the same turn: a start that waits gets the end', async () => {
    const outside = new Outside(() => Response.json({ found: true }))
    const id = newId()
    const answer = await startExecution(id, calls, { wait: true })
    expect(answer).toMatchObject({ view: { status: 'completed', final_output: { status: 200, body: { found: true } } } })
    expect(outside.keys()).toEqual([`${id}.a.1`, `${id}.b.1`])
    expect(await storedKeys(id)).toHaveLength(3)
  })

  it('fails the execution where it fails for good', async () => {
    new Outside(() => new Response('no', { status: 404 }))
    const id = newId()
    const answer = await startExecution(id, single, { wait: true })
    expect(answer).toMatchObject({ view: { status: 'failed', error_node_id: 'a' } })
  })
})

describe('an attempt that takes longer', () => {
  it('is answered with "running" and settles itself', async () => {
    const outside = new Outside()
    const runners = new RunnerAnswers()
    const id = newId()
    const started = startExecution(id, single, { wait: true })
    const request = await outside.request(0)
    expect(await started).toMatchObject({ kind: 'started', summary: { status: 'running' }, view: null })
    expect(await runners.answer(0)).toEqual({ kind: 'running' })
    request.answer()
    expect(await endOf(id)).toBe('completed')
    expect(await told(id)).toEqual([
      'execution.created',
      'execution.started',
      'node.started a',
      'node.completed a',
      'execution.completed',
    ])
  })

  it('settles an object that was evicted meanwhile', async () => {
    const outside = new Outside()
    const runners = new RunnerAnswers()
    const id = newId()
    await startExecution(id, calls)
    const request = await outside.request(0)
    await runners.answer(0)
    await evictDurableObject(stubOf(id))
    request.answer()
    ;(await outside.request(1)).answer()
    expect(await endOf(id)).toBe('completed')
    expect(outside.keys()).toEqual([`${id}.a.1`, `${id}.b.1`])
  })

  it('is of no effect after a cancel', async () => {
    const outside = new Outside()
    const runners = new RunnerAnswers()
    const id = newId()
    const meter = new Meter()
    await startExecution(id, single)
    const request = await outside.request(0)
    await runners.answer(0)
    expect(await executionOf(id).control('default', { type: 'cancel', by: 'ada', reason: 'enough' })).toMatchObject({
      kind: 'done',
      status: 'cancelled',
    })
    expect(await executionOf(id).control('default', { type: 'cancel', by: 'ada', reason: 'enough' })).toMatchObject({
      kind: 'refused',
      reason: 'ALREADY_FINISHED',
    })
    const before = await told(id)
    request.answer()
    await vi.waitFor(() => expect(meter.requests()).toMatchObject({ settle: 1 }))
    expect(await settle(id, 'a', success(1))).toEqual({ kind: 'ignored', reason: 'ALREADY_FINISHED' })
    expect(await told(id)).toEqual(before)
    expect(await view(id)).toMatchObject({ status: 'cancelled', node_states: { a: { status: 'cancelled' } } })
  })

  it('is of no effect within the bound either, once the execution is cancelled', async () => {
    const outside = new Outside()
    const runners = new RunnerAnswers()
    const id = newId()
    await startExecution(id, single)
    const request = await outside.request(0)
    await executionOf(id).control('default', { type: 'cancel', by: 'ada', reason: null })
    request.answer()
    await runners.answer(0)
    expect((await told(id)).at(-1)).toBe('execution.cancelled')
  })
})

describe('settle', () => {
  it('accepts the first of two', async () => {
    const id = await underWay(calls)
    expect(await settle(id, 'a', success('first'))).toEqual({ kind: 'accepted' })
    expect(await settle(id, 'a', success('second'))).toEqual({ kind: 'ignored', reason: 'NOT_RUNNING' })
    expect((await view(id)).node_results).toEqual({ a: 'first' })
  })

  it('accepts one of two that race', async () => {
    const id = await underWay(calls)
    const answers = await Promise.all([settle(id, 'a', success(1)), settle(id, 'a', success(2))])
    expect(answers.filter(({ kind }) => kind === 'accepted')).toHaveLength(1)
  })

  it('refuses what is out of place, by name', async () => {
    const id = await underWay(calls)
    expect(await settle(id, 'a', success(), { epoch: 2 })).toEqual({ kind: 'ignored', reason: 'SUPERSEDED_EPOCH' })
    expect(await settle(id, 'a', success(), { attempt: 2 })).toEqual({ kind: 'ignored', reason: 'SUPERSEDED_ATTEMPT' })
    expect(await settle(id, 'x', success())).toEqual({ kind: 'ignored', reason: 'UNKNOWN_NODE' })
    expect(await settle(id, 'b', success())).toEqual({ kind: 'ignored', reason: 'NOT_RUNNING' })
  })

  it('refuses a stale attempt while the next one runs', async () => {
    holdTime()
    const outside = new Outside()
    const id = newId()
    await startExecution(id, single)
    await outside.request(0)
    await settle(id, 'a', failure())
    expect((await view(id)).status).toBe('waiting')
    passTime(1_000)
    await fireAlarm(id)
    await outside.request(1)
    expect(await settle(id, 'a', success('stale'), { attempt: 1 })).toEqual({ kind: 'ignored', reason: 'SUPERSEDED_ATTEMPT' })
    expect(await settle(id, 'a', success('fresh'), { attempt: 2 })).toEqual({ kind: 'accepted' })
    expect(await view(id)).toMatchObject({ status: 'completed', final_output: 'fresh' })
    expect(outside.keys()).toEqual([`${id}.a.1`, `${id}.a.1`])
  })
})

describe('a node above the bound of a Runner', () => {
  const long = graph([http('a', { timeout_seconds: 60 })], [])

  it('is announced on the task queue and claimed once', async () => {
    const id = newId()
    const meter = new Meter()
    await meter.attach(id)
    await startExecution(id, long)
    expect(meter.tasks).toEqual([{ kind: 'attempt', execution_id: id, epoch: 1, node: 'a', attempt: 1 }])
    const execution = executionOf(id)
    const claim = { epoch: 1, node: 'a', attempt: 1 }
    expect(await execution.claim({ ...claim, attempt: 2 })).toEqual({ kind: 'superseded' })
    expect(await execution.claim({ ...claim, epoch: 2 })).toEqual({ kind: 'superseded' })
    expect(await execution.claim(claim)).toMatchObject({
      kind: 'work',
      task: { executionId: id, node: 'a', attempt: 1, run: 1, timeoutMs: 60_000, config: { url: 'http://127.0.0.1/a' } },
    })
    expect(await execution.claim(claim)).toEqual({ kind: 'superseded' })
    expect(await settle(id, 'a', success('done'))).toEqual({ kind: 'accepted' })
    expect((await view(id)).final_output).toBe('done')
  })

  it('goes through the real queue and its consumer to the end', async () => {
    const outside = new Outside(() => Response.json(['done']))
    const id = newId()
    await startExecution(id, long)
    expect(await endOf(id)).toBe('completed')
    expect(await view(id)).toMatchObject({ final_output: { body: ['done'] } })
    expect(outside.keys()).toEqual([`${id}.a.1`])
    expect(await told(id)).toContain('node.claimed a')
  })

  it('is announced again once a message has lain too long: nothing was run, so it is the same attempt, and the first claim gets it', async () => {
    holdTime()
    const id = newId()
    const meter = new Meter()
    await meter.attach(id)
    await startExecution(id, long)
    passTime(299_999)
    await fireAlarm(id)
    expect(meter.tasks).toHaveLength(1)
    passTime(1)
    await fireAlarm(id)
    expect(meter.tasks.map(({ kind, ...task }) => ('attempt' in task ? task.attempt : kind))).toEqual([1, 1])
    expect(await executionOf(id).claim({ epoch: 1, node: 'a', attempt: 1 })).toMatchObject({ kind: 'work' })
    expect(await executionOf(id).claim({ epoch: 1, node: 'a', attempt: 1 })).toEqual({ kind: 'superseded' })
  })
})
