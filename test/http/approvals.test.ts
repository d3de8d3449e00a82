// Approvals, by signed link as JSON and as a page, and by key.
import { describe, expect, it, vi } from 'vitest'
import type { JsonObject } from '../../src/core/json.ts'
import { MAX_SIGNAL_BYTES } from '../../src/core/limits.ts'
import { linkKey, linkUrl } from '../../src/core/links.ts'
import { MAX_ANSWERER_LENGTH, MAX_COMMENT_LENGTH } from '../../src/http/limits.ts'
import { apiOf, testApp } from '../support/api.ts'
import { executionOf } from '../support/execution.ts'
import { graph } from '../support/run.ts'

const app = testApp()
const api = apiOf(app)

const form = {
  type: 'object',
  required: ['amount'],
  properties: {
    amount: { type: 'number', title: 'Amount <€>', description: 'at most "what was paid"', maximum: 100 },
    whole: { type: 'boolean' },
    reason: { enum: ['late', 'broken', 3] },
    count: { type: 'integer', minimum: 1 },
    note: { type: 'string' },
    more: { type: 'object' },
  },
}
const approval = (config: JsonObject = {}) => ({
  id: 'ok',
  type: 'approval',
  config: { prompt: 'Refund {{ inputs.name }}?', ...config },
})
const link = { id: 'link', config: { value: '{{ approval_url("ok") }}' } }
const more = { id: 'more', type: 'delay', config: { delay_seconds: 3_600 } }

interface Asked {
  readonly id: string
  readonly url: string
}

/** An execution that waits for the approval, and goes on after it. */
async function ask(config: JsonObject = {}, inputs: JsonObject = { name: 'Ada' }, edges: readonly string[] = []): Promise<Asked> {
  const workflow = graph([link, approval(config), more], edges)
  const { body } = await api('POST', '/executions', { workflow, inputs })
  const { execution_id: id } = body.data
  return { id, url: (await view(id)).node_results.link }
}

const view = async (id: string) => (await api('GET', `/executions/${id}`)).body.data
const get = (url: string, accept = 'application/json') => app.request(url, { headers: { Accept: accept } })
const browse = (url: string) => get(url, 'text/html,application/xhtml+xml,*/*;q=0.8')
const post = (url: string, body: object | string, headers: Record<string, string> = {}) =>
  app.request(url, { method: 'POST', headers, body: typeof body === 'string' ? body : JSON.stringify(body) })
const submit = (url: string, fields: Record<string, string>) =>
  post(url, new URLSearchParams(fields).toString(), { 'Content-Type': 'application/x-www-form-urlencoded', Accept: 'text/html' })

/** As whoever has the deployment's secret would sign it. */
const sign = (executionId: string, epoch: number, node = 'ok') =>
  linkUrl(
    { origin: 'http://millrace', key: linkKey('test-id-secret', executionId) },
    { kind: 'approval', executionId, epoch, node },
  )

