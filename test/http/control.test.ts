// Control of executions as a client sees it: states that allow it and those that do not, patches, versions, later starts.
import { env } from 'cloudflare:workers'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { MAX_DELAY_SECONDS, MAX_EXECUTION_TIMEOUT_SECONDS } from '../../src/core/limits.ts'
import { createExecutionHistory } from '../../src/history/execution-history.ts'
import { MAX_CANCEL_REASON_LENGTH, MAX_CHECKPOINT_NAME_LENGTH } from '../../src/http/limits.ts'
import { type Answer, apiOf, sleeper, sum, testApp } from '../support/api.ts'
import { fireAlarm, holdTime, passTime } from '../support/execution.ts'
import { failedRecord } from '../support/execution-record.ts'

afterEach(() => {
  vi.useRealTimers()
})

const api = apiOf(testApp())
const start = async (workflow: object, more: object = {}): Promise<string> =>
  (await api('POST', '/executions', { workflow, ...more })).body.data.execution_id
const control = (id: string, verb: string, body?: object) => api('POST', `/executions/${id}/${verb}`, body)
const statusAndCode = ({ status, body }: Answer) => [status, body.error_code ?? body.data.status]
const paths = ({ body }: Answer) => body.details.issues.map(({ path }: { path: string }) => path)

const failing = {
  nodes: [
    { id: 'v', config: { value: 1 } },
    { id: 'check', type: 'condition', config: { condition: 'input > 5' } },
    { id: 'bad', type: 'fail', config: { code: 'TOO_SMALL', message: 'no' } },
    { id: 'good', type: 'end', config: {} },
  ],
  edges: [
    { from: 'v', to: 'check' },
    { from: 'check', to: 'bad', port: 'false' },
    { from: 'check', to: 'good', port: 'true' },
  ],
}

describe('pause, resume and checkpoint', () => {
  it('say where the execution stands, with their author in the events', async () => {
    const id = await start(sleeper())
    const paused = await control(id, 'pause', { reason: 'lunch' })
    expect(paused.body).toMatchObject({ message: 'Execution paused', data: { execution_id: id, status: 'paused', epoch: 1 } })
    expect(statusAndCode(await control(id, 'checkpoint', { name: 'here' }))).toEqual([200, 'paused'])
    expect(statusAndCode(await control(id, 'resume'))).toEqual([200, 'waiting'])
    const { data } = (await api('GET', `/executions/${id}/events`)).body
    const told = data.map(({ message }: { message: string }) => message)
    expect(told).toEqual(
      expect.arrayContaining(['Execution paused by admin: lunch', 'Checkpoint here by admin', 'Execution resumed by admin']),
    )
  })

  it('a checkpoint answers its sequence number', async () => {
    const id = await start(sleeper())
    const { seq } = (await control(id, 'checkpoint')).body.data
    const last = (await api('GET', `/executions/${id}/events?after=${seq - 1}`)).body.data
    expect(last).toMatchObject([{ seq, event: 'execution.checkpointed' }])
  })

  it('are conflicts where the state does not allow them', async () => {
    const id = await start(sleeper())
    expect(statusAndCode(await control(id, 'resume'))).toEqual([409, 'CONFLICT'])
    await control(id, 'pause')
    expect(statusAndCode(await control(id, 'pause'))).toEqual([409, 'CONFLICT'])
    await control(id, 'cancel')
    for (const verb of ['pause', 'resume', 'checkpoint'])
      expect(statusAndCode(await control(id, verb))).toEqual([409, 'CONFLICT'])
  })

  it('bound what they keep', async () => {
    const id = await start(sleeper())
    const reason = 'x'.repeat(MAX_CANCEL_REASON_LENGTH)
    const name = 'x'.repeat(MAX_CHECKPOINT_NAME_LENGTH)
    expect(paths(await control(id, 'pause', { reason: `${reason}x` }))).toEqual(['reason'])
    expect((await control(id, 'pause', { reason })).status).toBe(200)
    expect(paths(await control(id, 'checkpoint', { name: `${name}x` }))).toEqual(['name'])
    expect((await control(id, 'checkpoint', { name })).status).toBe(200)
  })

  it('work under the other prefixes', async () => {
    const id = await start(sleeper())
    expect((await api('POST', `//api/executions/${id}/pause`)).status).toBe(200)
    expect((await api('POST', `//workflows/executions/${id}/resume`)).status).toBe(200)
    expect((await api('PUT', `//api/executions/${id}/timeout`, { timeout_seconds: 9 })).status).toBe(200)
  })
})

