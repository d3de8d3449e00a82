// Reads a list that an API gives page by page: asks for each page as `pagination` says, and makes one list of their items.
import { AttemptError } from '../core/attempt-error.ts'
import type { Json } from '../core/json.ts'
import { nodeError } from '../core/node-error.ts'
import type { AttemptContext } from '../core/node-type.ts'
import { valueAt } from '../core/value-at.ts'
import { type CallOptions, callUrl, type HttpAnswer, makeCall } from './http-call.ts'
import type { Pagination } from './http-pagination-config.ts'
import type { HttpCall } from './http-request-config.ts'
import { nextLink } from './link-header.ts'

export interface Pages {
  readonly answers: readonly HttpAnswer[]
  readonly last: HttpAnswer
  readonly items: readonly Json[]
  /** Whether there was no further page; false where `max_pages` ended it. */
  readonly isComplete: boolean
}

/** @throws AttemptError: a page that fails fails them all, and another attempt begins with the first */
export async function readPages(call: HttpCall, pagination: Pagination, context: AttemptContext): Promise<Pages> {
  const answers: HttpAnswer[] = []
  const items: Json[] = []
  const visited = new Set<string>()
  for (let url = firstUrl(call, pagination), bytesBefore = 0; ; ) {
    visited.add(url)
    const answer = await makeCall(call, context, { url, bytesBefore, ...pageKey(call, context, answers.length) })
    answers.push(answer)
    const found = itemsOf(answer.body, pagination.items)
    for (const item of found) items.push(item)
    const next = nextUrl(call, pagination, { url, answer, isEmpty: found.length === 0 })
    if (next === null || answers.length === pagination.max_pages)
      return { answers, last: answer, items, isComplete: next === null }
    if (visited.has(next)) throw invalid('The pages lead back to one that was read.')
    url = next
    bytesBefore += answer.bytes
  }
}

const invalid = (message: string): AttemptError => new AttemptError(nodeError('RESPONSE_INVALID', message))

/** A key per page: a server that answers a repeated one as before would give the first page again. */
function pageKey(call: HttpCall, { idempotencyKey }: AttemptContext, index: number): Pick<CallOptions, 'extraHeaders'> {
  const isOwn = Object.keys(call.headers).some((name) => name.toLowerCase() === 'idempotency-key')
  return index === 0 || isOwn ? {} : { extraHeaders: () => ({ 'idempotency-key': `${idempotencyKey}.page.${index + 1}` }) }
}

/** An absent page or list has no items. */
function itemsOf(body: Json, path: string | undefined): readonly Json[] {
  const found = path === undefined ? body : (valueAt(body, path.split('.')) ?? null)
  if (found === null) return []
  if (Array.isArray(found)) return found
  throw invalid(`A page has no list ${path === undefined ? 'as its body; `pagination.items` says where it is' : `at ${path}`}.`)
}

function firstUrl(call: HttpCall, pagination: Pagination): string {
  const url = callUrl(call)
  return pagination.type === 'page' ? withParam(url, pagination.param, String(pagination.start)) : url
}

interface Page {
  readonly url: string
  readonly answer: HttpAnswer
  readonly isEmpty: boolean
}

/** Null after the last page. */
function nextUrl(call: HttpCall, pagination: Pagination, { url, answer, isEmpty }: Page): string | null {
  switch (pagination.type) {
    case 'link':
      return linkedUrl(call, answer.response)
    case 'cursor': {
      const cursor = cursorOf(answer.body, pagination.cursor)
      return cursor === null ? null : withParam(url, pagination.param, cursor)
    }
    case 'page': {
      const current = Number(URL.parse(url)?.searchParams.get(pagination.param))
      return isEmpty ? null : withParam(url, pagination.param, String(current + pagination.step))
    }
  }
}

/** @throws AttemptError where it leads to another origin, which must not see the credentials */
function linkedUrl(call: HttpCall, response: Response): string | null {
  const link = nextLink(response.headers.get('link') ?? '')
  if (link === null) return null
  const next = URL.parse(link, response.url)
  if (next === null) throw invalid('The link to the next page is no URL.')
  if (next.origin !== URL.parse(call.url)?.origin) throw invalid('The link to the next page leads to another origin.')
  const { auth } = call
  if (auth?.type === 'api_key' && auth.in === 'query') next.searchParams.set(auth.name, String(auth.value))
  return next.href
}

function cursorOf(body: Json, path: string): string | null {
  const cursor = valueAt(body, path.split('.')) ?? null
  if (cursor === null || cursor === false || cursor === '') return null
  if (typeof cursor === 'string' || typeof cursor === 'number') return String(cursor)
  throw invalid(`The cursor at ${path} is neither text nor a number.`)
}

/** What is no URL is left for the guarded fetch to refuse. */
function withParam(text: string, name: string, value: string): string {
  const url = URL.parse(text)
  url?.searchParams.set(name, value)
  return url?.href ?? text
}
