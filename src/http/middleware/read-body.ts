// Reads a request's body once, counting while it reads, so that a body without a length is bounded too. An empty body reads as
// `{}`, and any content type as JSON: the API has no other, but for the page of an approval, whose form becomes JSON here.
import { createMiddleware } from 'hono/factory'
import type { HttpEnv } from '../deps.ts'
import { ApiError } from '../errors.ts'
import { MAX_BODY_BYTES, MAX_DEFINITION_BODY_BYTES } from '../limits.ts'
import { isPageForm, pageFormAsJson } from '../waiting/page-form.ts'

const DEFINITION_PATHS = /^\/api\/v1\/(workflows|executions)(\/batch|\/validate|\/[^/]+)?$/

export const readBody = createMiddleware<HttpEnv>(async (c, next) => {
  if (c.req.method !== 'GET' && c.req.method !== 'HEAD') {
    const text = await readText(c.req.raw.body, DEFINITION_PATHS.test(c.req.path) ? MAX_DEFINITION_BODY_BYTES : MAX_BODY_BYTES)
    const headers = new Headers(c.req.raw.headers)
    headers.set('Content-Type', 'application/json')
    headers.delete('Content-Length')
    const body = asJson(c.req.path, c.req.raw.headers.get('Content-Type'), text)
    c.req.raw = new Request(c.req.raw.url, { method: c.req.method, headers, body })
  }
  await next()
})

/** Their body is the payload of an event: none is null. */
const EVENT_PATHS = /^\/api\/v1\/(executions\/[^/]+\/signals|events)\/[^/]+$/
const APPROVAL_PATHS = /^\/api\/v1\/approvals\/[^/]+$/

function asJson(path: string, contentType: string | null, text: string): string {
  if (text.trim() === '') return EVENT_PATHS.test(path) ? 'null' : '{}'
  return APPROVAL_PATHS.test(path) && isPageForm(contentType, text) ? pageFormAsJson(text) : text
}

async function readText(body: ReadableStream<Uint8Array> | null, maxBytes: number): Promise<string> {
  if (body === null) return ''
  const decoder = new TextDecoder()
  let bytes = 0
  let text = ''
  for await (const chunk of body) {
    bytes += chunk.byteLength
    if (bytes > maxBytes) throw new ApiError('PAYLOAD_TOO_LARGE', `The body is larger than ${maxBytes} bytes`)
    text += decoder.decode(chunk, { stream: true })
  }
  return text + decoder.decode()
}