const EVERY: readonly (readonly [string, string, object])[] = [
  ['POST', 'pause', {}],
  ['POST', 'resume', {}],
  ['POST', 'checkpoint', {}],
  ['POST', 'recover', {}],
  ['POST', 'replay', {}],
  ['POST', 'replay', { version: 2 }],
  ['POST', 'test-retry', { node_id: 'a' }],
  ['PUT', 'timeout', { timeout_seconds: 5 }],
]

describe('an execution that is not there', () => {
  it.each(EVERY)('%s %s of an unknown one is a 404', async (method, verb, body) => {
    const answer = await api(method, `/executions/00000000000000aa/${verb}`, body)
    expect(statusAndCode(answer)).toEqual([404, 'EXECUTION_NOT_FOUND'])
  })

  it.each(EVERY)('%s %s of another community’s is a 404', async (method, verb, body) => {
    const id = await start(sum, { community_id: 7 })
    expect(statusAndCode(await api(method, `/executions/${id}/${verb}`, body))).toEqual([404, 'EXECUTION_NOT_FOUND'])
  })

  it.each(EVERY)('%s %s of an expired one is a conflict', async (method, verb, body) => {
    const id = '00000000000000ab'
    await createExecutionHistory(env.DB).save([failedRecord({ execution_id: id, ended_at: 1_500, expires_at: 2_000 })])
    expect(statusAndCode(await api(method, `/executions/${id}/${verb}`, body))).toEqual([409, 'CONFLICT'])
  })
})

describe('PUT timeout', () => {
  it('sets and removes the limit; one that has passed ends the execution', async () => {
    holdTime()
    const id = await start(sleeper())
    passTime(10_000)
    const put = (seconds: number | null) => api('PUT', `/executions/${id}/timeout`, { timeout_seconds: seconds })
    expect(statusAndCode(await put(60))).toEqual([200, 'waiting'])
    expect(statusAndCode(await put(null))).toEqual([200, 'waiting'])
    expect(statusAndCode(await put(10))).toEqual([200, 'failed'])
    expect((await api('GET', `/executions/${id}`)).body.data.errors).toMatchObject([{ code: 'EXECUTION_TIMEOUT' }])
    expect(statusAndCode(await put(60))).toEqual([409, 'CONFLICT'])
  })

  it('tells the limit and when it ends the execution, as the view does; not while that is paused, or has ended', async () => {
    holdTime()
    const begun = Date.now()
    const id = await start({ ...sleeper(), settings: { timeout_seconds: 30 } })
    const limit = (seconds: number, at: number | null) => ({
      timeout_seconds: seconds,
      deadline_at: at === null ? null : new Date(at).toISOString(),
    })
    const view = async () => (await api('GET', `/executions/${id}`)).body.data
    expect(await view()).toMatchObject(limit(30, begun + 30_000))
    const put = await api('PUT', `/executions/${id}/timeout`, { timeout_seconds: 60 })
    expect(put.body.data).toMatchObject(limit(60, begun + 60_000))
    expect((await control(id, 'pause')).body.data).toMatchObject(limit(60, null))
    passTime(5_000)
    expect((await control(id, 'resume')).body.data).toMatchObject(limit(60, begun + 65_000))
    expect(await view()).toMatchObject(limit(60, begun + 65_000))
    await control(id, 'cancel', {})
    expect(await view()).toMatchObject(limit(60, null))
  })

  it.each([
    [{}],
    [{ timeout_seconds: '5' }],
    [{ timeout_seconds: 0.5 }],
    [{ timeout_seconds: MAX_EXECUTION_TIMEOUT_SECONDS + 1 }],
  ])('refuses %j', async (body) => {
    const answer = await api('PUT', `/executions/${await start(sleeper())}/timeout`, body)
    expect([answer.status, paths(answer)]).toEqual([400, ['timeout_seconds']])
  })

  it('takes the longest', async () => {
    const id = await start(sleeper())
    const answer = await api('PUT', `/executions/${id}/timeout`, { timeout_seconds: MAX_EXECUTION_TIMEOUT_SECONDS })
    expect(answer.status).toBe(200)
  })
})

