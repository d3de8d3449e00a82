// Says whether this deployment can work: its database answers and its bindings are there. No key is needed, so it tells no more.
import { z } from '@hono/zod-openapi'
import { apiRoute } from '../api-route.ts'
import type { AddRoute, AppDeps } from '../deps.ts'

const healthSchema = z.object({
  status: z.enum(['ok', 'unavailable']),
  checks: z.record(z.string(), z.enum(['ok', 'failed'])),
})
type Health = z.infer<typeof healthSchema>

const contentOf = (example: Health) => ({ 'application/json': { schema: healthSchema, example } })
const WELL = contentOf({ status: 'ok', checks: { database: 'ok', EXECUTION: 'ok' } })
const ILL = contentOf({ status: 'unavailable', checks: { database: 'failed', EXECUTION: 'ok' } })

const route = apiRoute(
  { action: 'get_health', open: 'anyone' },
  {
    method: 'get',
    path: '/health',
    tags: ['Reference'],
    summary: 'Is this deployment able to work?',
    description: 'It has no envelope: monitors read it.',
    responses: {
      200: { description: 'It is', content: WELL },
      503: { description: 'It is not; `checks` says why', content: ILL },
    },
  },
)

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
  return { database: (await answers(database)) ? 'ok' : 'failed', ...Object.fromEntries(present) }
}

/** Also where there is no such binding, and calling it throws. */
async function answers(database: AppDeps['database']): Promise<boolean> {
  try {
    await database.prepare('SELECT 1').first()
    return true
  } catch {
    return false
  }
}