describe('GET /approvals/:token', () => {
  it('shows what is asked and how it stands, without a key, and changes nothing', async () => {
    const { id, url } = await ask({ form, timeout_seconds: 3_600 })
    const before = (await view(id)).node_states
    for (const _ of [1, 2]) {
      const answer = await get(url)
      expect(answer.status).toBe(200)
      expect(await answer.json()).toEqual({
        success: true,
        data: {
          execution_id: id,
          execution_status: 'waiting',
          epoch: 1,
          node_id: 'ok',
          status: 'waiting',
          prompt: 'Refund Ada?',
          form,
          until: expect.stringMatching(/^\d{4}-.*Z$/),
          answer: null,
        },
      })
    }
    expect((await view(id)).node_states).toEqual(before)
    expect((await app.request(url, { method: 'HEAD' })).status).toBe(200)
    expect(before.ok.blocked_on).toMatchObject({
      kind: 'approval',
      detail: expect.stringContaining('Refund Ada?'),
      until: expect.any(String),
    })
  })

  it('must not be kept, sent on or indexed', async () => {
    const { id, url } = await ask()
    const { headers } = await get(url)
    expect(Object.fromEntries(headers)).toMatchObject({
      'x-execution-id': id,
      'cache-control': 'no-store',
      'referrer-policy': 'no-referrer',
      'x-content-type-options': 'nosniff',
      'x-robots-tag': 'noindex',
      vary: 'Accept',
    })
  })

  it('before it is asked an answer may be given all the same', async () => {
    const { id, url } = await ask({}, { name: 'Ada' }, ['more>ok'])
    expect(await (await get(url)).json()).toMatchObject({ data: { status: 'early', prompt: null, until: null } })
    expect((await post(url, { decision: 'approve' })).status).toBe(200)
    expect(await (await get(url)).json()).toMatchObject({ data: { status: 'answered', answer: { decision: 'approved' } } })
    expect((await view(id)).node_states.ok.status).toBe('pending')
  })

  it('after the end it is closed', async () => {
    const { id, url } = await ask()
    await api('POST', `/executions/${id}/cancel`, {})
    expect(await (await get(url)).json()).toMatchObject({
      data: { status: 'closed', execution_status: 'cancelled', answer: null },
    })
    expect((await post(url, { decision: 'approve' })).status).toBe(409)
  })
})

