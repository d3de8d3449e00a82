// The HTTP side that both start routes share: from a parsed body and a target to an answer.
import { z } from '@hono/zod-openapi'
import type { Context } from 'hono'
import { answers, succeed } from '../answer.ts'
import type { AppDeps, HttpEnv } from '../deps.ts'
import { executionSchema, startedSchema } from '../execution-schema.ts'
import { expiredSchema } from '../expired-view.ts'
import { MAX_WAIT_SECONDS } from '../limits.ts'
import { checkInputs } from './check-inputs.ts'
import { readInputs, readMetadata, readStartAt, type StartBody } from './start-body.ts'
import { type StartTarget, startExecution } from './start-execution.ts'
import { readStartHeaders, type StartHeaders } from './start-headers.ts'

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
  const headers = readStartHeaders(c.req.raw.headers)
  const inputs = readInputs(body)
  const metadata = readMetadata(body)
  checkInputs(target.definition, inputs)
  const { executionId, replayed, ended, data } = await startExecution(deps, {
    target,
    identity: c.get('identity'),
    communityId,
    inputs,
    metadata,
    priority: body.priority ?? null,
    startAt: readStartAt(body, deps.clock()),
    headers,
    // The path as it was asked for, whichever prefix it has.
    triggerType: `${c.req.method} ${new URL(c.req.url).pathname}`,
    origin: new URL(c.req.url).origin,
    waitSeconds: waitSeconds(body, headers),
  })
  c.header('X-Execution-ID', executionId)
  if (replayed) c.header('Idempotent-Replay', 'true')
  return succeed(c, data, {
    status: ended || replayed ? 200 : 202,
    message: ended ? 'Workflow execution ended' : 'Workflow execution started',
  })
}

/** `async_execution: true` never waits; else `Prefer: wait=n` says how long, and `false` alone means as long as it may be. */
function waitSeconds(body: StartBody, headers: StartHeaders): number {
  if (body.async_execution === true) return 0
  return headers.waitSeconds ?? (body.async_execution === false ? MAX_WAIT_SECONDS : 0)
}
