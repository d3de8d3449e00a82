// What starting an execution promises, and who may see it afterwards.
import { evictDurableObject, runInDurableObject } from 'cloudflare:test'
import { describe, expect, it } from 'vitest'
import { alarmOf, executionOf, newId, startExecution, startRequest, storedKeys, stubOf, view } from '../support/execution.ts'
import { upgrade } from '../support/listener.ts'
import { graph } from '../support/run.ts'

const sum = graph(
  [
    { id: '1', config: { value: 10 } },
    { id: '2', config: { value: 5 } },
    { id: '3', config: { op: 'add' } },
  ],
  ['1>3', '2>3'],
)
const pause = graph([{ id: 'pause', type: 'delay', config: { delay_seconds: 3600 } }], [])

const withKey = (key: string, bodyHash = 'body') => ({ identity: { idempotency: { key, bodyHash } } })

describe('start', () => {
  it('runs a pure workflow in one row and answers with its view where asked to wait', async () => {
    const id = newId()
    const answer = await startExecution(id, sum, { wait: true })
    expect(answer).toMatchObject({
      kind: 'started',
      view: { status: 'completed', final_output: 15, node_results: { 1: 10, 2: 5, 3: 15 } },
    })
    expect(await storedKeys(id)).toEqual(['j/0000000001/000'])
    expect(await alarmOf(id)).not.toBeNull()
    expect(await view(id)).toMatchObject({ status: 'completed', final_output: 15 })
  })

  it('answers without the view where not asked to wait', async () => {
    expect(await startExecution(newId(), sum)).toMatchObject({ kind: 'started', summary: { status: 'completed' }, view: null })
  })

  it('answers what waits as waiting, with its alarm set', async () => {
    const id = newId()
    expect(await startExecution(id, pause, { wait: true })).toMatchObject({ summary: { status: 'waiting' }, view: null })
    expect(await alarmOf(id)).not.toBeNull()
  })
})

describe('a look-up of an unknown id', () => {
  it('finds nothing, writes nothing and leaves no alarm', async () => {
    const id = newId()
    const execution = executionOf(id)
    expect(await execution.get('default', { includeLogs: true, includeMetrics: true })).toBeNull()
    expect(await execution.definition('default')).toBeNull()
    expect(await execution.events('default', { after: 0, limit: 10 })).toBeNull()
    expect(await execution.control('default', { type: 'cancel', by: 'ada', reason: null })).toEqual({ kind: 'not_found' })
    expect(await execution.claim({ epoch: 1, node: 'a', attempt: 1 })).toEqual({ kind: 'superseded' })
    expect(
      await execution.settle({ executionId: id, epoch: 1, node: 'a', attempt: 1, result: { kind: 'completed', output: 1 } }),
    ).toEqual({ kind: 'ignored', reason: 'NOT_STARTED' })
    expect((await upgrade(id)).status).toBe(404)
    await runInDurableObject(stubOf(id), (instance) => instance.alarm())
    expect(await storedKeys(id)).toEqual([])
    expect(await alarmOf(id)).toBeNull()
  })
})

describe('another community', () => {
  it('sees no execution in any look-up, and cannot cancel it', async () => {
    const id = newId()
    await startExecution(id, pause)
    const execution = executionOf(id)
    expect(await execution.get('other', { includeLogs: false, includeMetrics: false })).toBeNull()
    expect(await execution.definition('other')).toBeNull()
    expect(await execution.events('other', { after: 0, limit: 10 })).toBeNull()
    expect(await execution.control('other', { type: 'cancel', by: 'eve', reason: null })).toEqual({ kind: 'not_found' })
    expect((await upgrade(id, '', 'other')).status).toBe(404)
    expect((await view(id)).status).toBe('waiting')
  })

  it('is not let in without a name either', async () => {
    const id = newId()
    await startExecution(id, pause)
    expect((await stubOf(id).fetch('https://execution/stream', { headers: { Upgrade: 'websocket' } })).status).toBe(404)
  })
})

describe('an idempotent start', () => {
  it('gives the same execution again, after an eviction too', async () => {
    const id = newId()
    await startExecution(id, sum, { ...withKey('k'), wait: true })
    const again = await startExecution(id, sum, { ...withKey('k'), wait: true })
    expect(again).toMatchObject({ kind: 'replayed', summary: { execution_id: id }, view: { final_output: 15 } })
    await evictDurableObject(stubOf(id))
    expect(await startExecution(id, sum, { ...withKey('k'), wait: true })).toEqual(again)
    expect(await storedKeys(id)).toEqual(['j/0000000001/000'])
  })

  it('carries the view only where it is waited for', async () => {
    const id = newId()
    await startExecution(id, sum, { ...withKey('k'), wait: true })
    expect(await startExecution(id, sum, withKey('k'))).toMatchObject({ kind: 'replayed', view: null })
  })

  it('answers a replay of an open execution without a view', async () => {
    const id = newId()
    await startExecution(id, pause, withKey('k'))
    expect(await startExecution(id, pause, withKey('k'))).toMatchObject({ kind: 'replayed', view: null })
  })

  it('refuses another body, and another or no key', async () => {
    const id = newId()
    await startExecution(id, sum, withKey('k'))
    expect(await startExecution(id, sum, withKey('k', 'another'))).toEqual({ kind: 'idempotency_conflict' })
    expect(await startExecution(id, sum, withKey('other'))).toEqual({ kind: 'id_taken' })
    expect(await startExecution(id, sum)).toEqual({ kind: 'id_taken' })
  })

  it('refuses a key for an execution that was started without one', async () => {
    const id = newId()
    await startExecution(id, sum)
    expect(await startExecution(id, sum, withKey('k'))).toEqual({ kind: 'id_taken' })
  })
})

describe('starts that race', () => {
  it('give one execution under one key', async () => {
    const id = newId()
    const answers = await Promise.all([startExecution(id, sum, withKey('k')), startExecution(id, sum, withKey('k'))])
    expect(answers.map(({ kind }) => kind).sort()).toEqual(['replayed', 'started'])
    expect(await storedKeys(id)).toEqual(['j/0000000001/000'])
  })

  it('do so also where both have found nothing before either begins', async () => {
    const id = newId()
    const kinds = await runInDurableObject(stubOf(id), async (instance) => {
      const answers = await Promise.all([
        instance.start(startRequest(id, sum, withKey('k'))),
        instance.start(startRequest(id, sum, withKey('k'))),
        instance.start(startRequest(id, sum)),
      ])
      return answers.map(({ kind }) => kind)
    })
    expect(kinds).toEqual(['started', 'replayed', 'id_taken'])
  })
})
