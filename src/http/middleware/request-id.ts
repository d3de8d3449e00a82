// Gives every request an id: the caller's where it is sane, else a new one. It stands in the answer, in errors and in logs.
import { createMiddleware } from 'hono/factory'
import type { HttpEnv } from '../deps.ts'
import { MAX_HEADER_ID_LENGTH } from '../limits.ts'

/** What may be repeated in logs, headers and answers. */
export const SANE_ID = new RegExp(`^[\\x21-\\x7e]{1,${MAX_HEADER_ID_LENGTH}}$`)

/** The header's text if it may be repeated in logs and answers, else null. */
export const saneHeaderId = (text: string | undefined): string | null => (text !== undefined && SANE_ID.test(text) ? text : null)

export const requestId = (randomId: () => string) =>
  createMiddleware<HttpEnv>(async (c, next) => {
    const id = saneHeaderId(c.req.header('X-Request-ID')) ?? randomId()
    c.set('requestId', id)
    await next()
    // A WebSocket upgrade's headers are immutable, and its answer carries nothing but the socket.
    if (!c.res.webSocket) c.header('X-Request-ID', id)
  })
