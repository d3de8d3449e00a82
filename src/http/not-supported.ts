// What the specification has and this version does not: each answers `NOT_SUPPORTED`, never a 404 that reads like a typing error.
import type { App } from './deps.ts'
import { badRequest } from './errors.ts'

const NOT_SUPPORTED_YET: readonly (readonly [methods: string, path: string])[] = [
  ['GET PUT', '/api/v1/workflows/:id/permissions'],
  ['POST', '/api/v1/workflows/:id/test'],
  ['POST', '/api/v1/executions/batch'],
  ['POST', '/api/v1/executions/:id/stream-token'],
  ['GET', '/api/v1/executions/:id/:report{trace|metrics|cost}'],
  ['GET POST', '/api/v1/workers/*'],
  ['DELETE', '/api/v1/workers/:id'],
  ['POST', '/api/v1/tasks/:id/:outcome{complete|fail}'],
  ['GET', '/api/v1/admin/queue/status'],
  ['POST', '/api/v1/admin/dead-letters/redrive'],
  ['POST', '/api/v1/admin/dead-letters/:id/redrive'],
  ['DELETE', '/api/v1/admin/dead-letters'],
  ['DELETE', '/api/v1/admin/dead-letters/:id'],
  ['GET POST DELETE', '/api/v1/admin/api-keys/*'],
  ['GET', '/api/v1/admin/audit'],
  ['GET PUT DELETE', '/api/v1/admin/secrets/*'],
  ['GET POST PUT DELETE', '/api/v1/schedules/*'],
  ['POST', '/api/v1/hooks/:id'],
  ['POST', '/api/v1/ai/workflows/generate'],
  ['GET', '/api/v1/costs/report'],
  ['GET', '/metrics'],
  ['GET', '/docs'],
]

export function addNotSupported(app: App): void {
  for (const [methods, path] of NOT_SUPPORTED_YET) {
    app.on(methods.split(' '), path, (c) => {
      throw badRequest('path', `${c.req.method} ${c.req.path} is not supported yet`, 'NOT_SUPPORTED')
    })
  }
}
