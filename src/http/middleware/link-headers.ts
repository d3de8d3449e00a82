// Whoever knows a signed link has its permission: it must not be kept, sent on or indexed. To a browser a refusal is a page.
import { createMiddleware } from 'hono/factory'
import type { HttpEnv } from '../deps.ts'
import { ApiError } from '../errors.ts'
import { answerPage, wantsPage } from '../waiting/approval-page.ts'

export const linkHeaders = (nonce: () => string) =>
  createMiddleware<HttpEnv>(async (c, next) => {
    await next()
    const { error } = c
    if (error instanceof ApiError && wantsPage(c)) c.res = await answerPage(c, error, nonce())
    c.header('Cache-Control', 'no-store')
    c.header('Referrer-Policy', 'no-referrer')
    c.header('X-Content-Type-Options', 'nosniff')
    c.header('X-Robots-Tag', 'noindex')
    c.header('Vary', 'Accept')
  })
