import { env } from 'cloudflare:workers'
import { describe, expect, it } from 'vitest'
import { createExecutionHistory } from '../../src/history/execution-history.ts'
import { MAX_NODES_PER_PAGE } from '../../src/http/limits.ts'
import { ADMIN_KEY, apiOf, sleeper, sum, testApp } from '../support/api.ts'
import { executionRecord, failedRecord, openRecord } from '../support/execution-record.ts'
import { endOf } from '../support/listener.ts'
import { range } from '../support/under-way.ts'

const app = testApp()
const api = apiOf(app)
const history = createExecutionHistory(env.DB)
const start = async (workflow: object, headers = {}) =>
  (await api('POST', '/executions', { workflow }, headers)).body.data.execution_id
const statusAndCode = ({ status, body }: { status: number; body: { error_code: string } }) => [status, body.error_code]

describe('GET /executions/:id', () => {
  it('shows logs unless declined, and metrics where asked for', async () => {
    const id = await start(sum)
    const plain = (await api('GET', `/executions/${id}`)).body.data
    expect([plain.logs.length > 0, plain.metrics]).toEqual([true, undefined])
    const other = (await api('GET', `/executions/${id}?include_logs=false&include_metrics=true`)).body.data
    expect([other.logs, other.metrics.node_count]).toEqual([undefined, 3])
  })

  it.each(['include_logs=yes', 'include_metrics=1', 'include_logs='])('refuses %s', async (query) => {
    const answer = await api('GET', `/executions/${await start(sum)}?${query}`)
    expect(statusAndCode(answer)).toEqual([400, 'BAD_REQUEST'])
    expect(answer.body.details.issues[0].path).toBe(query.split('=')[0])
  })

  it.each(['0000000000000000', 'exec_1700000000', 'käse%20%2F', 'x'.repeat(300)])(
    'an unknown id is a 404 whatever its form: %s',
    async (id) => {
      expect(statusAndCode(await api('GET', `/executions/${id}`))).toEqual([404, 'EXECUTION_NOT_FOUND'])
    },
  )

  it('under the other prefixes', async () => {
    const id = await start(sum)
    for (const prefix of [
      '//workflows/executions',
      '//api/v1/workflows/executions',
      '//api/executions',
      '//api/workflows/executions',
    ]) {
      expect((await api('GET', `${prefix}/${id}`)).body.data.final_output).toBe(15)
    }
  })

  it('after retention the row of history answers', async () => {
    await history.save([failedRecord({ execution_id: '00000000000000e1', started_at: 0, ended_at: 1_500, expires_at: 2_000 })])
    const { status, body } = await api('GET', '/executions/00000000000000e1')
    expect([status, body.data]).toEqual([
      200,
      expect.objectContaining({
        execution_id: '00000000000000e1',
        expired: true,
        expired_at: '1970-01-01T00:00:02.000Z',
        status: 'failed',
        error_message: 'answered 500',
        error_node_id: 'call',
        execution_time_seconds: 1.5,
      }),
    ])
    expect((await api('GET', '/executions/00000000000000e1?community_id=7')).status).toBe(404)
    expect(statusAndCode(await api('GET', '/executions/00000000000000e1/events'))).toEqual([404, 'EXECUTION_NOT_FOUND'])
  })
})

describe('POST /executions/:id/cancel', () => {
  it('cancels once', async () => {
    const id = await start(sleeper())
    const answer = await api('POST', `/executions/${id}/cancel`, { reason: 'enough' })
    expect([answer.status, answer.body]).toEqual([
      200,
      {
        success: true,
        message: 'Execution cancelled successfully',
        data: { execution_id: id, status: 'cancelled', cancelled_at: expect.stringMatching(/Z$/) },
      },
    ])
    expect((await api('GET', `/executions/${id}`)).body.data.status).toBe('cancelled')
    const again = await api('POST', `/executions/${id}/cancel`)
    expect([again.status, again.body.error_code, again.body.message]).toEqual([
      400,
      'BAD_REQUEST',
      'Execution cannot be cancelled (not running)',
    ])
  })

  it('not what has ended, also long ago; unknown is a 404', async () => {
    await history.save([executionRecord({ execution_id: '00000000000000e2' })])
    expect((await api('POST', `/executions/${await start(sum)}/cancel`)).status).toBe(400)
    expect((await api('POST', '/executions/00000000000000e2/cancel')).status).toBe(400)
    expect(statusAndCode(await api('POST', '/executions/0000000000000000/cancel'))).toEqual([404, 'EXECUTION_NOT_FOUND'])
  })

  it('under the other prefix, with a reason of up to 1,000 characters', async () => {
    const id = await start(sleeper())
    expect((await api('POST', `/executions/${id}/cancel`, { reason: 'x'.repeat(1_001) })).status).toBe(400)
    expect((await api('POST', `//api/v1/workflows/executions/${id}/cancel`, { reason: 'x'.repeat(1_000) })).status).toBe(200)
  })
})

