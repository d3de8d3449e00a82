// The permissions of a workflow as requests and answers have them.
import { z } from '@hono/zod-openapi'
import type { StoredAccess, StoredGrant } from '../../history/grant-store.ts'
import { badRequest } from '../errors.ts'
import { MAX_GRANTS, MAX_USER_LENGTH } from '../limits.ts'
import { communityIdSchema } from '../schema.ts'

const granted = z.boolean().default(false)
const permissions = { can_view: granted, can_execute: granted, can_edit: granted }

/** Strict: a permission misspelt would grant something else than was meant. */
const grantSchema = z
  .union([
    z.strictObject({ user: z.string().min(1).max(MAX_USER_LENGTH), ...permissions }),
    z.strictObject({ key: z.string().min(1).openapi({ description: 'The id of an API key.' }), ...permissions }),
  ])
  .openapi('Grant')

export const permissionsBodySchema = z
  .strictObject({
    grants: z.array(grantSchema).max(MAX_GRANTS).openapi({ description: 'These and no others.' }),
    community_id: communityIdSchema.optional(),
  })
  .openapi('Permissions')

export const workflowPermissionsSchema = z
  .object({
    workflow_id: z.string(),
    owner: z.string().openapi({ description: 'The user who made it, who may do everything with it.' }),
    grants: z.array(grantSchema),
  })
  .openapi('WorkflowPermissions')

/** One for each grantee. @throws ApiError where one is named twice */
export function readGrants({ grants }: z.output<typeof permissionsBodySchema>): readonly StoredGrant[] {
  const read = grants.map(({ can_view, can_execute, can_edit, ...to }) => {
    const grantee = 'user' in to ? `user:${to.user}` : `key:${to.key}`
    return { grantee, can_view, can_execute, can_edit }
  })
  const seen = new Set<string>()
  for (const [index, { grantee }] of read.entries()) {
    if (seen.has(grantee)) throw badRequest(`grants.${index}`, `${grantee} is named twice: give it one grant`)
    seen.add(grantee)
  }
  return read
}

/** Ids of the keys among them. */
export const grantedKeys = (grants: readonly StoredGrant[]): readonly string[] =>
  grants.flatMap(({ grantee }) => (grantee.startsWith('key:') ? [grantee.slice('key:'.length)] : []))

export const viewPermissions = (workflowId: string, { owner, grants }: Pick<StoredAccess, 'owner' | 'grants'>) => ({
  workflow_id: workflowId,
  owner,
  grants: grants.map(({ grantee, ...permissions }) => {
    const [kind = '', ...name] = grantee.split(':')
    return { [kind]: name.join(':'), ...permissions }
  }),
})