describe('POST /approvals/:token', () => {
  it.each([
    ['approve', 'approved'],
    ['approved', 'approved'],
    ['reject', 'rejected'],
    ['rejected', 'rejected'],
  ])('%s counts as %s', async (decision, counted) => {
    const { id, url } = await ask({}, { name: 'Ada' }, ['ok:rejected>more'])
    const answer = await post(url, { decision, by: ' Bob ', comment: 'private' })
    expect(answer.status).toBe(200)
    expect(await answer.json()).toMatchObject({
      message: 'Answered',
      data: { status: 'answered', answer: { decision: counted, by: 'Bob', via: 'link', at: expect.any(String) } },
    })
    expect((await view(id)).node_results.ok).toEqual({
      decision: counted,
      by: 'Bob',
      via: 'link',
      at: expect.any(String),
      comment: 'private',
    })
    const { body } = await api('GET', `/executions/${id}/events`)
    expect(body.data).toContainEqual(
      expect.objectContaining({
        event: 'approval.answered',
        node_id: 'ok',
        message: `ok: ${counted} by Bob (by link)`,
        data: { node_type: 'approval', decision: counted, by: 'Bob', via: 'link' },
      }),
    )
    expect(JSON.stringify(body)).not.toContain('private')
  })

  it('is shown alike by the answer to it, by whoever looks later, and by the output of the node', async () => {
    const { id, url } = await ask({ timeout_seconds: 3_600 })
    const told = await (await post(url, { decision: 'approve', by: 'Bob' })).json()
    const answer = (await view(id)).node_results.ok
    expect(answer).toMatchObject({ decision: 'approved', by: 'Bob', via: 'link' })
    expect(told).toMatchObject({ data: { until: null, answer } })
    expect(await (await get(url)).json()).toMatchObject({ data: { until: null, answer } })
  })

  it('counts once, also where two come together', async () => {
    const { id, url } = await ask()
    const answers = await Promise.all(['approve', 'reject', 'approve'].map((decision) => post(url, { decision })))
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 409, 409])
    expect(await (await post(url, { decision: 'approve' })).json()).toMatchObject({
      error_code: 'CONFLICT',
      message: 'This has been answered already',
    })
    const { body } = await api('GET', `/executions/${id}/events`)
    expect(body.data.filter(({ event }: { event: string }) => event === 'approval.answered')).toHaveLength(1)
  })

  it('is JSON whatever the content type says: `curl -d` says something else', async () => {
    const { url } = await ask()
    const headers = { 'Content-Type': 'application/x-www-form-urlencoded' }
    expect((await post(url, ' {"decision":"approve"}', headers)).status).toBe(200)
  })

  it('checks the form, every place at once', async () => {
    const { id, url } = await ask({ form })
    const none = await post(url, { decision: 'approve' })
    expect(none.status).toBe(400)
    expect(await none.json()).toMatchObject({
      error_code: 'VALIDATION_FAILED',
      details: { issues: [{ code: 'REQUIRED', path: 'form' }] },
    })
    const both = await (await post(url, { decision: 'approve', form: { amount: '7', reason: 'other' } })).json()
    expect(both).toMatchObject({ details: { issues: [{ path: 'form.amount' }, { path: 'form.reason' }] } })
    expect((await post(url, { decision: 'approve', form: { amount: 7 } })).status).toBe(200)
    expect((await view(id)).node_results.ok.form).toEqual({ amount: 7 })
  })

  it('a rejection needs no form, but one that is there has to fit', async () => {
    const { url } = await ask({ form })
    expect((await post(url, { decision: 'reject', form: { amount: 'x' } })).status).toBe(400)
    expect((await post(url, { decision: 'reject' })).status).toBe(200)
  })

  it.each([
    ['no decision', {}, 'decision'],
    ['another decision', { decision: 'maybe' }, 'decision'],
    ['no name', { decision: 'approve', by: ' ' }, 'by'],
    ['a name of two lines', { decision: 'approve', by: 'a\nb' }, 'by'],
    ['a name too long', { decision: 'approve', by: 'x'.repeat(MAX_ANSWERER_LENGTH + 1) }, 'by'],
    ['a comment too long', { decision: 'approve', comment: 'x'.repeat(MAX_COMMENT_LENGTH + 1) }, 'comment'],
    ['a form that is none', { decision: 'approve', form: [] }, 'form'],
  ])('refuses %s', async (_, body, path) => {
    const answer = await post((await ask()).url, body)
    expect(answer.status).toBe(400)
    expect(await answer.json()).toMatchObject({ error_code: 'BAD_REQUEST', details: { issues: [{ path }] } })
  })

  it('takes a name and a comment at their limits, and no more than 128 KiB in all', async () => {
    const { url } = await ask()
    const frame = JSON.stringify([null, { text: '' }, null]).length
    const filled = (bytes: number) => ({ decision: 'approve', form: { text: 'x'.repeat(bytes - frame) } })
    expect((await post(url, filled(MAX_SIGNAL_BYTES + 1))).status).toBe(413)
    expect((await post((await ask()).url, filled(MAX_SIGNAL_BYTES))).status).toBe(200)
    const body = { decision: 'approve', by: 'x'.repeat(MAX_ANSWERER_LENGTH), comment: 'x'.repeat(MAX_COMMENT_LENGTH) }
    expect((await post(url, body)).status).toBe(200)
  })

  it('a forged link reaches no execution, and gets no hint', async () => {
    const { id, url } = await ask()
    const execution = vi.fn()
    const guarded = testApp({ execution })
    const other = new URL(sign('fedcba9876543210', 1)).pathname.split('.').at(-1) ?? ''
    const urls = [
      `${url}x`,
      `${url.split('.')[0]}.${other}`,
      'http://millrace/api/v1/approvals/x',
      url.replace('/approvals/', '/events/'),
    ]
    for (const forged of urls) {
      const answer = await guarded.request(forged, { method: 'POST', body: '{"decision":"approve"}' })
      expect(answer.status).toBe(404)
      expect(await answer.json()).toEqual({
        success: false,
        message: 'There is no such link',
        error_code: 'NOT_FOUND',
        details: { request_id: expect.any(String) },
      })
    }
    expect(execution).not.toHaveBeenCalled()
    expect((await view(id)).node_states.ok.status).toBe('waiting')
  })

  it('a link of an earlier epoch is gone', async () => {
    const { id, url } = await ask()
    await api('POST', `/executions/${id}/cancel`, {})
    await executionOf(id).control('default', { type: 'recover', by: 'ada' })
    for (const answer of [await get(url), await post(url, { decision: 'approve' })]) {
      expect(answer.status).toBe(410)
      expect(await answer.json()).toMatchObject({ error_code: 'GONE' })
    }
    expect((await post(sign(id, 2), { decision: 'approve' })).status).toBe(200)
  })

  it('a link whose execution is forgotten is gone', async () => {
    expect((await get(sign('fedcba9876543210', 1))).status).toBe(410)
    expect((await post(sign('fedcba9876543210', 1), { decision: 'approve' })).status).toBe(410)
  })

  it('a failure on our side is logged without the token', async () => {
    const { url } = await ask()
    const logged = vi.spyOn(console, 'error').mockImplementation(() => undefined)
    const broken = testApp({ execution: () => Object.create(null) })
    expect((await broken.request(url)).status).toBe(500)
    expect(logged).toHaveBeenCalled()
    const [path = ''] = JSON.stringify(logged.mock.calls).match(/api\/v1\/approvals[^"\\]*/) ?? []
    expect(path).toBe('api/v1/approvals/…')
    expect(JSON.stringify(logged.mock.calls)).not.toContain(url.split('/').at(-1))
    logged.mockRestore()
  })
})