describe('parts of an execution', () => {
  it('/definition is what runs', async () => {
    const { body } = await api('GET', `/executions/${await start(sum)}/definition`)
    expect(body.data).toMatchObject({ workflow_id: 'sum', nodes: [{ id: '1', type: 'value' }, { id: '2' }, { id: '3' }] })
  })

  it('/nodes lists them, by status too', async () => {
    const id = await start(sum)
    const ids = async (query: string) =>
      (await api('GET', `/executions/${id}/nodes${query}`)).body.data.map((n: { node_id: string }) => n.node_id)
    expect(await ids('')).toEqual(['1', '2', '3'])
    expect(await ids('?status=failed')).toEqual([])
    expect((await api('GET', `/executions/${id}/nodes?status=odd`)).body.message).toBe('Invalid status: odd')
    expect(await ids(`?limit=${MAX_NODES_PER_PAGE}`)).toHaveLength(3)
    expect((await api('GET', `/executions/${id}/nodes?limit=${MAX_NODES_PER_PAGE + 1}`)).status).toBe(400)
  })

  it('/nodes lists those in iterations, by path, status and page', async () => {
    const check = { id: 'check', type: 'condition', config: { condition: 'item == 2' } }
    const boom = { id: 'boom', type: 'fail', config: { code: 'ODD', message: 'two' } }
    const body = { nodes: [check, boom], edges: [{ from: 'check', port: 'true', to: 'boom' }] }
    const config = { items: '[1, 2, 3]', on_item_error: 'continue', body }
    const id = await start({ nodes: [{ id: 'each', type: 'for-each', config }], edges: [] })
    const page = (query: string) => api('GET', `/executions/${id}/nodes${query}`)
    const ids = async (query: string) => (await page(query)).body.data.map((n: { node_id: string }) => n.node_id)
    expect(await ids('')).toEqual(['each', ...[0, 1, 2].flatMap((n) => [`each[${n}].check`, `each[${n}].boom`])])
    expect(await ids('?prefix=each%5B1%5D')).toEqual(['each[1].check', 'each[1].boom'])
    expect(await ids('?status=failed')).toEqual(['each[1].boom'])
    const first = await page('?limit=3')
    expect(first.body.meta).toEqual({ next: 'each[0].boom' })
    expect(await ids(`?limit=100&cursor=${encodeURIComponent(first.body.meta.next)}`)).toHaveLength(4)
    expect((await page('?prefix=each%5B1%5D.boom')).body.data).toMatchObject([
      { error: 'two', error_type: 'ODD', logs: ['each[1].boom failed: ODD two'] },
    ])
    expect((await page('?prefix=each%5B1%5D.boom&include_logs=false')).body.data).toMatchObject([{ logs: [] }])
    for (const [query, status] of [
      ['?limit=0', 400],
      ['?limit=1001', 400],
      ['?limit=1000', 200],
      ['?cursor=nope', 400],
      ['?prefix=nope', 404],
    ] as const)
      expect((await page(query)).status).toBe(status)
  })

  it('/nodes of an item that a child does in a shard are as if there were none', async () => {
    const body = {
      nodes: [
        { id: 'v', config: { value: '{{ item }}' } },
        { id: 'l', type: 'log', config: { message: 'x' } },
      ],
      edges: [],
    }
    const config = { items: 'range(1200)', collect: false, body }
    const id = await start({ nodes: [{ id: 'each', type: 'for-each', config }], edges: [] })
    expect(await endOf(id)).toBe('completed')
    const page = (query: string) => api('GET', `/executions/${id}/nodes?${query}`)
    const first = await page('prefix=each%5B700%5D&limit=1')
    expect(first.body).toMatchObject({
      data: [
        {
          node_id: 'each[700].v',
          status: 'completed',
          output_data: { out: { data: 700 } },
          logs: ['Step completed: each[700].v'],
        },
      ],
      meta: { next: 'each[700].v' },
    })
    const second = await page(`prefix=each%5B700%5D&cursor=${encodeURIComponent('each[700].v')}`)
    expect(second.body).toMatchObject({ data: [{ node_id: 'each[700].l' }], meta: { next: null } })
    expect((await page('prefix=each%5B700%5D.l')).body.data).toMatchObject([{ node_id: 'each[700].l' }])
    expect((await page('prefix=each%5B99999%5D')).body.data).toEqual([])
    expect((await page('prefix=each%5B1%5D.shard')).body.data).toMatchObject([{ node_id: 'each[1].shard' }])
  })

  it('/events and /logs of a node have those of everything inside it', async () => {
    const body = { nodes: [{ id: 'v', config: { value: '{{ item }}' } }], edges: [] }
    const nodes = [
      { id: 'each', type: 'for-each', config: { items: '[1, 2]', body } },
      { id: 'each2', config: { value: 1 } },
    ]
    const id = await start({ nodes, edges: [] })
    for (const part of ['events', 'logs']) {
      const of = async (node: string) =>
        (await api('GET', `/executions/${id}/${part}?node_id=${encodeURIComponent(node)}`)).body.data.map(
          ({ event, node_id }: { event: string; node_id: string }) => `${event} ${node_id}`,
        )
      expect(await of('each[1]')).toEqual([
        'iteration.started each[1]',
        'node.completed each[1].v',
        'iteration.completed each[1]',
      ])
      expect(await of('each')).toHaveLength(8)
      expect(await of('each[1].v')).toEqual(['node.completed each[1].v'])
    }
  })

  it('/events come in pages, each once and in order', async () => {
    const id = await start(sum)
    const seqs: number[] = []
    for (let after: number | null = 0; after !== null; ) {
      const { body } = await api('GET', `/executions/${id}/events?after=${after}&limit=2`)
      seqs.push(...body.data.map((event: { seq: number }) => event.seq))
      after = body.meta.next
    }
    expect(seqs).toEqual([1, 2, 3, 4, 5, 6])
  })

  it.each(['limit=0', 'limit=1001', 'limit=x', 'after=-1', 'after=x'])('/events refuses %s', async (query) => {
    expect((await api('GET', `/executions/x/events?${query}`)).status).toBe(400)
    expect((await api('GET', `/executions/x/events?limit=1000`)).status).toBe(404)
  })

  it('/logs are the events as text, filtered', async () => {
    const id = await start({ nodes: [{ id: 'f', type: 'fail', config: { code: 'NO', message: 'no way' } }], edges: [] })
    const all = (await api('GET', `/executions/${id}/logs`)).body
    expect(all.data[0]).toEqual({
      seq: 1,
      timestamp: expect.any(String),
      level: 'info',
      event: 'execution.created',
      node_id: null,
      message: 'Execution created',
      data: { config_hash: expect.any(String), trigger_type: 'POST /api/v1/executions', priority: 'normal' },
    })
    expect(all.meta).toEqual({ next: null })
    const errors = (await api('GET', `/executions/${id}/logs?level=error&node_id=f&q=NO%20WAY`)).body.data
    expect(errors.map((entry: { event: string }) => entry.event)).toEqual(['node.failed'])
    expect((await api('GET', `/executions/${id}/logs?level=loud`)).body.message).toBe('Invalid level: loud')
  })

  it('/logs and /events have inputs and outputs of traced executions alone, cut between characters', async () => {
    const text = 'ä€🙂'.repeat(5_000)
    const nodes = [
      { id: 'v', config: { value: text } },
      { id: 'z', config: { value: 'short' } },
    ]
    const bytes = (shown: string) => new TextEncoder().encode(shown).length
    const dataOf = async (id: string, part: string, node: string) =>
      (await api('GET', `/executions/${id}/${part}?node_id=${node}`)).body.data.at(-1).data
    const workflow = { nodes, edges: [{ from: 'v', to: 'z' }] }
    const [traced, other] = [await start(workflow, { 'X-Workflow-Trace': 'true' }), await start(workflow)]
    for (const part of ['events', 'logs']) {
      const { input, output } = await dataOf(traced, part, 'z')
      expect(output).toBe('short')
      const cut = (await dataOf(traced, part, 'v')).output
      expect(input).toBe(cut)
      // Up to three bytes short of the bound: the next character does not fit.
      expect(bytes(cut)).toBeGreaterThan(10_240 - 4)
      expect(bytes(cut)).toBeLessThanOrEqual(10_240)
      expect(JSON.stringify(text).startsWith(cut.replace(/\[truncated\]$/, ''))).toBe(true)
      expect(cut.endsWith('[truncated]')).toBe(true)
      for (const node of ['v', 'z']) {
        const { input, output } = await dataOf(other, part, node)
        expect([input, output]).toEqual([undefined, undefined])
      }
    }
  })

  it('/logs go on at their cursor, whatever they are filtered by', async () => {
    const id = await start({ nodes: range(1, 5).map((n) => ({ id: `n${n}`, config: { value: n } })), edges: [] })
    const seqs: number[] = []
    for (let after: number | null = 0; after !== null; ) {
      const { body } = await api('GET', `/executions/${id}/logs?q=step&level=info&limit=2&after=${after}`)
      seqs.push(...body.data.map((entry: { seq: number }) => entry.seq))
      after = body.meta.next
    }
    expect(seqs).toEqual(range(3, 7))
  })

  it.each(['', '/definition', '/nodes', '/events', '/logs', '/logs/stream'])('%s of an unknown one is a 404', async (part) => {
    const answer = await api('GET', `/executions/unknown${part}`, undefined, { Upgrade: 'websocket' })
    expect(statusAndCode(answer)).toEqual([404, 'EXECUTION_NOT_FOUND'])
  })
})

