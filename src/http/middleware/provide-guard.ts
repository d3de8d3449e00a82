// Gives routes the guard that holds their callers to what they declare.
import { createMiddleware } from 'hono/factory'
import type { Guard } from '../access/guard.ts'
import type { HttpEnv } from '../deps.ts'

export const provideGuard = (guard: Guard) =>
  createMiddleware<HttpEnv>(async (c, next) => {
    c.set('guard', guard)
    await next()
  })