describe('the page', () => {
  it('asks, escaped, with a policy that lets nothing else in', async () => {
    const { url } = await ask({ form }, { name: '<script>alert("x")</script>' })
    const answer = await browse(url)
    const page = await answer.text()
    expect(answer.headers.get('Content-Type')).toMatch(/^text\/html/)
    expect(page).toContain('Refund &lt;script&gt;alert(&quot;x&quot;)&lt;/script&gt;?')
    expect(page).not.toContain('<script')
    expect(page).toContain('Amount &lt;€&gt;')
    expect(page).toContain('at most &quot;what was paid&quot;')
    const nonce = page.match(/<style nonce="([0-9a-f]{16})">/)?.[1]
    expect(answer.headers.get('Content-Security-Policy')).toBe(
      `default-src 'none'; style-src 'nonce-${nonce}'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'`,
    )
    expect(await (await browse(url)).text()).not.toContain(nonce)
  })

  it('has a field for each property, by its type', async () => {
    const page = await (await browse((await ask({ form })).url)).text()
    expect(page).toContain('<input type="number" step="any" name="form.amount" max="100" required>')
    expect(page).toContain('<input type="checkbox" name="form.whole" value="true">')
    expect(page).toContain(
      '<select name="form.reason"><option></option><option>late</option><option>broken</option><option>3</option></select>',
    )
    expect(page).toContain('<input type="number" step="any" name="form.count" min="1">')
    expect(page).toContain('<input name="form.note">')
    expect(page).toContain('<textarea name="form.more" rows="3" placeholder="JSON"></textarea>')
    expect(page).toContain('<button name="decision" value="rejected" formnovalidate>')
  })

  it('hostile names of fields stay text', async () => {
    const page = await (await browse((await ask({ form: { properties: { '"><img src=x onerror=a>': {} } } })).url)).text()
    expect(page).not.toContain('<img')
    expect(page).toContain('name="form.&quot;&gt;&lt;img src=x onerror=a&gt;"')
  })

  it('gives its answer with values of the types that the form asks for', async () => {
    const { id, url } = await ask({ form })
    const fields = { 'form.amount': '12.5', 'form.reason': '3', 'form.note': '', 'form.more': '{"a":1}', 'form.unknown': 'x' }
    const answer = await submit(url, { decision: 'approved', by: 'Bob', comment: '', ...fields })
    expect(answer.status).toBe(200)
    expect(await answer.text()).toMatch(/approved by Bob at \d{4}-\d\d-\d\d \d\d:\d\d UTC</)
    expect((await view(id)).node_results.ok).toEqual({
      decision: 'approved',
      by: 'Bob',
      via: 'link',
      at: expect.any(String),
      form: { amount: 12.5, whole: false, reason: 3, more: { a: 1 } },
    })
  })

  it('rejects without a form', async () => {
    const { id, url } = await ask({ form }, { name: 'Ada' }, ['ok:rejected>more'])
    expect((await submit(url, { decision: 'rejected', 'form.amount': 'what?' })).status).toBe(200)
    expect((await view(id)).node_results.ok).toEqual({
      decision: 'rejected',
      by: 'anonymous',
      via: 'link',
      at: expect.any(String),
    })
  })

  it('says as a page what is wrong', async () => {
    const { url } = await ask({ form })
    const wrong = await submit(url, { decision: 'approved', 'form.amount': '<b>' })
    expect(wrong.status).toBe(400)
    const why = await wrong.text()
    expect(why).toContain('form.amount: ')
    expect(why).toContain('Nothing has been recorded. Go back to correct it.')
    expect(wrong.headers.get('Content-Security-Policy')).toContain("default-src 'none'")
    expect((await submit(url, { decision: 'approved', 'form.amount': '1' })).status).toBe(200)
    const again = await submit(url, { decision: 'approved', 'form.amount': '1' })
    expect(again.status).toBe(409)
    expect(await again.text()).toContain('This has been answered already')
    const forged = await browse(`${url}x`)
    expect(forged.status).toBe(404)
    expect(await forged.text()).toMatch(/There is no such link<\/p>\s*<\/body>/)
  })

  it('has no form once it is answered or closed', async () => {
    const { id, url } = await ask()
    await api('POST', `/executions/${id}/cancel`, {})
    const page = await (await browse(url)).text()
    expect(page).toContain('This cannot be answered any more')
    expect(page).not.toContain('<form')
  })
})

