import { describe, expect, it } from 'vitest'
import { MAX_TASK_CAUSE_BYTES } from '../../src/http/limits.ts'
import { apiOf, testApp } from '../support/api.ts'

const api = apiOf(testApp())
const EXACT = { strategy: 'fixed', max_attempts: 2, initial_delay_ms: 60_000, jitter: 'none' }

const workflow = (more: object = {}) => ({
  nodes: [
    { id: 'render', type: 'task', config: { queue: 'gpu', payload: '{{ inputs.scene }}' }, ...more },
    { id: 'end', type: 'end' },
  ],
  edges: [{ from: 'render', to: 'end' }],
})

async function start(more: object = {}, body: object = {}) {
  const { data } = (await api('POST', '/executions', { workflow: workflow(more), variables: { scene: 'tree' }, ...body })).body
  const id: string = data.execution_id
  return { id, task: `${id}.render.3` }
}

const settle = (task: string, outcome: 'complete' | 'fail', body: object = {}, query = '') =>
  api('POST', `/tasks/${encodeURIComponent(task)}/${outcome}${query}`, body)

const view = async (id: string) => (await api('GET', `/executions/${id}`)).body.data

describe('a task', () => {
  it('says that no worker has come, and by which name it is done', async () => {
    const { id, task } = await start()
    const { status, node_states } = await view(id)
    expect(status).toBe('waiting')
    expect(node_states.render.blocked_on).toEqual({
      kind: 'worker',
      detail: expect.stringMatching(new RegExp(`^no worker of the queue gpu has done it; waits since 20.*Z as task ${task}$`)),
    })
  })

  it('is completed once, with the output of the worker', async () => {
    const { id, task } = await start()
    const first = await settle(task, 'complete', { output: { url: 'x' } })
    expect(first.status).toBe(200)
    expect(first.headers.get('X-Execution-ID')).toBe(id)
    expect(first.body.data).toEqual({ task_id: task, accepted: true, execution_id: id, execution_status: 'completed' })
    const again = await settle(task, 'complete', { output: 'another' })
    expect(again.body).toMatchObject({ success: true, data: { accepted: false } })
    expect((await settle(task, 'fail', { message: 'no' })).body.data.accepted).toBe(false)
    const { final_output, node_states } = await view(id)
    expect(final_output).toEqual({ url: 'x' })
    expect(node_states.render.metadata).toMatchObject({ worker: 'admin' })
  })

  it('may be completed with nothing', async () => {
    const { id, task } = await start()
    await settle(task, 'complete')
    expect((await view(id)).final_output).toBeNull()
  })

  it('that is given up is another task after its retry', async () => {
    const { id, task } = await start({ retry: EXACT })
    const given = { code: 'OUT_OF_MEMORY', message: 'too large', cause: { needed: 7 } }
    expect((await settle(task, 'fail', given)).body.data).toMatchObject({ accepted: true, execution_status: 'waiting' })
    expect((await view(id)).node_states.render).toMatchObject({
      blocked_on: { kind: 'retry', detail: expect.stringContaining('OUT_OF_MEMORY: too large') },
    })
    expect((await settle(task, 'complete')).body.data.accepted).toBe(false)
  })

  it('that is given up for good fails its node', async () => {
    const { id, task } = await start()
    await settle(task, 'fail', { message: 'no', retryable: false, cause: [1] })
    expect(await view(id)).toMatchObject({
      status: 'failed',
      error_node_id: 'render',
      error_message: expect.stringContaining('no'),
    })
  })

  it('is nobody’s after a cancellation', async () => {
    const { id, task } = await start()
    await api('POST', `/executions/${id}/cancel`)
    expect(await settle(task, 'complete')).toMatchObject({ status: 409, body: { error_code: 'CONFLICT' } })
  })

  it('of before a recovery is another task', async () => {
    const { id, task } = await start()
    await api('POST', `/executions/${id}/cancel`)
    await api('POST', `/executions/${id}/recover`)
    const late = await settle(task, 'complete')
    expect(late).toMatchObject({ status: 409, body: { message: expect.stringContaining('another task since') } })
  })
})

describe('what is no task', () => {
  it('is not found', async () => {
    const { id, task } = await start()
    for (const name of ['x', `${id}.end.0`, `${id}.nobody.3`, 'ffffffffffffffff.render.3'])
      expect((await settle(name, 'complete')).status).toBe(404)
    expect((await settle(task, 'complete', {}, '?community_id=other')).status).toBe(404)
    expect((await settle(`${id}.end.3`, 'complete')).status).toBe(409)
    expect((await settle(task, 'complete')).body.data.accepted).toBe(true)
  })

  it.each([
    [{}],
    [{ message: '' }],
    [{ message: 7 }],
    [{ message: 'x', code: 'lower' }],
    [{ message: 'x', code: 'X'.repeat(65) }],
    [{ message: 'x', retryable: 'yes' }],
    [{ message: 'x', cause: 'x'.repeat(MAX_TASK_CAUSE_BYTES - 1) }],
  ])('a failure without what it needs is refused: %.80j', async (body) => {
    const { id, task } = await start()
    expect(await settle(task, 'fail', body)).toMatchObject({ status: 400, body: { error_code: 'BAD_REQUEST' } })
    expect((await view(id)).status).toBe('waiting')
  })

  it('a failure with the largest cause is taken', async () => {
    const { task } = await start()
    const cause = 'x'.repeat(MAX_TASK_CAUSE_BYTES - 2)
    expect((await settle(task, 'fail', { message: 'x', code: 'X'.repeat(64), cause })).body.data.accepted).toBe(true)
  })
})
