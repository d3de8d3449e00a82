// Runs parts of a finished execution again, on purpose: from a node, with patches, or as another version of its workflow.
import { z } from '@hono/zod-openapi'
import { isJsonObject, type Json } from '../../core/json.ts'
import type { NodePatch, ReplayRequest } from '../../core/plan-replay.ts'
import { answers, jsonBody, succeed } from '../answer.ts'
import { apiRoute } from '../api-route.ts'
import { type ControlOrder, controlBodySchema, controlledSchema, readAnswer } from '../control-execution.ts'
import type { AddRoute, RouteDeps } from '../deps.ts'
import { badRequest } from '../errors.ts'
import { resolveCommunity } from '../identity.ts'
import { communityQuerySchema, idParamsSchema, jsonObjectSchema, jsonValueSchema } from '../schema.ts'
import { refuseUnknown } from '../waiting/refuse-unknown.ts'

const patchSchema = z
  .strictObject({
    config: jsonObjectSchema.optional().openapi({
      description: 'Members that replace those of the node’s config; of a loop’s body in every iteration: `each.fetch`.',
    }),
    output: jsonValueSchema.optional().openapi({
      description: 'What the node gives instead, without running; of one iteration: `each[3].fetch`.',
    }),
  })
  .refine((patch) => patch.config !== undefined || patch.output !== undefined, {
    error: 'A patch has a config, an output, or both',
  })

const bodySchema = controlBodySchema
  .extend({
    from: z
      .string()
      .min(1)
      .optional()
      .openapi({ description: 'A node, `fetch` or `each[3].fetch`, or an iteration, `each[3]`.' }),
    patch: z.record(z.string(), patchSchema).optional().openapi({ description: 'By node.' }),
    version: z.int().min(1).optional().openapi({ description: 'The version of the workflow to run from here on.' }),
  })
  .strict()

const route = apiRoute(
  { action: 'replay_execution', scope: 'execute', on: 'execution' },
  {
    method: 'post',
    path: '/api/v1/executions/{id}/replay',
    tags: ['Control'],
    summary: 'Run parts of a finished execution again',
    description:
      '`from`, every node whose patched config (with `version`: whose config, join or incoming edges) differs, and all that follows from these and from nodes with a patched output run again; so does what had come to no end. Everything else stays. Without `from`, `patch` and `version`, everything runs again. A patched config needs `can_edit`, too.',
    request: { params: idParamsSchema, query: communityQuerySchema, body: jsonBody(bodySchema, 'May be empty') },
    refuses: ['VALIDATION_FAILED', 'WORKFLOW_NOT_FOUND', 'CONFLICT'],
    responses: answers({ 200: { description: 'Where the execution stands now', schema: controlledSchema } }),
  },
)

type Body = z.infer<typeof bodySchema>

export const replayExecution: AddRoute = (app, deps) => {
  app.openapi(route, async (c) => {
    const body = c.req.valid('json')
    const identity = c.get('identity')
    const communityId = resolveCommunity(identity, body.community_id, c.req.valid('query').community_id)
    const order = { executionId: c.req.valid('param').id, communityId }
    // Another config runs with the rights of the workflow's owner, as what the owner wrote does.
    if (patchesConfig(body)) await deps.guard.requireExecution(identity, order.executionId, 'can_edit')
    const request = await readRequest(deps, order, body)
    const answer = await deps.execution(order.executionId).replay(communityId, identity.user, request)
    return succeed(c, await readAnswer(deps, order, answer), { message: 'Execution replayed' })
  })
}

async function readRequest(deps: RouteDeps, order: ControlOrder, { from, patch, version }: Body): Promise<ReplayRequest> {
  return {
    ...(from !== undefined && { from }),
    ...(patch !== undefined && { patch: readPatch(patch) }),
    ...(version !== undefined && { version: await findVersion(deps, order, version) }),
  }
}

const patchesConfig = ({ patch = {} }: Body): boolean => Object.values(patch).some(({ config }) => config !== undefined)

const readPatch = (patch: NonNullable<Body['patch']>): Readonly<Record<string, NodePatch>> =>
  Object.fromEntries(
    Object.entries(patch).map(([path, { config, output }]): [string, NodePatch] => [
      path,
      { ...(isJsonObject(config) && { config }), ...(output !== undefined && { output: output as Json }) },
    ]),
  )

/** @throws ApiError where the execution is of no stored workflow, or that has no such version */
async function findVersion(
  deps: RouteDeps,
  order: ControlOrder,
  version: number,
): Promise<NonNullable<ReplayRequest['version']>> {
  const view = await deps.execution(order.executionId).get(order.communityId, { includeLogs: false, includeMetrics: false })
  if (view === null) return refuseUnknown(deps, order.executionId, order.communityId)
  if (view.workflow_id === undefined || view.workflow_version === null)
    throw badRequest('version', 'This execution was started with its definition: it has no versions')
  const stored = await deps.findWorkflow(order.communityId, view.workflow_id, version)
  return { number: stored.version, definition: stored.definition }
}
