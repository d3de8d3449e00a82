// Makes a workflow from a prompt, with the deployment's model. Stores it only where the caller says so.

import type { JsonObject } from '../../core/json.ts'
import { isAdministrator } from '../access/permission.ts'
import { answers, jsonBody, succeed } from '../answer.ts'
import { apiRoute } from '../api-route.ts'
import type { AddRoute, RouteDeps } from '../deps.ts'
import { ApiError, badRequest } from '../errors.ts'
import { askDeployment } from '../generate/ask-deployment.ts'
import { type GenerationBody, generatedSchema, generationBodySchema } from '../generate/generation-schema.ts'
import type { Draft } from '../generate/read-generated.ts'
import { resolveCommunity } from '../identity.ts'
import { MAX_EXPLANATION_CHARACTERS } from '../limits.ts'
import { communityQuerySchema } from '../schema.ts'
import { definitionIn, newVersion, viewStored } from '../workflow-body.ts'

const route = apiRoute(
  { action: 'generate_workflow', scope: 'edit' },
  {
    method: 'post',
    path: '/api/v1/ai/workflows/generate',
    tags: ['Workflows'],
    summary: 'Make a workflow from a prompt',
    description:
      'Validated, and repaired once. Where it is not valid even so: `VALIDATION_FAILED`, with the model’s last attempt in `details.draft`.',
    request: { query: communityQuerySchema, body: jsonBody(generationBodySchema) },
    refuses: ['NOT_SUPPORTED', 'VALIDATION_FAILED', 'CONFLICT'],
    responses: answers({
      200: { description: 'A valid workflow, stored nowhere', schema: generatedSchema },
      201: { description: 'A valid workflow, stored', schema: generatedSchema },
    }),
  },
)

export const generateWorkflow: AddRoute = (app, deps) => {
  app.openapi(route, async (c) => {
    const body = c.req.valid('json')
    const identity = c.get('identity')
    const communityId = resolveCommunity(identity, body.community_id, c.req.valid('query').community_id)
    await assertPossible(body, communityId, deps)
    const { draft, ...told } = await askDeployment(
      {
        prompt: body.prompt,
        current: currentIn(body),
        assigned: { workflowId: body.workflow_id ?? currentId(body), name: body.name ?? null },
        model: body.model ?? null,
        idempotencyKey: deps.randomId(),
      },
      deps,
    )
    const { definition, explanation, issues } = mustBeValid(draft)
    const result = { explanation: explanation.slice(0, MAX_EXPLANATION_CHARACTERS), issues, ...told }
    if (!body.store) return succeed(c, { workflow: definition, ...result })
    const workflowId = body.workflow_id ?? deps.randomId()
    const stored = await deps.workflows.create(
      newVersion({ communityId, workflowId }, definition, identity, deps.clock()),
      isAdministrator(identity),
    )
    if (stored === null) throw taken(workflowId)
    return succeed(c, { workflow: viewStored(stored), ...result }, { status: 201, message: 'Workflow created' })
  })
}

/** What would be refused at the end is refused before a model is paid. @throws ApiError */
async function assertPossible({ workflow_id, name, store }: GenerationBody, communityId: string, deps: RouteDeps): Promise<void> {
  const smallest = { nodes: [{ id: 'start', type: 'start' }], edges: [] }
  await deps.checkDefinition(
    { ...smallest, ...(workflow_id !== undefined && { workflow_id }), ...(name !== undefined && { name }) },
    '',
  )
  if (store && workflow_id !== undefined && (await deps.workflows.get(communityId, workflow_id)) !== null)
    throw taken(workflow_id)
}

const taken = (workflowId: string): ApiError =>
  new ApiError('CONFLICT', `The workflow ${workflowId} exists: leave \`store\` out, and PUT what you get as its new version`)

/** Without what the server adds to a stored one. */
function currentIn({ current }: GenerationBody): JsonObject | null {
  // Some of the members of a JSON object.
  return current === undefined ? null : (definitionIn(current) as JsonObject)
}

/** Of what is changed; a change that is stored becomes a workflow of its own. */
const currentId = ({ current, store }: GenerationBody): string | null =>
  !store && typeof current?.workflow_id === 'string' ? current.workflow_id : null

/** @throws ApiError */
function mustBeValid(draft: Draft): Draft & { kind: 'valid' } {
  switch (draft.kind) {
    case 'valid':
      return draft
    case 'declined':
      throw badRequest('prompt', `The model makes no workflow of this: ${draft.reason.slice(0, MAX_EXPLANATION_CHARACTERS)}`)
    case 'invalid':
      throw new ApiError(
        'VALIDATION_FAILED',
        `The model's workflow is not valid, after one repair: ${draft.issues[0]?.message}`,
        {
          issues: draft.issues,
          ...(draft.workflow !== null && { draft: draft.workflow }),
        },
      )
  }
}
