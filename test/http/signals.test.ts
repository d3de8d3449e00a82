// Events from outside, by key and by signed link.
import { describe, expect, it, vi } from 'vitest'
import type { JsonObject } from '../../src/core/json.ts'
import { MAX_KEPT_SIGNALS, MAX_SIGNAL_BYTES } from '../../src/core/limits.ts'
import { apiOf, testApp } from '../support/api.ts'
import { graph } from '../support/run.ts'

const app = testApp()
const api = apiOf(app)

const wait = (id: string, event = 'paid', more: JsonObject = {}) => ({ id, type: 'wait-for-event', config: { event, ...more } })
const delay = (id: string, seconds: number) => ({ id, type: 'delay', config: { delay_seconds: seconds } })

async function start(
  nodes: readonly JsonObject[],
  edges: readonly string[] = [],
  headers: Record<string, string> = {},
): Promise<string> {
  const { status, body } = await api('POST', '/executions', { workflow: graph(nodes, edges) }, headers)
  expect(status).toBe(202)
  return body.data.execution_id
}

const view = async (id: string) => (await api('GET', `/executions/${id}`)).body.data
const send = (id: string, name: string, payload?: unknown, headers: Record<string, string> = {}) =>
  api('POST', `/executions/${id}/signals/${name}`, payload, headers)

