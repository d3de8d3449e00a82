// Every answer about an execution names it in `X-Execution-ID`.
import { createMiddleware } from 'hono/factory'
import type { HttpEnv } from '../deps.ts'
import { saneHeaderId } from './request-id.ts'

/** What stands where ids stand in the paths of routes about many executions. */
const COLLECTION_ROUTES: ReadonlySet<string> = new Set(['batch', 'cancel'])

export const executionIdHeader = createMiddleware<HttpEnv>(async (c, next) => {
  // Ids in paths are anything; only what may stand in a header is repeated.
  const id = saneHeaderId(c.req.param('id'))
  if (id !== null && !COLLECTION_ROUTES.has(id)) c.header('X-Execution-ID', id)
  await next()
})