describe('POST /executions/:id/approvals/:node', () => {
  it('answers with a key, whose user it names', async () => {
    const { id } = await ask()
    const answer = await api('POST', `/executions/${id}/approvals/ok`, { decision: 'approve', by: 'somebody else' })
    expect(answer).toMatchObject({ status: 200, body: { data: { status: 'answered', answer: { by: 'admin', via: 'key' } } } })
    const { body } = await api('GET', `/executions/${id}/events`)
    expect(body.data).toContainEqual(
      expect.objectContaining({ message: 'ok: approved by admin', data: expect.objectContaining({ via: 'key' }) }),
    )
    expect(await api('POST', `/executions/${id}/approvals/ok`, { decision: 'approve' })).toMatchObject({ status: 409 })
  })

  it('also where the link is of an earlier epoch, or there are none', async () => {
    const { id } = await ask()
    await api('POST', `/executions/${id}/cancel`, {})
    await executionOf(id).control('default', { type: 'recover', by: 'ada' })
    expect((await api('POST', `/executions/${id}/approvals/ok`, { decision: 'approve' })).status).toBe(200)
  })

  it('in a loop by the path of the iteration', async () => {
    const body = graph([{ ...approval(), config: { prompt: 'Item {{ item }}?' } }], [])
    const workflow = graph([{ id: 'each', type: 'for-each', config: { items: 'inputs.list', body } }], [])
    const { data } = (await api('POST', '/executions', { workflow, inputs: { list: ['a', 'b'] } })).body
    const path = `/executions/${data.execution_id}/approvals`
    const answer = await api('POST', `${path}/${encodeURIComponent('each[1].ok')}`, { decision: 'approve' })
    expect(answer.body.data).toMatchObject({ node_id: 'each[1].ok', prompt: 'Item b?', execution_status: 'waiting' })
    expect((await api('POST', `${path}/each[0].ok`, { decision: 'approve' })).body.data.execution_status).toBe('completed')
  })

  it('knows only approvals, of executions of this community', async () => {
    const { id } = await ask()
    for (const node of ['more', 'none']) {
      const answer = await api('POST', `/executions/${id}/approvals/${node}`, { decision: 'approve' })
      expect(answer).toMatchObject({
        status: 404,
        body: { error_code: 'NOT_FOUND', message: `Execution ${id} has no approval ${node}` },
      })
    }
    const other = await api('POST', `/executions/${id}/approvals/ok?community_id=7`, { decision: 'approve' })
    expect(other).toMatchObject({ status: 404, body: { error_code: 'EXECUTION_NOT_FOUND' } })
    expect((await api('POST', '/executions/x/approvals/ok', { decision: 'approve' })).status).toBe(404)
  })
})