describe('POST /executions/:id/signals/:name', () => {
  it('delivers, and tells to which node', async () => {
    const id = await start([wait('w'), wait('v')])
    const answer = await send(id, 'paid', { amount: 3 })
    expect(answer.status).toBe(200)
    expect(answer.headers.get('X-Execution-ID')).toBe(id)
    expect(answer.body).toEqual({
      success: true,
      message: 'Event delivered',
      data: { execution_id: id, event: 'paid', outcome: 'delivered', node_id: 'w', execution_status: 'waiting' },
    })
    expect(await view(id)).toMatchObject({ node_results: { w: { amount: 3 } }, node_states: { v: { status: 'waiting' } } })
  })

  it('keeps what nothing waits for yet', async () => {
    const id = await start([delay('d', 3_600), wait('w')], ['d>w'])
    const answer = await send(id, 'paid', 1)
    expect(answer.status).toBe(202)
    expect(answer.body.data).toMatchObject({ outcome: 'kept', node_id: null, execution_status: 'waiting' })
  })

  it.each([
    ['{"a":[1,null]}', { a: [1, null] }],
    ['[]', []],
    ['"text"', 'text'],
    ['0', 0],
    ['false', false],
    ['null', null],
    [' ', null],
    [undefined, null],
  ])('takes any JSON as payload, and none as null: %s', async (body, payload) => {
    const id = await start([wait('w')])
    expect((await send(id, 'paid', body)).status).toBe(200)
    expect((await view(id)).final_output).toEqual(payload)
  })

  it('tells by whom in the event, and shows no payload on the stream', async () => {
    const id = await start([wait('w'), delay('d', 3_600)])
    await send(id, 'paid', { card: 'private' })
    const { body } = await api('GET', `/executions/${id}/events`)
    expect(body.data).toContainEqual(
      expect.objectContaining({
        event: 'signal.received',
        message: 'Event paid from admin: for w',
        data: { name: 'paid', by: 'admin' },
      }),
    )
    expect(JSON.stringify(body)).not.toContain('private')
  })

  it('a node says what it waits for', async () => {
    const id = await start([wait('w', 'paid', { timeout_seconds: 3_600, match: 'payload.id == 1' })])
    expect((await view(id)).node_states.w).toMatchObject({
      status: 'waiting',
      blocked_on: { kind: 'event', detail: 'waits for the event paid where payload.id == 1', until: expect.stringMatching(/Z$/) },
    })
  })

  it('an `Idempotency-Key` makes a repeat change nothing, also after the end', async () => {
    const id = await start([wait('w'), wait('v')])
    await send(id, 'paid', 1, { 'Idempotency-Key': 'k' })
    const repeat = await send(id, 'paid', 1, { 'Idempotency-Key': 'k' })
    expect(repeat.status).toBe(200)
    expect(repeat.headers.get('Idempotent-Replay')).toBe('true')
    expect(repeat.body.data).toMatchObject({ outcome: 'repeated', node_id: null, execution_status: 'waiting' })
    await send(id, 'paid', 2, { 'Idempotency-Key': 'l' })
    const last = await send(id, 'paid', 2, { 'Idempotency-Key': 'l' })
    expect(last.body.data).toMatchObject({ outcome: 'repeated', execution_status: 'completed' })
    expect((await send(id, 'paid', 3, { 'Idempotency-Key': 'x'.repeat(256) })).status).toBe(400)
  })

  it('refuses names that nothing waits for', async () => {
    const id = await start([wait('w')])
    const answer = await send(id, 'sent', 1)
    expect(answer).toMatchObject({ status: 404, body: { error_code: 'NOT_FOUND' } })
    expect(answer.body.message).toBe(`No node of execution ${id} waits for an event "sent"`)
  })

  it('takes names with anything in them', async () => {
    const id = await start([wait('w', 'a/b ü?{{ inputs.?x.orValue("") }}')])
    expect((await send(id, encodeURIComponent('a/b ü?'), 1)).body.data).toMatchObject({ outcome: 'delivered', event: 'a/b ü?' })
  })

  it('refuses what comes after the end', async () => {
    const id = await start([wait('w')])
    await send(id, 'paid')
    const late = await send(id, 'paid')
    expect(late).toMatchObject({ status: 409, body: { error_code: 'CONFLICT' } })
    expect(late.body.message).toBe(`Execution ${id} takes no more events: it is completed`)
  })

  it('refuses an execution that there is not, or not in this community', async () => {
    const id = await start([wait('w')])
    expect(await send('0000000000000000', 'paid')).toMatchObject({ status: 404, body: { error_code: 'EXECUTION_NOT_FOUND' } })
    expect(await send(id, 'paid?community_id=7')).toMatchObject({ status: 404, body: { error_code: 'EXECUTION_NOT_FOUND' } })
  })

  it('refuses a payload that is no JSON, or nested without end', async () => {
    const id = await start([wait('w')])
    expect((await send(id, 'paid', '{')).status).toBe(400)
    const deep = await send(id, 'paid', '['.repeat(1_000) + ']'.repeat(1_000))
    expect(deep).toMatchObject({ status: 400, body: { error_code: 'BAD_REQUEST' } })
    expect((await send(id, 'paid', '1e999')).status).toBe(400)
  })

  it(`takes a payload of ${MAX_SIGNAL_BYTES} bytes, and none above`, async () => {
    const id = await start([wait('w')])
    const above = await send(id, 'paid', JSON.stringify('x'.repeat(MAX_SIGNAL_BYTES - 1)))
    expect(above).toMatchObject({ status: 413, body: { error_code: 'PAYLOAD_TOO_LARGE' } })
    expect((await send(id, 'paid', ` ${JSON.stringify('x'.repeat(MAX_SIGNAL_BYTES - 2))} `)).status).toBe(200)
  })

  it(`above ${MAX_KEPT_SIGNALS} kept ones the next comes too early`, { timeout: 30_000 }, async () => {
    const id = await start([delay('d', 3_600), wait('w')], ['d>w'])
    const kept = Array.from({ length: MAX_KEPT_SIGNALS }, (_, n) => n)
    for (const n of kept) expect((await send(id, 'paid', n)).status).toBe(202)
    const answer = await send(id, 'paid', 1_000)
    expect(answer).toMatchObject({ status: 429, body: { error_code: 'RATE_LIMITED' } })
    expect(answer.headers.get('Retry-After')).toBe('60')
  })
})