describe('the stream', () => {
  const frames = async (path: string) => {
    const response = await app.request(path, {
      headers: { 'X-API-Key': ADMIN_KEY, Upgrade: 'websocket', 'X-Community-Id': 'forged' },
    })
    const socket = response.webSocket
    if (!socket) throw new Error(`no upgrade: ${response.status}`)
    const received: { type: string; seq: number }[] = []
    socket.accept()
    return new Promise<typeof received>((resolve) => {
      socket.addEventListener('message', ({ data }) => {
        received.push(JSON.parse(String(data)))
      })
      socket.addEventListener('close', () => resolve(received))
    })
  }

  it('gives every event and the end, from any place, under both paths', async () => {
    const id = await start(sum)
    const all = await frames(`/api/v1/executions/${id}/logs/stream`)
    expect(all.map(({ type, seq }) => [type, seq])).toEqual([1, 2, 3, 4, 5, 6].map((seq) => ['event', seq]).concat([['end', 6]]))
    expect(await frames(`/ws/executions/${id}?after=4`)).toEqual(all.slice(4))
  })

  it('needs an upgrade', async () => {
    const answer = await api('GET', `/executions/${await start(sum)}/logs/stream`)
    expect(statusAndCode(answer)).toEqual([426, 'UPGRADE_REQUIRED'])
  })

  it('is closed to other communities, whatever header is forged', async () => {
    const id = await start(sum)
    const headers = { Upgrade: 'websocket', 'X-Community-Id': 'default' }
    expect((await api('GET', `/executions/${id}/logs/stream?community_id=7`, undefined, headers)).status).toBe(404)
    expect((await api('GET', `/executions/${id}/logs/stream?level=loud`, undefined, headers)).status).toBe(400)
  })

  it('is open to its community, whatever that is called', async () => {
    const community = encodeURIComponent('Bücher & 😀 100%')
    const { body } = await api('POST', `/executions?community_id=${community}`, { workflow: sum }, { Prefer: 'wait=30' })
    expect(body.data.status).toBe('completed')
    const all = await frames(`/api/v1/executions/${body.data.execution_id}/logs/stream?community_id=${community}`)
    expect(all.at(-1)).toMatchObject({ type: 'end' })
  })

  it('shows the events of a node with a path of 1,024 characters, not one more', async () => {
    const id = await start(sum)
    const path = (length: number) => `/executions/${id}/logs/stream?node_id=${'x'.repeat(length)}`
    expect((await frames(`/api/v1${path(1_024)}`)).map(({ type }) => type)).toEqual(['end'])
    const refused = [
      await api('GET', path(1_025), undefined, { Upgrade: 'websocket' }),
      await api('GET', path(1_025).replace('logs/stream', 'events'), undefined, { Accept: 'text/event-stream' }),
    ]
    expect(refused.map(({ status, body }) => [status, body.details.issues[0].path])).toEqual(
      [400, 400].map((code) => [code, 'node_id']),
    )
  })
})

