// Server-Sent Events and the tokens that browsers open streams with.
import { evictDurableObject, runInDurableObject } from 'cloudflare:test'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { eventSource } from '../../src/http/event-source.ts'
import { MAX_STREAM_TOKEN_LENGTH, MAX_UNREAD_STREAM_BYTES, STREAM_TOKEN_SECONDS } from '../../src/http/limits.ts'
import { loggedPath } from '../../src/http/logged-path.ts'
import { readStreamToken, signStreamToken } from '../../src/http/stream-token.ts'
import { ADMIN_KEY, apiOf, sleeper, sum, testApp } from '../support/api.ts'
import { settle, stubOf } from '../support/execution.ts'
import { DENIED, guarded, makeKey, refusalOf } from '../support/keys.ts'
import { success } from '../support/run.ts'
import { range, underWay } from '../support/under-way.ts'

afterEach(() => {
  vi.unstubAllGlobals()
  vi.restoreAllMocks()
})

const clock = { later: 0 }
const app = testApp({ clock: () => Date.now() + clock.later })
const api = apiOf(app)
const start = async (workflow: object) => (await api('POST', '/executions', { workflow })).body.data.execution_id
const ACCEPT = { Accept: 'text/event-stream' }

interface Message {
  readonly id?: string
  readonly event?: string
  readonly data?: ReturnType<typeof JSON.parse>
  readonly comment?: string
}

/** Reads an event stream as an EventSource does. */
class Reader {
  readonly messages: Message[] = []
  readonly #reader: ReadableStreamDefaultReader<Uint8Array>
  #text = ''

  constructor(response: Response) {
    if (response.body === null) throw new Error(`no stream: ${response.status}`)
    this.#reader = response.body.getReader()
  }

