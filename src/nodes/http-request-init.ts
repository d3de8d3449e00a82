// What `http-request` sends: URL with query, headers with credentials, and the body in the form its content type asks for.
import { Buffer } from 'node:buffer'
import { isJsonObject, type Json } from '../core/json.ts'
import type { HttpRequestConfig } from './http-request-config.ts'

/** The URL with `query` and a key that travels in it. Text that is no URL is left for the guarded fetch to refuse. */
export function requestUrl({ url: text, query, auth }: HttpRequestConfig): string {
  const url = URL.parse(text)
  if (url === null) return text
  appendAll(url.searchParams, query)
  if (auth?.type === 'api_key' && auth.in === 'query') url.searchParams.append(auth.name, String(auth.value))
  return url.href
}

export function requestHeaders(config: HttpRequestConfig): Headers {
  const headers = new Headers(Object.entries(config.headers).map(([name, value]) => [name, String(value)]))
  if (config.body !== null && !headers.has('content-type')) headers.set('content-type', defaultContentType(config.body))
  authorize(headers, config.auth)
  return headers
}

const defaultContentType = (body: Json): string =>
  typeof body === 'string' ? 'text/plain; charset=utf-8' : 'application/json; charset=utf-8'

function authorize(headers: Headers, auth: HttpRequestConfig['auth']): void {
  if (auth?.type === 'basic') {
    // RFC 7617 2.1: servers of today expect UTF-8.
    headers.set('authorization', `Basic ${Buffer.from(`${auth.username}:${auth.password}`).toString('base64')}`)
  }
  if (auth?.type === 'bearer') headers.set('authorization', `Bearer ${auth.token}`)
  if (auth?.type === 'api_key' && auth.in === 'header') headers.set(auth.name, String(auth.value))
}

/** Text goes as it is; an object as a form where the content type says so; everything else as JSON. */
export function requestBody(body: Json, contentType: string | null): string | null {
  if (body === null || typeof body === 'string') return body
  if (isJsonObject(body) && contentType?.toLowerCase().startsWith('application/x-www-form-urlencoded')) {
    const form = new URLSearchParams()
    appendAll(form, body)
    return form.toString()
  }
  return JSON.stringify(body)
}

/** A list gives its name once per element. */
function appendAll(params: URLSearchParams, values: Readonly<Record<string, Json>>): void {
  for (const [name, value] of Object.entries(values)) {
    for (const element of [value].flat()) params.append(name, formText(element))
  }
}

const formText = (value: Json): string => (typeof value === 'object' ? JSON.stringify(value) : String(value))
