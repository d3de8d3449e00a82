// Makes a key for a user of a community, and shows it once.
import { z } from '@hono/zod-openapi'
import { drawKey, drawKeyId } from '../access/api-key.ts'
import { newKeySchema, viewKey } from '../access/key-view.ts'
import { refuseForeignScopes } from '../access/refuse-foreign-scopes.ts'
import { answers, jsonBody, succeed } from '../answer.ts'
import { apiRoute } from '../api-route.ts'
import type { AddRoute } from '../deps.ts'
import { sha256Hex } from '../digest.ts'
import { ApiError, badRequest } from '../errors.ts'
import { ADMIN_USER, type Identity, resolveCommunity, SCOPES, TIERS } from '../identity.ts'
import { MAX_KEY_NAME_LENGTH, MAX_USER_LENGTH } from '../limits.ts'
import { communityIdSchema, communityQuerySchema } from '../schema.ts'

const bodySchema = z
  .strictObject({
    name: z.string().min(1).max(MAX_KEY_NAME_LENGTH).openapi({ description: 'What it is for.' }),
    user: z.string().min(1).max(MAX_USER_LENGTH).openapi({ description: 'Whom it speaks for. What is made with it is theirs.' }),
    scopes: z
      .array(z.enum(SCOPES))
      .min(1)
      .openapi({ description: 'None includes another, but `admin` all of its community except `metrics`.' }),
    tier: z.enum(TIERS).default('standard'),
    expires_at: z.iso.datetime({ offset: true }).nullish().openapi({ description: 'Absent: never.' }),
    community_id: communityIdSchema.optional(),
  })
  .openapi('ApiKeyOrder')

type Body = z.output<typeof bodySchema>

const route = apiRoute(
  { action: 'create_api_key', scope: 'admin' },
  {
    method: 'post',
    path: '/api/v1/admin/api-keys',
    tags: ['Administration'],
    summary: 'Make an API key',
    request: { query: communityQuerySchema, body: jsonBody(bodySchema) },
    responses: answers({ 201: { description: '`key` is shown this once', schema: newKeySchema } }),
  },
)

export const createApiKey: AddRoute = (app, deps) => {
  app.openapi(route, async (c) => {
    const body = c.req.valid('json')
    const identity = c.get('identity')
    const communityId = resolveCommunity(identity, body.community_id, c.req.valid('query').community_id)
    refuseForeignScopes(identity, body.scopes)
    refuseOperatorName(identity, body)
    const now = deps.clock()
    const id = drawKeyId()
    const key = drawKey(id)
    const stored = {
      id,
      community_id: communityId,
      user: body.user,
      name: body.name,
      tier: body.tier,
      scopes: SCOPES.filter((scope) => body.scopes.includes(scope)),
      hash: await sha256Hex(key),
      previous_hash: null,
      previous_until: null,
      created_at: now,
      created_by: identity.user,
      rotated_at: null,
      expires_at: readExpiry(body, now),
      revoked_at: null,
    }
    await deps.apiKeys.create(stored)
    c.header('Cache-Control', 'no-store')
    return succeed(
      c,
      { ...viewKey(stored, now), key },
      { status: 201, message: 'API key created: keep it, it is not shown again' },
    )
  })
}

/** The audit log, and all that it made, would show a key of this name as the operator. @throws ApiError */
function refuseOperatorName(identity: Identity, { user }: Body): void {
  if (identity.isAdmin || user !== ADMIN_USER) return
  throw new ApiError('PERMISSION_DENIED', `The user ${ADMIN_USER} is the operator, who alone makes keys of this name`)
}

function readExpiry({ expires_at: text }: Body, now: number): number | null {
  if (text === undefined || text === null) return null
  const at = Date.parse(text)
  if (at > now) return at
  throw badRequest('expires_at', 'expires_at must be in the future')
}
