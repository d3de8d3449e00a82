// Lets pages of named origins call the API (CORS, Fetch standard §3.3). No cookie is ever read here, so that a page has what its key allows
// and nothing besides. Without the setting no header is sent and no preflight answered.
import { cors } from 'hono/cors'
import type { Settings } from '../../env.ts'
import { REQUEST_HEADERS, RESPONSE_HEADERS } from '../reference/headers.ts'

/** How long a browser remembers what was allowed: what Chromium takes at most. */
const MAX_AGE_SECONDS = 7200

/** Null where `CORS_ORIGINS` names none. */
export function allowOrigins({ CORS_ORIGINS: setting = '' }: Pick<Settings, 'CORS_ORIGINS'>) {
  const origins = setting.split(',').flatMap((origin) => origin.trim().replace(/\/+$/, '') || [])
  if (origins.length === 0) return null
  return cors({
    origin: origins.includes('*') ? '*' : origins,
    allowMethods: ['GET', 'POST', 'PUT', 'DELETE'],
    allowHeaders: ['Authorization', 'X-API-Key', 'Content-Type', ...Object.keys(REQUEST_HEADERS)],
    exposeHeaders: Object.keys(RESPONSE_HEADERS),
    maxAge: MAX_AGE_SECONDS,
  })
}
