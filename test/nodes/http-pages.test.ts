import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { JsonObject } from '../../src/core/json.ts'
import { DEFAULT_MAX_PAGES, MAX_PAGES } from '../../src/core/limits.ts'
import { httpRequest } from '../../src/nodes/http-request.ts'
import { configIssues } from '../support/config-issues.ts'
import { httpAttempt, mustComplete, mustFail } from '../support/http-attempt.ts'
import { type Answer, type MisbehavingServer, startMisbehavingServer } from '../support/misbehaving-server.ts'

let server: MisbehavingServer
let elsewhere: MisbehavingServer

const json =
  (body: unknown, headers: Record<string, string> = {}): Answer =>
  (_, response) =>
    response.writeHead(200, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body))

/** Seven items, three a page. */
const ITEMS = [1, 2, 3, 4, 5, 6, 7]
const pageOf = (page: number, size = 3) => ITEMS.slice((page - 1) * size, page * size)

beforeAll(async () => {
  elsewhere = await startMisbehavingServer()
  server = await startMisbehavingServer({
    '/linked': (request, response, query) => {
      const page = Number(query.get('page') ?? 1)
      const link = page < 3 ? { link: `</linked?page=1>; rel="first", </linked?page=${page + 1}>; rel="next"` } : {}
      json(pageOf(page), link)(request, response, query)
    },
    '/cursors': (request, response, query) => {
      const page = Number(query.get('after') ?? 1)
      json({ data: { items: pageOf(page) }, meta: { next: page < 3 ? page + 1 : null } })(request, response, query)
    },
    '/numbered': (request, response, query) => json(pageOf(Number(query.get('page'))))(request, response, query),
    '/offset': (request, response, query) => {
      const offset = Number(query.get('offset'))
      json({ list: ITEMS.slice(offset, offset + 3) })(request, response, query)
    },
    '/for-ever': (request, response, query) => json([1])(request, response, query),
    '/circle': json([1], { link: '</circle>; rel=next' }),
    '/elsewhere': (request, response, query) =>
      json([1], { link: `<${elsewhere.url('/echo')}>; rel=next` })(request, response, query),
    '/to-no-url': json([1], { link: '<http://[>; rel=next' }),
    '/odd-cursor': json({ list: [1], next: { a: 1 } }),
    '/same-cursor': json({ list: [1], next: 'again' }),
    '/no-list': json({ a: 1 }),
    '/null-list': json({ list: null }),
    '/fails-later': (request, response, query) =>
      query.get('page') === '2' ? response.writeHead(503, { 'retry-after': '9' }).end() : json([1])(request, response, query),
  })
})

afterAll(async () => {
  await server.close()
  await elsewhere.close()
})

const attempt = (path: string, pagination: JsonObject, more: JsonObject = {}) =>
  httpAttempt([server, elsewhere], { url: server.url(path), pagination, ...more })

const outputOf = async (...args: Parameters<typeof attempt>) => mustComplete(await attempt(...args))
const errorOf = async (...args: Parameters<typeof attempt>) => mustFail(await attempt(...args))
const urlsOf = async (...args: Parameters<typeof attempt>) => {
  const before = server.requests.length
  await attempt(...args)
  return server.requests.slice(before).map(({ url }) => url)
}

