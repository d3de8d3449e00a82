// Says whether this deployment can work: its database answers and its bindings are there. No key is needed, so it tells no more.
import { createRoute, z } from '@hono/zod-openapi'
import type { AddRoute, AppDeps } from '../deps.ts'

const healthSchema = z.object({
  status: z.enum(['ok', 'unavailable']),
  checks: z.record(z.string(), z.enum(['ok', 'failed'])),
})
type Health = z.infer<typeof healthSchema>

const content = { 'application/json': { schema: healthSchema } }

const route = createRoute({
  method: 'get',
  path: '/health',
  tags: ['Reference'],
  summary: 'Is this deployment able to work?',
  security: [],
  responses: { 200: { description: 'It is', content }, 503: { description: 'It is not; `checks` says why', content } },
})

export const health: AddRoute = (app, deps) => {
  app.openapi(route, async (c) => {
    const checks = await runChecks(deps)
    return Object.values(checks).includes('failed')
      ? c.json({ status: 'unavailable' as const, checks }, 503)
      : c.json({ status: 'ok' as const, checks }, 200)
  })
}

async function runChecks({ database, bindings }: AppDeps): Promise<Health['checks']> {
  const present = Object.entries(bindings).map(([name, binding]) => [name, binding == null ? 'failed' : 'ok'] as const)
  const answering = await database
    .prepare('SELECT 1')
    .first()
    .then(
      () => 'ok' as const,
      () => 'failed' as const,
    )
  return { database: answering, ...Object.fromEntries(present) }
}
