// Erasing executions, and cancelling many of them at once.
import { runInDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { describe, expect, it } from 'vitest'
import { Journal } from '../../src/execution/journal.ts'
import { createDeadLetterStore } from '../../src/history/dead-letter-store.ts'
import { createExecutionHistory } from '../../src/history/execution-history.ts'
import { type ExecutionRecord, toExecutionRecord } from '../../src/history/execution-record.ts'
import { nodeTypes } from '../../src/nodes/registry.ts'
import { apiOf, testApp } from '../support/api.ts'
import { storedKeys, stubOf } from '../support/execution.ts'

const api = apiOf(testApp())

describe('DELETE /executions/:id', () => {
  it('erases it in the object, in history and among the dead letters', async () => {
    const id = await start({ nodes: [{ id: 'no', type: 'fail', config: { code: 'NO', message: 'secret words' } }], edges: [] })
    await recorded(id)
    expect((await createDeadLetterStore(env.DB).list({ communityId: 'default', page: 1, perPage: 100 })).items).toMatchObject([
      { execution_id: id },
    ])
    expect((await api('DELETE', `/executions/${id}`)).status).toBe(200)
    expect(await storedKeys(id)).toEqual([])
    expect((await api('GET', `/executions/${id}`)).status).toBe(404)
    expect((await api('GET', '/executions')).body.data).toEqual([])
    expect((await createDeadLetterStore(env.DB).list({ communityId: 'default', page: 1, perPage: 100 })).items).toEqual([])
    expect((await api('DELETE', `/executions/${id}`)).status).toBe(404)
  })

  it('a late message does not bring it back, and its Idempotency-Key starts another one', async () => {
    const headers = { 'Idempotency-Key': 'once' }
    const body = { workflow: { nodes: [{ id: 'a', type: 'value', config: { value: 1 } }], edges: [] } }
    const { execution_id: id } = (await api('POST', '/executions', body, headers)).body.data
    const record = await recorded(id)
    await api('DELETE', `/executions/${id}`)
    await createExecutionHistory(env.DB).save([record])
    expect((await api('GET', `/executions/${id}`)).status).toBe(404)
    const again = await api('POST', '/executions', body, headers)
    expect(again.status).toBe(202)
    expect(again.body.data.execution_id).not.toBe(id)
  })

  it('refuses one that is open, and does not know that of another community', async () => {
    const id = await start({ nodes: [{ id: 'wait', type: 'delay', config: { delay_seconds: 3600 } }], edges: [] })
    expect((await api('DELETE', `/executions/${id}`)).body).toMatchObject({ error_code: 'CONFLICT' })
    expect((await api('DELETE', `/executions/${id}?community_id=other`)).status).toBe(404)
    expect((await api('GET', `/executions/${id}`)).body.data.status).toBe('waiting')
  })
})

describe('POST /executions/cancel', () => {
  const waiting = { nodes: [{ id: 'wait', type: 'delay', config: { delay_seconds: 3600 } }], edges: [] }

  it('cancels what the filter finds, and nothing else', async () => {
    const ids = [await start(waiting, { metadata: { job: 'a' } }), await start(waiting, { metadata: { job: 'a' } })]
    const other = await start(waiting, { metadata: { job: 'b' } })
    for (const id of [...ids, other]) await recorded(id)
    const answer = await api('POST', '/executions/cancel', { metadata: { job: 'a' }, reason: 'enough' })
    expect(answer.body.data.cancelled.sort()).toEqual(ids.sort())
    expect(answer.body.data.next).toBeNull()
    expect((await api('GET', `/executions/${ids[0]}`)).body.data.status).toBe('cancelled')
    expect((await api('GET', `/executions/${other}`)).body.data.status).toBe('waiting')
    expect((await api('POST', '/executions/cancel', { all: true })).body.data.cancelled).toEqual([other])
  })

  it('asks for a filter', async () => {
    expect((await api('POST', '/executions/cancel', {})).body).toMatchObject({ error_code: 'BAD_REQUEST' })
    expect((await api('POST', '/executions/cancel', { status: 'completed' })).status).toBe(400)
    expect((await api('POST', '/executions/cancel', { all: true, cursor: 'x' })).status).toBe(400)
  })

  it('refuses a filter that it does not know: it would cancel what the filter was to spare', async () => {
    const id = await start(waiting)
    await recorded(id)
    const answer = await api('POST', '/executions/cancel', { workflow: 'x', status: 'waiting' })
    expect(answer.body).toMatchObject({ error_code: 'BAD_REQUEST', message: 'Unrecognized key: "workflow"' })
    expect((await api('GET', `/executions/${id}`)).body.data.status).toBe('waiting')
  })
})

const start = async (workflow: object, more: object = {}): Promise<string> =>
  (await api('POST', '/executions', { workflow, ...more })).body.data.execution_id

/** Puts the execution's record where its message would, without waiting for the queue. */
async function recorded(id: string): Promise<ExecutionRecord> {
  const record = await runInDurableObject(stubOf(id), (_, { storage }) => {
    const state = new Journal(storage, nodeTypes).load()
    if (state === null) throw new Error(`no execution ${id}`)
    return toExecutionRecord(state, { wakeAt: null, expiresAt: null })
  })
  await createExecutionHistory(env.DB).save([record])
  return record
}