describe('all pages', () => {
  it.each<[string, JsonObject, number]>([
    ['/linked', { type: 'link' }, 3],
    ['/cursors', { type: 'cursor', items: 'data.items', cursor: 'meta.next', param: 'after' }, 3],
    ['/numbered', { type: 'page' }, 4],
    ['/offset', { type: 'page', param: 'offset', start: 0, step: 3, items: 'list' }, 4],
  ])('of %s are one list (%j)', async (path, pagination, pages) => {
    const result = await attempt(path, pagination)
    expect(mustComplete(result)).toMatchObject({ status: 200, body: ITEMS, pages, complete: true })
    expect(result).toMatchObject({ metadata: { status: 200, latency_ms: expect.any(Number), bytes_in: expect.any(Number) } })
  })

  it('are asked for with everything that the first was asked for with', async () => {
    const auth = { type: 'api_key', in: 'query', name: 'key', value: 'k' }
    expect(await urlsOf('/linked', { type: 'link' }, { query: { q: 'a' }, auth })).toEqual([
      '/linked?q=a&key=k',
      '/linked?page=2&key=k',
      '/linked?page=3&key=k',
    ])
    const cursor = { type: 'cursor', items: 'data.items', cursor: 'meta.next', param: 'after' }
    expect(await urlsOf('/cursors', cursor, { query: { q: 'a' } })).toEqual([
      '/cursors?q=a',
      '/cursors?q=a&after=2',
      '/cursors?q=a&after=3',
    ])
  })

  it('have a key each, unless the workflow sets one', async () => {
    const keysOf = async (more: JsonObject) => {
      const before = server.requests.length
      await attempt('/linked', { type: 'link' }, more)
      return server.requests.slice(before).map(({ headers }) => headers['idempotency-key'])
    }
    const key = 'e1e1e1e1e1e1e1e1.call.1'
    expect(await keysOf({})).toEqual([key, `${key}.page.2`, `${key}.page.3`])
    expect(await keysOf({ headers: { 'Idempotency-Key': 'mine' } })).toEqual(['mine', 'mine', 'mine'])
  })

  it('end at max_pages, and the output says so', async () => {
    expect(await outputOf('/linked', { type: 'link', max_pages: 2 })).toMatchObject({
      body: [1, 2, 3, 4, 5, 6],
      pages: 2,
      complete: false,
    })
    expect(await outputOf('/linked', { type: 'link', max_pages: 3 })).toMatchObject({ body: ITEMS, complete: true })
    expect(await outputOf('/for-ever', { type: 'page' })).toMatchObject({ pages: DEFAULT_MAX_PAGES, complete: false })
  })

  it('have together as many bytes as the bound, and not one more', async () => {
    const bytes = '[1,2,3][4,5,6][7]'.length
    expect(await outputOf('/linked', { type: 'link' }, { max_response_bytes: bytes })).toMatchObject({ body: ITEMS })
    expect(await errorOf('/linked', { type: 'link' }, { max_response_bytes: bytes - 1 })).toEqual({
      code: 'RESPONSE_TOO_LARGE',
      message: `The body of the response has more than ${bytes - 1} bytes.`,
      retryable: false,
    })
  })

  it('without a list are none', async () => {
    expect(await outputOf('/null-list', { type: 'link', items: 'list' })).toMatchObject({ body: [], pages: 1, complete: true })
    expect(await outputOf('/empty', { type: 'page' })).toMatchObject({ body: [], pages: 1, complete: true })
  })
})

describe('pages that go wrong', () => {
  it.each<[string, JsonObject, string]>([
    ['/circle', { type: 'link' }, 'lead back'],
    ['/same-cursor', { type: 'cursor', cursor: 'next', items: 'list' }, 'lead back'],
    ['/elsewhere', { type: 'link' }, 'another origin'],
    ['/to-no-url', { type: 'link' }, 'no URL'],
    ['/odd-cursor', { type: 'cursor', cursor: 'next', items: 'list' }, 'neither text nor a number'],
    ['/no-list', { type: 'link' }, 'pagination.items'],
    ['/no-list', { type: 'link', items: 'a' }, 'no list at a'],
  ])('%s %j: %s', async (path, pagination, message) => {
    const error = await errorOf(path, pagination)
    expect(error).toMatchObject({ code: 'RESPONSE_INVALID', retryable: false })
    expect(error.message).toContain(message)
    expect(elsewhere.requests).toEqual([])
  })

  it('one that fails fails them all, as it would alone', async () => {
    expect(await errorOf('/fails-later', { type: 'page' })).toMatchObject({
      status: 503,
      retryable: true,
      retry_after_seconds: 9,
    })
  })
})

it.each<[JsonObject, string]>([
  [{ type: 'scroll' }, 'must be link, cursor or page'],
  [{ type: 'cursor' }, 'pagination.cursor'],
  [{ type: 'link', items: 'a..b' }, 'pagination.items'],
  [{ type: 'link', max_pages: MAX_PAGES + 1 }, 'pagination.max_pages'],
  [{ type: 'link', max_pages: 0 }, 'pagination.max_pages'],
  [{ type: 'page', step: 0 }, 'pagination.step'],
])('%j is refused', (pagination, message) => {
  expect(configIssues(httpRequest, { url: 'http://x.test', pagination }).join()).toContain(message)
})

it('as many pages as the limit may be asked for', () => {
  expect(configIssues(httpRequest, { url: 'http://x.test', pagination: { type: 'link', max_pages: MAX_PAGES } })).toEqual([])
})
