// Headers that an HTTP node may set: their schema, with the rules of HTTP that can be checked before anything is sent.
import { z } from 'zod'
import { scalar } from './schema.ts'

/** Set by the HTTP client for each connection: a second opinion would break the message or smuggle another one in. */
const RESERVED_HEADERS: ReadonlySet<string> = new Set([
  'connection',
  'content-length',
  'expect',
  'host',
  'keep-alive',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
])

export function headerNameProblem(name: string): string | null {
  // RFC 9110 5.6.2, `token`.
  if (!/^[!#$%&'*+\-.^_`|~\dA-Za-z]+$/.test(name)) return 'a header name holds letters, digits and - only'
  return RESERVED_HEADERS.has(name.toLowerCase()) ? 'this header is set by the HTTP client' : null
}

/** RFC 9110 5.5: no control characters, line breaks above all; other than ASCII is opaque, and clients differ in how they send it. */
export const headerValue = scalar.refine((value) => /^[\t\x20-\x7e]*$/.test(String(value)), {
  error: 'a header value holds printable ASCII, without line breaks',
})

export const headersField = z.record(z.string(), headerValue).superRefine((record, context) => {
  for (const name of Object.keys(record)) {
    const message = headerNameProblem(name)
    if (message !== null) context.addIssue({ code: 'custom', path: [name], message })
  }
})