describe('lists', () => {
  const ids = (body: { data: { execution_id: string }[] }) => body.data.map(({ execution_id }) => execution_id.slice(-2))
  const record = (n: number) => ({
    execution_id: `00000000000000f${n}`,
    community_id: 'lists',
    workflow_id: 'listed',
    started_at: n * 1_000,
  })
  const fill = () =>
    history.save([
      executionRecord({ ...record(1), ended_at: 9_000, correlation_id: 'c', metadata: { order: 7 } }),
      failedRecord({ ...record(2), ended_at: 3_000 }),
      openRecord(record(3)),
      executionRecord({ ...record(4), ended_at: 4_500, workflow_id: 'another' }),
    ])
  const list = (query: string) => api('GET', `/workflows/listed/executions?community_id=lists&${query}`)

  it('of a workflow: pages, filters, sorts', async () => {
    await fill()
    const first = await list('per_page=2')
    expect([ids(first.body), first.body.meta.pagination]).toEqual([
      ['f3', 'f2'],
      { page: 1, per_page: 2, total: 3, total_pages: 2, has_next: true, has_prev: false },
    ])
    expect(ids((await list('per_page=2&page=2')).body)).toEqual(['f1'])
    expect(ids((await list('sort_order=asc')).body)).toEqual(['f1', 'f2', 'f3'])
    expect(ids((await list('sort_by=execution_time&from=1970-01-01')).body)).toEqual(['f1', 'f2', 'f3'])
    expect(ids((await list('status=SUCCESS')).body)).toEqual(['f1'])
    expect(ids((await list('status=error')).body)).toEqual(['f2'])
    expect(ids((await list('status=waiting')).body)).toEqual(['f3'])
    expect((await list('from=1970-01-01T00:00:02Z&to=1970-01-01T00:00:02.500Z')).body.data).toEqual([
      expect.objectContaining({
        execution_id: '00000000000000f2',
        workflow_id: 'listed',
        status: 'failed',
        success: false,
        start_time: '1970-01-01T00:00:02.000Z',
        end_time: '1970-01-01T00:00:03.000Z',
        execution_time_seconds: 1,
        nodes_executed: 3,
        error: 'answered 500',
      }),
    ])
  })

  it('of a workflow that has none', async () => {
    expect(statusAndCode(await api('GET', '/workflows/unknown/executions'))).toEqual([404, 'WORKFLOW_NOT_FOUND'])
    await api('POST', '/workflows', { workflow_id: 'idle', name: 'idle', nodes: sum.nodes, edges: sum.edges })
    const { body } = await api('GET', '/workflows/idle/executions')
    expect([body.data, body.meta.pagination]).toEqual([
      [],
      { page: 1, per_page: 20, total: 0, total_pages: 0, has_next: false, has_prev: false },
    ])
  })

  it.each([
    ['status=odd', 'Invalid status: odd'],
    ['sort_by=name', 'Invalid sort_by: name'],
    ['sort_order=up', 'Invalid sort_order: up'],
    ['page=0', 'Page must be >= 1'],
    ['page=x', 'Invalid pagination parameters'],
    ['per_page=0', 'Per page must be between 1 and 100'],
    ['per_page=101', 'Per page must be between 1 and 100'],
    ['per_page=1.5', 'Invalid pagination parameters'],
    ['from=yesterday', 'from must be a time as 2026-01-31T12:00:00Z, not yesterday'],
  ])('%s is refused with "%s"', async (query, message) => {
    const answer = await list(query)
    expect([answer.status, answer.body.error_code, answer.body.message]).toEqual([400, 'BAD_REQUEST', message])
  })

  it('100 a page is allowed', async () => {
    await fill()
    expect((await list('per_page=100')).status).toBe(200)
  })

  it('the search goes by cursor', async () => {
    await fill()
    const search = (query: string) => api('GET', `/executions?community_id=lists&${query}`)
    const first = await search('limit=3')
    expect(ids(first.body)).toEqual(['f4', 'f3', 'f2'])
    const rest = await search(`limit=3&cursor=${first.body.meta.next}`)
    expect([ids(rest.body), rest.body.meta.next]).toEqual([['f1'], null])
    expect(ids((await search('workflow_id=another')).body)).toEqual(['f4'])
    expect(ids((await search('correlation_id=c')).body)).toEqual(['f1'])
    expect(ids((await search('parent_execution_id=nobody')).body)).toEqual([])
    expect(ids((await search('metadata.order=7')).body)).toEqual(['f1'])
    expect(ids((await search('metadata.order=8')).body)).toEqual([])
    expect(ids((await search('status=failed')).body)).toEqual(['f2'])
    expect(ids((await search('to=1970-01-01T00:00:02Z')).body)).toEqual(['f2', 'f1'])
    expect((await search('cursor=nonsense')).status).toBe(400)
    expect((await search('limit=101')).status).toBe(400)
  })

  it('the search finds words of an error', async () => {
    await fill()
    const search = (query: string) => api('GET', `/executions?community_id=lists&${query}`)
    expect(ids((await search('error=answered%20500')).body)).toEqual(['f2'])
    expect(ids((await search('error=HTTP_STATUS&workflow_id=listed')).body)).toEqual(['f2'])
    expect(ids((await search('error=nothing')).body)).toEqual([])
    expect(ids((await search('error=answered&to=1970-01-01')).body)).toEqual([])
    expect((await search(`error=${'x'.repeat(200)}`)).status).toBe(200)
    for (const bad of ['', '%20-!', 'x'.repeat(201)]) expect((await search(`error=${bad}`)).status).toBe(400)
  })

  it.each([
    ['/executions', 'staus=failed', 'staus'],
    ['/executions', 'metadata.=7', 'metadata.'],
    ['/workflows/listed/executions', 'error=x', 'error'],
    ['/workflows/listed/executions', 'metadata.order=7', 'metadata.order'],
  ])('%s refuses what it does not have: %s', async (path, query, name) => {
    const { status, body } = await api('GET', `${path}?community_id=lists&${query}`)
    expect([status, body.details.issues[0].path, body.message]).toEqual([400, name, expect.stringContaining('Unknown parameter')])
  })

  it('per_page is the same as limit', async () => {
    await fill()
    expect((await api('GET', '/executions?community_id=lists&per_page=3')).body.data).toHaveLength(3)
    expect((await api('GET', '/executions?community_id=lists&per_page=100')).status).toBe(200)
    expect((await api('GET', '/executions?community_id=lists&per_page=101')).status).toBe(400)
  })

  it('fields= leaves out what is not wanted', async () => {
    await fill()
    const wanted = 'fields=execution_id,%20status'
    const item = { execution_id: '00000000000000f4', status: 'completed' }
    expect((await api('GET', `/executions?community_id=lists&limit=1&${wanted}`)).body.data).toEqual([item])
    expect((await api('GET', `/workflows/another/executions?community_id=lists&${wanted}`)).body.data).toEqual([item])
    expect((await api('GET', `/executions/00000000000000f4?community_id=lists&${wanted},expired`)).body.data).toEqual({
      ...item,
      expired: true,
    })
    const id = await start(sum)
    const shown = async (query: string) => Object.keys((await api('GET', `/executions/${id}?${query}`)).body.data)
    expect(await shown('fields=final_output')).toEqual(['final_output'])
    expect(await shown('fields=logs,metrics')).toEqual(['metrics', 'logs'])
    expect(await shown('fields=logs&include_logs=false')).toEqual([])
    for (const path of [`/executions/${id}`, '/executions', '/workflows/listed/executions']) {
      const { status, body } = await api('GET', `${path}?fields=status,nonsense,`)
      expect([status, body.details.issues[0].path, body.message]).toEqual([400, 'fields', expect.stringContaining('nonsense')])
    }
  })

  it('dead letters, of one community or of all', async () => {
    await fill()
    const { body } = await api('GET', '/admin/dead-letters?community_id=lists')
    expect(body.data).toEqual([
      expect.objectContaining({ kind: 'execution', execution_id: '00000000000000f2', error_code: 'HTTP_STATUS' }),
    ])
    expect((await api('GET', '//api/admin/dead-letters')).body.meta.pagination.total).toBeGreaterThan(1)
  })
})