describe('recover', () => {
  it('goes on with a failed one in another epoch, and wakes an open one', async () => {
    const id = await start(failing)
    expect((await control(id, 'recover')).body).toMatchObject({
      message: 'Execution recovered',
      data: { status: 'failed', epoch: 2 },
    })
    const open = await start(sleeper())
    expect((await control(open, 'recover')).body).toMatchObject({ data: { status: 'waiting', epoch: 1 } })
    await control(open, 'cancel')
    expect((await control(open, 'recover')).body.data).toMatchObject({ status: 'waiting', epoch: 2 })
  })

  it('of a completed one is a conflict', async () => {
    expect(statusAndCode(await control(await start(sum), 'recover'))).toEqual([409, 'CONFLICT'])
  })
})

describe('replay', () => {
  it('with a patched output or config', async () => {
    const id = await start(failing)
    const given = await control(id, 'replay', { patch: { v: { output: 7 } } })
    expect(given.body).toMatchObject({ message: 'Execution replayed', data: { status: 'completed', epoch: 2 } })
    await control(id, 'replay', { patch: { v: { config: { value: 9 } } } })
    const { data } = (await api('GET', `/executions/${id}`)).body
    expect(data).toMatchObject({ status: 'completed', epoch: 3, final_output: 9, errors: [], error_message: null })
    expect((await api('GET', `/executions/${id}/definition`)).body.data.nodes[0].config).toEqual({ value: 9 })
  })

  it('of an open one is a conflict', async () => {
    expect(statusAndCode(await control(await start(sleeper()), 'replay'))).toEqual([409, 'CONFLICT'])
  })

  it.each<[string, object, string, string[]]>([
    ['an unknown node', { from: 'x' }, 'VALIDATION_FAILED', ['from']],
    ['an unknown node of a patch', { patch: { x: { output: 1 } } }, 'VALIDATION_FAILED', ['patch.x.output']],
    ['a config that does not fit', { patch: { bad: { config: { code: 5 } } } }, 'VALIDATION_FAILED', ['nodes[2].config.code']],
    ['an unknown field of a patch', { patch: { v: { output: 1, status: 'done' } } }, 'BAD_REQUEST', ['patch.v']],
    ['a patch of nothing', { patch: { v: {} } }, 'BAD_REQUEST', ['patch.v']],
    ['an unknown field', { form: 'v' }, 'BAD_REQUEST', ['']],
    ['a version of an inline definition', { version: 2 }, 'BAD_REQUEST', ['version']],
  ])('refuses %s', async (_, body, code, at) => {
    const answer = await control(await start(failing), 'replay', body)
    expect([statusAndCode(answer), paths(answer)]).toEqual([[400, code], at])
  })

  it('as another version of the stored workflow', async () => {
    await api('POST', '/workflows', { ...failing, workflow_id: 'versions-replayed' })
    const { execution_id: id } = (await api('POST', '/workflows/versions-replayed/execute', {})).body.data
    const fixed = { ...failing, nodes: failing.nodes.map((node) => (node.id === 'v' ? { ...node, config: { value: 8 } } : node)) }
    await api('PUT', '/workflows/versions-replayed', fixed)
    expect(statusAndCode(await control(id, 'replay', { version: 3 }))).toEqual([404, 'WORKFLOW_NOT_FOUND'])
    expect(statusAndCode(await control(id, 'replay', { version: 2 }))).toEqual([200, 'completed'])
    expect((await api('GET', `/executions/${id}`)).body.data).toMatchObject({ workflow_version: 2, final_output: 8 })
  })
})

