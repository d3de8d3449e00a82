// A secret as the API shows it: all but its value.
import { z } from '@hono/zod-openapi'
import { isoTime } from '../history/iso-time.ts'
import type { SecretSummary } from '../history/secret-store.ts'
import { ApiError } from './errors.ts'

export const secretSchema = z
  .strictObject({
    name: z.string(),
    key_id: z.string().openapi({ description: 'Of `SECRETS_KEYS`: the key that encrypted it.' }),
    created_at: z.iso.datetime(),
    updated_at: z.iso.datetime(),
    updated_by: z.string(),
  })
  .openapi('Secret')

export const viewSecret = (secret: SecretSummary): z.infer<typeof secretSchema> => ({
  ...secret,
  created_at: isoTime(secret.created_at),
  updated_at: isoTime(secret.updated_at),
})

/** Ids are opaque: a look-up never rejects one by its form. */
export const secretParamsSchema = z.object({ name: z.string().openapi({ param: { name: 'name', in: 'path' } }) })

export const secretNotFound = (name: string): ApiError => new ApiError('NOT_FOUND', `Secret not found: ${name}`)
