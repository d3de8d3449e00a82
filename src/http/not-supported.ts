// What the specification has and this version does not: each answers `NOT_SUPPORTED`, never a 404 that reads like a typing error.
import type { App } from './deps.ts'
import { badRequest } from './errors.ts'

const NOT_SUPPORTED_YET: readonly (readonly [methods: string, path: string])[] = [
  ['GET', '/api/v1/executions/:id/:report{trace|metrics|cost}'],
  ['GET POST', '/api/v1/workers/*'],
  ['DELETE', '/api/v1/workers/:id'],
  ['GET', '/api/v1/admin/queue/status'],
  ['POST', '/api/v1/admin/dead-letters/redrive'],
  ['POST', '/api/v1/admin/dead-letters/:id/redrive'],
  ['DELETE', '/api/v1/admin/dead-letters'],
  ['DELETE', '/api/v1/admin/dead-letters/:id'],
  ['GET POST PUT DELETE', '/api/v1/schedules/*'],
  ['POST', '/api/v1/hooks/:id'],
  ['GET', '/api/v1/costs/report'],
  ['GET', '/metrics'],
]

export function addNotSupported(app: App): void {
  for (const [methods, path] of NOT_SUPPORTED_YET) {
    app.on(methods.split(' '), path, (c) => {
      throw badRequest('path', `${c.req.method} ${c.req.path} is not supported yet`, 'NOT_SUPPORTED')
    })
  }
}