describe('POST /events/:token', () => {
  const linked = [{ id: 'link', config: { value: '{{ event_url("paid") }}' } }, wait('w'), delay('d', 3_600)]
  const linkOf = async (id: string): Promise<string> => (await view(id)).node_results.link
  const post = (url: string, body?: string, headers: Record<string, string> = {}) =>
    app.request(url, { method: 'POST', headers, ...(body !== undefined && { body }) })

  it('delivers that event to that execution, without a key', async () => {
    const id = await start(linked)
    const link = await linkOf(id)
    expect(link).toMatch(/^http:\/\/millrace\/api\/v1\/events\//)
    const answer = await post(link, '{"amount":3}')
    expect(answer.status).toBe(200)
    expect(answer.headers.get('Cache-Control')).toBe('no-store')
    expect(await answer.json()).toMatchObject({ data: { execution_id: id, event: 'paid', outcome: 'delivered', node_id: 'w' } })
    const { body } = await api('GET', `/executions/${id}/events`)
    expect(body.data).toContainEqual(expect.objectContaining({ event: 'signal.received', data: { name: 'paid', by: 'link' } }))
  })

  it('drops a repeat, and takes no body as null', async () => {
    const id = await start(linked)
    const link = await linkOf(id)
    expect((await post(link, undefined, { 'Idempotency-Key': 'k' })).status).toBe(200)
    expect(await (await post(link, undefined, { 'Idempotency-Key': 'k' })).json()).toMatchObject({
      data: { outcome: 'repeated' },
    })
    expect((await view(id)).node_results.w).toBeNull()
  })

  it('a forged one reaches no execution, and gets no hint', async () => {
    const link = await linkOf(await start(linked))
    const execution = vi.fn()
    const guarded = testApp({ execution })
    for (const url of [`${link}x`, link.replace('.', 'A.'), `${link.split('.')[0]}`, 'http://millrace/api/v1/events/x']) {
      const answer = await guarded.request(url, { method: 'POST', body: '1' })
      expect(answer.status).toBe(404)
      expect(await answer.json()).toMatchObject({ message: 'There is no such link', error_code: 'NOT_FOUND' })
    }
    const keyless = testApp({ execution, settings: { MILLRACE_ADMIN_KEY: 'k' } })
    expect((await keyless.request(link, { method: 'POST', body: '1' })).status).toBe(404)
    expect(execution).not.toHaveBeenCalled()
  })

  it('is no approval', async () => {
    const link = await linkOf(await start(linked))
    expect((await post(link.replace('/events/', '/approvals/'), '{"decision":"approve"}')).status).toBe(404)
  })

  it('tells who visits it how it is used, and delivers nothing', async () => {
    const id = await start(linked)
    const link = await linkOf(id)
    const answer = await app.request(link)
    expect([answer.status, answer.headers.get('Allow'), answer.headers.get('Cache-Control')]).toEqual([405, 'POST', 'no-store'])
    expect(await answer.json()).toMatchObject({
      error_code: 'METHOD_NOT_ALLOWED',
      message: expect.stringContaining('POST it here'),
    })
    const page = await app.request(link, { headers: { Accept: 'text/html' } })
    expect([page.status, await page.text()]).toEqual([405, expect.stringContaining('POST it here')])
    expect((await app.request(`${link}x`)).status).toBe(404)
    expect((await view(id)).node_states.w.status).toBe('waiting')
  })

  it('only posts; everything else needs a key, and its refusal does not repeat the token', async () => {
    const link = await linkOf(await start(linked))
    expect((await app.request(link, { method: 'PUT' })).status).toBe(401)
    const answer = await api('PUT', `/${new URL(link).pathname}`, {})
    expect(answer).toMatchObject({ status: 404, body: { message: 'There is no PUT /api/v1/events/…' } })
  })

  it('leads to PUBLIC_URL where the deployment has one', async () => {
    const settings = { MILLRACE_ADMIN_KEY: 'test-admin-key', ID_SECRET: 'test-id-secret' }
    const body = { workflow: graph(linked, []) }
    const started = (url: string) => apiOf(testApp({ settings: { ...settings, PUBLIC_URL: url } }))('POST', '/executions', body)
    const { execution_id: id } = (await started('https://example.com/millrace/')).body.data
    expect(await linkOf(id)).toMatch(/^https:\/\/example\.com\/millrace\/api\/v1\/events\//)
    expect(await started('example.com')).toMatchObject({ status: 503, body: { error_code: 'UNAVAILABLE' } })
  })
})
