// Sets a secret, new or in place of the one there is. No answer, message or log line has its value.
import { z } from '@hono/zod-openapi'
import { byteLength } from '../../core/json.ts'
import { MAX_SECRET_BYTES, MAX_SECRETS, MIN_SECRET_CHARACTERS } from '../../core/limits.ts'
import { SECRET_NAME, SECRET_NAME_RULE } from '../../core/secret-name.ts'
import { answers, jsonBody, succeed } from '../answer.ts'
import { apiRoute } from '../api-route.ts'
import type { AddRoute } from '../deps.ts'
import { ApiError } from '../errors.ts'
import { resolveCommunity } from '../identity.ts'
import { communityIdSchema, communityQuerySchema } from '../schema.ts'
import { secretSchema, viewSecret } from '../secret-view.ts'

/** The messages name rules only: what they refuse may be a secret all the same. */
const valueSchema = z
  .string({ error: '`value` must be text' })
  .refine((value) => [...value].length >= MIN_SECRET_CHARACTERS, {
    error: `\`value\` must have ${MIN_SECRET_CHARACTERS} characters or more: a shorter one cannot be kept out of logs`,
  })
  .refine((value) => byteLength(value) <= MAX_SECRET_BYTES, { error: `\`value\` must have at most ${MAX_SECRET_BYTES} bytes` })
  .refine((value) => value.isWellFormed(), { error: '`value` must be well-formed Unicode; encode bytes as base64' })
  .openapi({ type: 'string', minLength: MIN_SECRET_CHARACTERS, writeOnly: true })

const bodySchema = z.object({ value: valueSchema, community_id: communityIdSchema.optional() }).openapi('SecretValue')

const nameSchema = z
  .string()
  .regex(SECRET_NAME, { error: `The name of a secret is ${SECRET_NAME_RULE}` })
  .openapi({ param: { name: 'name', in: 'path' } })

const route = apiRoute(
  { action: 'set_secret', scope: 'admin' },
  {
    method: 'put',
    path: '/api/v1/admin/secrets/{name}',
    tags: ['Administration'],
    summary: 'Set a secret',
    request: {
      params: z.object({ name: nameSchema }),
      query: communityQuerySchema,
      body: jsonBody(bodySchema),
    },
    refuses: ['CONFLICT'],
    responses: answers({
      200: { description: 'In place of the value before', schema: secretSchema },
      201: { description: 'A new secret', schema: secretSchema },
    }),
  },
)

export const setSecret: AddRoute = (app, deps) => {
  app.openapi(route, async (c) => {
    const { name } = c.req.valid('param')
    const { value, community_id } = c.req.valid('json')
    const identity = c.get('identity')
    const communityId = resolveCommunity(identity, community_id, c.req.valid('query').community_id)
    const stored = await deps.secrets.put({ communityId, name, value, by: identity.user, now: deps.clock() })
    if (stored === null)
      throw new ApiError('CONFLICT', `The community has ${MAX_SECRETS} secrets, the most there may be: delete one first`)
    return stored.isNew
      ? succeed(c, viewSecret(stored.summary), { status: 201, message: 'Secret created' })
      : succeed(c, viewSecret(stored.summary), { message: 'Secret replaced' })
  })
}