  /** The next message; null at the end. */
  async next(): Promise<Message | null> {
    for (;;) {
      const end = this.#text.indexOf('\n\n')
      if (end >= 0) {
        const message = parse(this.#text.slice(0, end))
        this.#text = this.#text.slice(end + 2)
        this.messages.push(message)
        return message
      }
      const { done, value } = await this.#reader.read()
      if (done) return null
      this.#text += new TextDecoder().decode(value)
    }
  }

  async toEnd(): Promise<Message[]> {
    while ((await this.next()) !== null);
    return this.messages
  }

  async until(isWanted: (message: Message) => boolean): Promise<Message> {
    for (;;) {
      const message = await this.next()
      if (message === null) throw new Error('the stream has ended')
      if (isWanted(message)) return message
    }
  }

  cancel(): Promise<void> {
    return this.#reader.cancel()
  }
}

function parse(text: string): Message {
  const fields = text.split('\n').map((line) => {
    const [, name = '', value = ''] = line.match(/^(\w*): ?(.*)$/) ?? []
    return [name === '' ? 'comment' : name, name === 'data' ? JSON.parse(value) : value]
  })
  return Object.fromEntries(fields)
}

const open = async (path: string, headers: Record<string, string> = { 'X-API-Key': ADMIN_KEY }) => {
  const response = await app.request(`/api/v1/executions/${path}`, { headers: { ...ACCEPT, ...headers } })
  expect([response.status, response.headers.get('Content-Type')]).toEqual([200, 'text/event-stream'])
  return new Reader(response)
}
const events = (messages: readonly Message[]) => messages.filter(({ id, event }) => id !== undefined && event === undefined)
const ids = (messages: readonly Message[]) => events(messages).map(({ id }) => Number(id))

describe('GET /executions/:id/events as an event stream', () => {
  it('has every event once and in order, then the end', async () => {
    const id = await start(sum)
    const messages = await (await open(`${id}/events`)).toEnd()
    expect(messages[0]).toEqual({ retry: '1000' })
    expect(ids(messages)).toEqual(range(1, 6))
    expect(messages.at(-1)).toEqual({ id: '6', event: 'end', data: { type: 'end', status: 'completed', seq: 6 } })
    const pages = (await api('GET', `/executions/${id}/events`)).body.data
    expect(events(messages).map(({ data }) => data)).toEqual(pages)
  })

  it('goes on behind Last-Event-ID, which is stronger than after', async () => {
    const id = await start(sum)
    const from = async (query: string, lastEventId?: string) =>
      ids(
        await (
          await open(`${id}/events${query}`, {
            'X-API-Key': ADMIN_KEY,
            ...(lastEventId !== undefined && { 'Last-Event-ID': lastEventId }),
          })
        ).toEnd(),
      )
    expect(await from('?after=4')).toEqual([5, 6])
    expect(await from('?after=1', '4')).toEqual([5, 6])
    expect(await from('', '6')).toEqual([])
    expect(await from('?after=4', '')).toEqual([5, 6])
    expect(await from('?level=error')).toEqual([])
    expect(await from('?node_id=3')).toEqual([5])
    const bad = await api('GET', `/executions/${id}/events`, undefined, { ...ACCEPT, 'Last-Event-ID': 'x' })
    expect([bad.status, bad.body.details.issues[0].path]).toEqual([400, 'Last-Event-ID'])
  })

  it('tells what happens while it listens, also after the object has slept', async () => {
    const id = await underWay()
    const reader = await open(`${id}/events`)
    await reader.until(({ data }) => data?.event === 'node.started')
    await evictDurableObject(stubOf(id))
    await settle(id, 'a', success('found'))
    expect(ids(await reader.toEnd())).toEqual(range(1, 6))
  })

  it('lets go of the object when its client goes', async () => {
    const id = await start(sleeper())
    const reader = await open(`${id}/events`)
    await reader.until(({ data }) => data?.event === 'node.waiting')
    await reader.cancel()
    const listeners = () =>
      runInDurableObject(
        stubOf(id),
        (_, context) => context.getWebSockets().filter(({ readyState }) => readyState === WebSocket.OPEN).length,
      )
    await vi.waitFor(async () => expect(await listeners()).toBe(0))
  })

  it.each([
    ['unknown/events', 404, 'EXECUTION_NOT_FOUND'],
    ['unknown/events?level=loud', 400, 'BAD_REQUEST'],
  ])('%s is a %i', async (path, status, code) => {
    const answer = await api('GET', `/executions/${path}`, undefined, ACCEPT)
    expect([answer.status, answer.body.error_code]).toEqual([status, code])
  })
})

describe('eventSource', () => {
  const pair = () => {
    const { 0: client, 1: server } = new WebSocketPair()
    server.accept()
    return { client, server }
  }

  it('says now and then that it is there', async () => {
    const { client } = pair()
    const reader = new Reader(eventSource(client, 1))
    expect(await reader.until(({ comment }) => comment !== undefined)).toEqual({ comment: 'still here' })
    await reader.cancel()
  })

  it('passes on what a model says, and ends without an end where the object goes away', async () => {
    const { client, server } = pair()
    const reader = new Reader(eventSource(client))
    server.send(JSON.stringify({ type: 'delta', node_id: 'a', attempt: 1, offset: 0, text: 'Hel\nlo' }))
    server.send('pong')
    server.close(1001, 'moved')
    const messages = await reader.toEnd()
    expect(messages.slice(1)).toEqual([{ event: 'delta', data: expect.objectContaining({ text: 'Hel\nlo' }) }])
  })

  it('hangs up on a client that does not read', async () => {
    const { client, server } = pair()
    const closed = new Promise<number>((resolve) => server.addEventListener('close', ({ code }) => resolve(code)))
    const reader = new Reader(eventSource(client))
    const frame = JSON.stringify({ type: 'event', seq: 1, message: 'x'.repeat(1024 * 1024) })
    for (let sent = 0; sent <= MAX_UNREAD_STREAM_BYTES; sent += frame.length) server.send(frame)
    expect(await closed).toBe(1000)
    expect((await reader.toEnd()).at(-1)).toMatchObject({ id: '1' })
  })
})

describe('a stream token', () => {
  const tokenOf = async (id: string, query = '') => (await api('POST', `/executions/${id}/stream-token${query}`)).body.data
  const withToken = (path: string, token: string, headers = {}) =>
    app.request(`/api/v1/executions/${path}${path.includes('?') ? '&' : '?'}token=${token}`, { headers })

  it('opens the events and the stream of its execution, for a minute', async () => {
    const id = await start(sum)
    const { token, expires_at } = await tokenOf(id)
    expect(Date.parse(expires_at) - Date.now()).toBeGreaterThan((STREAM_TOKEN_SECONDS - 5) * 1000)
    expect(ids(await new Reader(await withToken(`${id}/events`, token, ACCEPT)).toEnd())).toEqual(range(1, 6))
    expect((await withToken(`${id}/events`, token)).status).toBe(200)
    const upgraded = await withToken(`${id}/logs/stream`, token, { Upgrade: 'websocket' })
    expect(upgraded.status).toBe(101)
    upgraded.webSocket?.accept()
    upgraded.webSocket?.close()
    clock.later = STREAM_TOKEN_SECONDS * 1000
    expect((await withToken(`${id}/events`, token)).status).toBe(401)
    clock.later = 0
  })

  it('opens nothing else', async () => {
    const [id, other] = [await start(sum), await start(sum)]
    const { token } = await tokenOf(id)
    for (const path of [`${other}/events`, `${other}/logs/stream`, id, `${id}/logs`, `${id}/nodes`]) {
      const answer = await withToken(path, token, { Upgrade: 'websocket' })
      expect([path, answer.status]).toEqual([path, 401])
    }
    const renewed = await app.request(`/api/v1/executions/${id}/stream-token?token=${token}`, { method: 'POST' })
    expect(renewed.status).toBe(401)
    const foreign = await withToken(`${id}/events?community_id=7`, token)
    expect(foreign.status).toBe(403)
  })

  it('is given to who may view the execution, and stands for that', async () => {
    const [olga, vic] = [await makeKey(app, { user: 'olga' }), await makeKey(app, { user: 'vic' })]
    const { workflow_id } = (await olga.api('POST', '/workflows', guarded)).body.data
    const id = (await olga.api('POST', `/workflows/${workflow_id}/execute`)).body.data.execution_id
    expect(refusalOf(await vic.api('POST', `/executions/${id}/stream-token`))).toEqual(DENIED)
    const given = await olga.api('POST', `/executions/${id}/stream-token`)
    expect((await withToken(`${id}/events`, given.body.data.token)).status).toBe(200)
    // An operator's, too, who is not of that community.
    const { token } = await tokenOf(id, '?community_id=7')
    expect((await withToken(`${id}/events`, token)).status).toBe(200)
  })

  it('of another community opens its execution there', async () => {
    const id = (await api('POST', '/executions?community_id=7', { workflow: sum })).body.data.execution_id
    const { token } = await tokenOf(id, '?community_id=7')
    expect((await withToken(`${id}/events`, token)).status).toBe(200)
  })

  it.each(['', 'x', 'x.y', 'x.y.z', 'a'.repeat(MAX_STREAM_TOKEN_LENGTH + 1)])('is not %j', async (token) => {
    expect((await withToken(`${await start(sum)}/events`, token)).status).toBe(401)
  })

  it('cannot be made without the secret, nor changed', () => {
    const claims = { executionId: 'e', communityId: 'c', user: 'ada', expiresAt: 1_000 }
    const token = signStreamToken('secret', claims)
    expect(readStreamToken('secret', token, 999)).toEqual(claims)
    expect(readStreamToken('secret', token, 1_000)).toBeNull()
    expect(readStreamToken('another', token, 999)).toBeNull()
    const forged = Buffer.from(JSON.stringify(['other', 'c', 'ada', 1_000])).toString('base64url')
    expect(readStreamToken('secret', `${forged}.${token.split('.')[1]}`, 999)).toBeNull()
  })

  it('needs an execution, and ID_SECRET', async () => {
    const unknown = await api('POST', '/executions/unknown/stream-token')
    expect([unknown.status, unknown.body.error_code]).toEqual([404, 'EXECUTION_NOT_FOUND'])
    const id = await start(sum)
    expect((await api('POST', `/executions/${id}/stream-token?community_id=7`)).status).toBe(404)
    const unsigned = apiOf(testApp({ settings: { MILLRACE_ADMIN_KEY: ADMIN_KEY } }))
    expect((await unsigned('POST', `/executions/${id}/stream-token`)).status).toBe(503)
  })

  it('stands in no log', async () => {
    const lines: string[] = []
    for (const method of ['log', 'info', 'warn', 'error'] as const)
      vi.spyOn(console, method).mockImplementation((...texts) => void lines.push(texts.join(' ')))
    const { token } = await tokenOf(await start(sum))
    const failing = testApp({ execution: () => ({ events: () => Promise.reject(new Error('a bug')) }) as never })
    const id = readStreamToken('test-id-secret', token, 0)?.executionId
    const answer = await failing.request(`/api/v1/executions/${id}/events?token=${token}`)
    expect(answer.status).toBe(500)
    expect(lines.join('\n')).toContain('a bug')
    expect(lines.join('\n')).not.toContain(token)
    expect(loggedPath(`/api/v1/executions/${id}/events`)).toBe(`/api/v1/executions/${id}/events`)
  })
})
