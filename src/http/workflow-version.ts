// One version of a stored workflow as an answer; and saving one over a version that must still be the latest. The version's number is
// its `ETag`, which `If-Match` gives back (RFC 9110 §13.1.1): of two who change the same workflow, the second hears of the first.
import { z } from '@hono/zod-openapi'
import type { Context } from 'hono'
import type { NewVersion, StoredWorkflow } from '../history/workflow-store.ts'
import { answers, succeed } from './answer.ts'
import type { HttpEnv, RouteDeps } from './deps.ts'
import { ApiError, badRequest, workflowNotFound } from './errors.ts'
import { idParamsSchema } from './schema.ts'
import { storedWorkflowSchema, viewStored } from './workflow-body.ts'

const NOT_A_VERSION = 'A version is a whole number from 1 on'

/** As text, in a path or a query. */
export const versionSchema = z
  .string()
  .regex(/^[1-9]\d{0,8}$/, NOT_A_VERSION)
  .transform(Number)
  .openapi({ type: 'integer', minimum: 1 })

export const versionParamsSchema = idParamsSchema.extend({
  version: versionSchema.openapi({ param: { name: 'version', in: 'path' } }),
})

export const versionAnswers = answers({
  200: { description: 'The version that is now the latest', schema: storedWorkflowSchema },
})

export function answerVersion(c: Context<HttpEnv>, stored: StoredWorkflow, parts: Parameters<typeof succeed>[2] = {}): Response {
  c.header('ETag', `"${stored.version}"`)
  return succeed(c, viewStored(stored), parts)
}

/** The version that must still be the latest; undefined where any may be. @throws ApiError where it is no version's `ETag` */
export function readIfMatch(c: Context<HttpEnv>): number | undefined {
  const header = c.req.header('If-Match')?.trim()
  if (header === undefined || header === '*') return undefined
  const version = header.match(/^"(\d{1,9})"$/)?.[1]
  if (version === undefined) throw badRequest('If-Match', 'If-Match must be the ETag of a version, as "3", or *')
  return Number(version)
}

export const versionChanged = (workflowId: string, version: number): ApiError =>
  new ApiError('PRECONDITION_FAILED', `The workflow ${workflowId} is at version ${version} now: read it, and change that`)

/**
 * Stores a version, over the one that `If-Match` names, or over `readAt`, which the new content was made from. That somebody else has
 * just stored the same is no conflict.
 * @throws ApiError `PRECONDITION_FAILED`, `WORKFLOW_NOT_FOUND`
 */
export async function saveVersion(
  c: Context<HttpEnv>,
  deps: RouteDeps,
  version: NewVersion,
  readAt?: number,
): Promise<StoredWorkflow> {
  const asked = readIfMatch(c)
  if (asked !== undefined && readAt !== undefined && asked !== readAt) throw versionChanged(version.workflowId, readAt)
  const over = asked ?? readAt
  const stored = await deps.workflows.addVersion(version, over)
  if (stored === null) throw workflowNotFound(version.workflowId)
  const isOurs = stored.config_hash === version.configHash && (over === undefined || stored.version <= over + 1)
  if (isOurs || over === undefined) return stored
  throw versionChanged(version.workflowId, stored.version)
}