describe('test-retry', () => {
  it('shows the schedule and executes nothing', async () => {
    const retry = { strategy: 'linear', max_attempts: 3, initial_delay_ms: 500 }
    const id = await start({ nodes: [{ id: 'a', type: 'delay', config: { delay_seconds: 60 }, retry }], edges: [] })
    const before = (await api('GET', `/executions/${id}/events`)).body.data.length
    const { data } = (await control(id, 'test-retry', { node_id: 'a', failures: 3 })).body
    expect(data).toMatchObject({ node_id: 'a', policy: { ...retry, jitter: 'full' } })
    expect(data.schedule).toEqual([
      { failure: 1, outcome: 'retry', next_attempt: 2, delay_ms: { min: 0, max: 500 }, elapsed_ms: { min: 0, max: 500 } },
      { failure: 2, outcome: 'retry', next_attempt: 3, delay_ms: { min: 0, max: 1000 }, elapsed_ms: { min: 0, max: 1500 } },
      { failure: 3, outcome: 'fail', next_attempt: null, delay_ms: null, elapsed_ms: null },
    ])
    expect((await api('GET', `/executions/${id}/events`)).body.data).toHaveLength(before)
  })

  it('of a node that is not tried again has one attempt', async () => {
    const { data } = (await control(await start(sum), 'test-retry', { node_id: '1' })).body
    expect(data).toMatchObject({ policy: { strategy: 'none', max_attempts: 1 }, schedule: [{ failure: 1, outcome: 'fail' }] })
    expect(data.schedule).toHaveLength(1)
  })

  it.each([[{}], [{ node_id: 'x' }]])('refuses %j', async (body) => {
    const answer = await control(await start(sum), 'test-retry', body)
    expect([statusAndCode(answer), paths(answer)]).toEqual([[400, 'BAD_REQUEST'], ['node_id']])
  })

  it.each([0, 101, 1.5])('refuses %d failures', async (failures) => {
    expect(paths(await control(await start(sum), 'test-retry', { node_id: '1', failures }))).toEqual(['failures'])
  })
})

describe('a start at a later moment', () => {
  it('is pending until then, whichever way it is said', async () => {
    holdTime()
    const at = new Date(Date.now() + 60_000).toISOString()
    for (const more of [{ start_at: at }, { delay_seconds: 60 }]) {
      const answer = await api('POST', '/executions', { workflow: sum, ...more })
      expect([answer.status, answer.body.data]).toMatchObject([202, { status: 'pending', start_time: at, execution_path: [] }])
      const id = answer.body.data.execution_id
      const { data } = (await api('GET', `/executions/${id}`)).body
      expect(data.node_states['1']).toMatchObject({ status: 'pending', blocked_on: { kind: 'timer', until: at } })
      vi.setSystemTime(Date.parse(at))
      await fireAlarm(id)
      expect((await api('GET', `/executions/${id}`)).body.data).toMatchObject({
        status: 'completed',
        start_time: at,
        final_output: 15,
      })
      vi.setSystemTime(Date.parse(at) - 60_000)
    }
  })

  it('is cancelled like any other', async () => {
    const id = await start(sum, { delay_seconds: 60 })
    expect(statusAndCode(await control(id, 'cancel'))).toEqual([200, 'cancelled'])
  })

  it('whose moment has passed begins at once', async () => {
    const answer = await api('POST', '/executions', {
      workflow: sum,
      start_at: '2020-01-01T00:00:00+02:00',
      async_execution: false,
    })
    expect(answer.body.data).toMatchObject({ status: 'completed' })
  })

  it.each<[object, string]>([
    [{ start_at: '2026-01-01T00:00:00' }, 'start_at'],
    [{ start_at: 'tomorrow' }, 'start_at'],
    [{ start_at: new Date(Date.now() + MAX_DELAY_SECONDS * 1000 + 60_000).toISOString() }, 'start_at'],
    [{ delay_seconds: -1 }, 'delay_seconds'],
    [{ delay_seconds: MAX_DELAY_SECONDS + 1 }, 'delay_seconds'],
    [{ delay_seconds: 1, start_at: '2026-01-01T00:00:00Z' }, 'delay_seconds'],
  ])('refuses %j', async (more, path) => {
    const answer = await api('POST', '/executions', { workflow: sum, ...more })
    expect([statusAndCode(answer), paths(answer)]).toEqual([[400, 'BAD_REQUEST'], [path]])
  })

  it.each<object>([
    { delay_seconds: MAX_DELAY_SECONDS },
    { start_at: new Date(Date.now() + MAX_DELAY_SECONDS * 1000).toISOString() },
  ])('takes a whole year: %j', async (more) => {
    expect((await api('POST', '/executions', { workflow: sum, ...more })).body.data.status).toBe('pending')
  })
})
