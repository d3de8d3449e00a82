// A definition as the body of a request, and a stored workflow as the body of an answer.
import { z } from '@hono/zod-openapi'
import { configHash } from '../core/config-hash.ts'
import type { WorkflowDefinition } from '../core/definition.ts'
import { isoTime } from '../history/iso-time.ts'
import type { NewVersion, StoredWorkflow } from '../history/workflow-store.ts'
import type { Identity } from './identity.ts'
import { communityIdSchema } from './schema.ts'

/** What the server adds to a definition that it shows; a client may send back what it got. */
const ASSIGNED = ['version', 'config_hash', 'created_at', 'created_by']

/** The outline only: `check-definition.ts` reads and validates the definition, whose spelling is generous. */
export const workflowBodySchema = z
  .looseObject({
    community_id: communityIdSchema.optional(),
    workflow_id: z.union([z.string(), z.number()]).nullish().openapi({ description: 'Assigned where absent.' }),
    name: z.unknown().optional().openapi({ type: 'string' }),
    nodes: z
      .unknown()
      .optional()
      .openapi({ type: 'array', items: { type: 'object' }, description: 'See `GET /node-types`.' }),
    edges: z
      .unknown()
      .optional()
      .openapi({ type: 'array', items: { type: 'object' } }),
  })
  .openapi('Workflow')

/** The definition in a body: without what belongs to the request or to the server. */
export const definitionIn = ({ community_id: _, ...body }: z.infer<typeof workflowBodySchema>): Record<string, unknown> =>
  Object.fromEntries(Object.entries(body).filter(([key]) => !ASSIGNED.includes(key)))

/** What a definition is stored as, under an id that it may not have had. */
export function newVersion(
  place: { readonly communityId: string; readonly workflowId: string },
  given: WorkflowDefinition,
  by: Identity,
  now: number,
): NewVersion {
  const definition = { ...given, workflow_id: place.workflowId }
  return { ...place, definition, configHash: configHash(definition), by: by.user, now }
}

export const storedWorkflowSchema = z
  .looseObject({
    workflow_id: z.string(),
    name: z.string().optional(),
    version: z.int(),
    config_hash: z.string(),
    created_at: z.iso.datetime(),
    created_by: z.string(),
  })
  .openapi('StoredWorkflow')

export const viewStored = ({ definition, created_at, ...stored }: StoredWorkflow): WorkflowDefinition => ({
  ...definition,
  ...stored,
  created_at: isoTime(created_at),
})
