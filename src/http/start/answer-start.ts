// The HTTP side that both start routes share: from a parsed body and a target to an answer.
import { z } from '@hono/zod-openapi'
import type { Context } from 'hono'
import { answers, succeed } from '../answer.ts'
import type { AppDeps, HttpEnv } from '../deps.ts'
import { executionSchema, startedSchema } from '../execution-schema.ts'
import { expiredSchema } from '../expired-view.ts'
import type { StartBody } from './start-body.ts'
import { type StartTarget, startExecution } from './start-execution.ts'
import { readStartHeaders } from './start-headers.ts'
import { readOrder, type StartSource } from './start-order.ts'

export const startAnswers = answers({
  200: {
    description: 'It was waited for and has ended; or the same `Idempotency-Key` started it before (`Idempotent-Replay: true`)',
    schema: z.union([executionSchema, startedSchema, expiredSchema]),
  },
  202: { description: 'It has started', schema: startedSchema },
})

interface StartRequestParts {
  readonly body: StartBody
  readonly target: StartTarget
  readonly communityId: string
}

export async function answerStart(c: Context<HttpEnv>, deps: AppDeps, { body, target, communityId }: StartRequestParts) {
  const order = readOrder(startSource(c, deps, communityId), body, target)
  const { executionId, replayed, ended, data } = await startExecution(deps, order)
  c.header('X-Execution-ID', executionId)
  if (replayed) c.header('Idempotent-Replay', 'true')
  return succeed(c, data, {
    status: ended || replayed ? 200 : 202,
    message: ended ? 'Workflow execution ended' : 'Workflow execution started',
  })
}

export const startSource = (c: Context<HttpEnv>, { settings, clock }: AppDeps, communityId: string): StartSource => ({
  identity: c.get('identity'),
  communityId,
  headers: readStartHeaders(c.req.raw.headers),
  // The path as it was asked for, whichever prefix it has.
  triggerType: `${c.req.method} ${new URL(c.req.url).pathname}`,
  origin: new URL(c.req.url).origin,
  settings,
  now: clock(),
})
