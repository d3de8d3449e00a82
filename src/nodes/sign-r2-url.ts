// Signs a URL by which others get or put one object of an R2 bucket until it expires. Bindings cannot: it takes the credentials of an
// S3 client, from a secret. Only computes; whether the object is there is seen by who uses the URL.
import { z } from 'zod'
import { AttemptError } from '../core/attempt-error.ts'
import type { Json } from '../core/json.ts'
import { MAX_R2_KEY_BYTES, MAX_SIGNED_URL_SECONDS } from '../core/limits.ts'
import { nodeError } from '../core/node-error.ts'
import type { AttemptContext } from '../core/node-type.ts'
import { SECRET_NAME } from '../core/secret-name.ts'
import { keyField } from './store-fields.ts'

const connectionRule = "'connection' must name the secret that holds r2s3://ACCESS_KEY:SECRET@ACCOUNT/BUCKET, such as UPLOADS"
const expiresRule = `'expires_seconds' must be from 1 to ${MAX_SIGNED_URL_SECONDS} (7 days)`

export const signConfig = z.looseObject({
  operation: z.literal('sign'),
  connection: z.string({ error: connectionRule }).regex(SECRET_NAME, { error: connectionRule }),
  key: keyField(MAX_R2_KEY_BYTES).refine((key) => !key.split('/').some((part) => part === '.' || part === '..'), {
    error: "'key' must not have . or .. between slashes: a URL would resolve them",
  }),
  method: z.enum(['GET', 'HEAD', 'PUT', 'DELETE'], { error: "'method' must be GET, HEAD, PUT or DELETE" }).default('GET'),
  expires_seconds: z
    .int({ error: expiresRule })
    .min(1, { error: expiresRule })
    .max(MAX_SIGNED_URL_SECONDS, { error: expiresRule })
    .default(3600),
})

/** It expires so long after the attempt began. @throws AttemptError */
export async function signUrl(config: z.output<typeof signConfig>, context: AttemptContext): Promise<Json> {
  const { key, method, connection, expires_seconds: seconds } = config
  const { accessKeyId, secretAccessKey, bucketUrl } = bucketCredentials(await context.secret(connection), connection)
  context.conceal(secretAccessKey)
  const { AwsV4Signer } = await import('aws4fetch')
  const url = new URL(`${bucketUrl}/${key.split('/').map(encodeURIComponent).join('/')}`)
  url.searchParams.set('X-Amz-Expires', String(seconds))
  const signer = new AwsV4Signer({
    url: url.href,
    method,
    accessKeyId,
    secretAccessKey,
    service: 's3',
    region: 'auto',
    signQuery: true,
    datetime: new Date(context.startedAt).toISOString().replaceAll(/[:-]|\.\d{3}/g, ''),
  })
  const signed = await signer.sign()
  return { url: signed.url.href, method, expires_at: new Date(context.startedAt + seconds * 1000).toISOString() }
}

/** `r2s3://ACCESS_KEY:SECRET@ACCOUNT/BUCKET`; the account may name a jurisdiction, as `0123….eu`. Errors show nothing of it. */
const CREDENTIALS = /^r2s3:\/\/([^:/@\s]+):([^:/@\s]+)@([0-9a-f]{32}(?:\.[a-z]+)?)\/([a-z0-9][a-z0-9-]{1,61}[a-z0-9])\/?$/

function bucketCredentials(text: string, name: string) {
  const [, accessKeyId, secretAccessKey, account, bucket] = CREDENTIALS.exec(text.trim()) ?? []
  if (accessKeyId !== undefined && secretAccessKey !== undefined) {
    return { accessKeyId, secretAccessKey, bucketUrl: `https://${account}.r2.cloudflarestorage.com/${bucket}` }
  }
  throw new AttemptError(nodeError('CONFIG_INVALID', `The secret ${name} must hold r2s3://ACCESS_KEY:SECRET@ACCOUNT/BUCKET.`))
}
