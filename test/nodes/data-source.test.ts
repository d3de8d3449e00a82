import { env } from 'cloudflare:workers'
import { createHash, createHmac } from 'node:crypto'
import { beforeEach, describe, expect, inject, it } from 'vitest'
import type { JsonObject } from '../../src/core/json.ts'
import {
  MAX_KV_KEY_BYTES,
  MAX_LISTED_KEYS,
  MAX_R2_KEY_BYTES,
  MAX_SIGNED_URL_SECONDS,
  MIN_CACHE_TTL_SECONDS,
} from '../../src/core/limits.ts'
import type { NodeError } from '../../src/core/node-error.ts'
import type { AttemptResult } from '../../src/core/node-type.ts'
import { validateDefinition } from '../../src/core/validate-definition.ts'
import { dataSource } from '../../src/nodes/data-source.ts'
import { nodeTypes } from '../../src/nodes/registry.ts'
import { performAttempt } from '../../src/runner/perform-attempt.ts'
import { attemptDeps } from '../../src/runner/runner-deps.ts'
import { attemptTask } from '../support/attempt-task.ts'
import { configIssues } from '../support/config-issues.ts'
import { executionOf } from '../support/execution.ts'
import { scriptModel } from '../support/model-script.ts'

/** Bound by vitest.config.ts. */
const bound = env as unknown as { readonly TEST_KV: KVNamespace; readonly TEST_BUCKET: R2Bucket }

interface Attempt {
  readonly secrets?: Readonly<Record<string, string>>
  readonly bindings?: Readonly<Record<string, unknown>>
}

/** The whole way of a production attempt, from the bindings on. */
const attempt = (config: JsonObject, { secrets = {}, bindings = {} }: Attempt = {}): Promise<AttemptResult> =>
  performAttempt(attemptTask({ nodeType: 'data-source', config }), {
    ...attemptDeps({
      EXECUTION: { getByName: executionOf },
      DB: env.DB,
      PAYLOADS: env.PAYLOADS,
      CACHE: env.CACHE,
      ALLOW_PRIVATE_HOSTS: '127.0.0.1',
      DATA_BINDINGS: 'default/TEST_KV, default/TEST_BUCKET, default/SHOP_DB, other/CLOSED_KV, default/BROKEN_KV, default/CACHE',
      TEST_KV: bound.TEST_KV,
      TEST_BUCKET: bound.TEST_BUCKET,
      SHOP_DB: env.DB,
      CLOSED_KV: bound.TEST_KV,
      ...bindings,
    } as Parameters<typeof attemptDeps>[0]),
    secrets: async (_, names) => new Map(names.flatMap((name) => (secrets[name] === undefined ? [] : [[name, secrets[name]]]))),
    reportBug: (thrown) => {
      throw thrown
    },
  })

async function output(config: JsonObject, given?: Attempt) {
  const found = await attempt(config, given)
  if (found.kind !== 'completed') throw new Error(`the attempt did not complete: ${JSON.stringify(found)}`)
  return found.output as JsonObject
}

async function failure(config: JsonObject, given?: Attempt): Promise<NodeError> {
  const found = await attempt(config, given)
  if (found.kind !== 'failed') throw new Error(`the attempt did not fail: ${JSON.stringify(found)}`)
  return found.error
}

const kv = (operation: string, more: JsonObject = {}) => ({ source_type: 'kv', binding: 'TEST_KV', operation, ...more })
const r2 = (operation: string, more: JsonObject = {}) => ({ source_type: 'r2', binding: 'TEST_BUCKET', operation, ...more })
const BYTES = { base64: btoa('\x00\xff\x01'), content_type: 'application/x-test' }

beforeEach(async () => {
  for (const { name } of (await bound.TEST_KV.list()).keys) await bound.TEST_KV.delete(name)
  for (const { key } of (await bound.TEST_BUCKET.list()).objects) await bound.TEST_BUCKET.delete(key)
})

describe.each([
  ['kv', kv, (value: unknown) => value],
  ['r2', r2, (value: unknown) => expect.objectContaining({ key: 'a/b ü', body: value })],
] as const)('%s', (_, source, holding) => {
  it.each(['text', '', { a: [1, null] }, [1, 2], 7, false, BYTES] as const)('gives back what it was given: %j', async (value) => {
    expect(await output(source('put', { key: 'a/b ü', value }))).toMatchObject({ key: 'a/b ü' })
    expect(await output(source('get', { key: 'a/b ü' }))).toEqual(holding(value))
  })

  it('gives null for what is not there, before and after', async () => {
    expect(await output(source('get', { key: 'k' }))).toBeNull()
    expect(await output(source('delete', { key: 'k' }))).toEqual({ key: 'k' })
    await output(source('put', { key: 'k', value: 1 }))
    await output(source('delete', { key: 'k' }))
    expect(await output(source('get', { key: 'k' }))).toBeNull()
  })

  it('reads as it is told, and no more than it may', async () => {
    await output(source('put', { key: 'a/b ü', value: '{"a":1}' }))
    expect(await output(source('get', { key: 'a/b ü', response: 'json', max_bytes: 7 }))).toEqual(holding({ a: 1 }))
    expect(await output(source('get', { key: 'a/b ü', response: 'base64' }))).toEqual(
      holding({ base64: btoa('{"a":1}'), content_type: 'text/plain; charset=utf-8' }),
    )
    expect(await failure(source('get', { key: 'a/b ü', max_bytes: 6 }))).toMatchObject({ code: 'RESPONSE_TOO_LARGE' })
    await output(source('put', { key: 'a/b ü', value: 'no JSON' }))
    expect(await failure(source('get', { key: 'a/b ü', response: 'json' }))).toMatchObject({ code: 'RESPONSE_INVALID' })
  })

  it('reaches only what the deployment has opened to the community, and what is of its kind', async () => {
    for (const binding of ['CLOSED_KV', 'CACHE', 'NO_SUCH', 'SHOP_DB']) {
      const error = await failure(source('get', { key: 'k', binding }))
      expect(error).toMatchObject({ code: 'CONFIG_INVALID', retryable: false, message: expect.stringContaining('DATA_BINDINGS') })
    }
  })
})

describe('kv', () => {
  it('reads text that others have written', async () => {
    await bound.TEST_KV.put('theirs', '{"a":1}', { metadata: { mine: 1 } })
    expect(await output(kv('get', { key: 'theirs' }))).toBe('{"a":1}')
  })

  it('keeps a value for as long as it is told', async () => {
    await output(kv('put', { key: 'k', value: 1, ttl_seconds: 600 }))
    const [{ expires_at: expiresAt } = {}] = (await output(kv('list'))).keys as JsonObject[]
    const seconds = (Date.parse(String(expiresAt)) - Date.now()) / 1000
    expect(Math.abs(seconds - 600)).toBeLessThan(60)
  })

  it('lists in pages', async () => {
    for (const key of ['a/1', 'a/2', 'a/3', 'b/1']) await bound.TEST_KV.put(key, '')
    const first = await output(kv('list', { prefix: 'a/', limit: 2 }))
    expect(first).toMatchObject({ keys: [{ name: 'a/1', expires_at: null }, { name: 'a/2' }], complete: false })
    const second = await output(kv('list', { prefix: 'a/', limit: 2, cursor: first.cursor ?? null }))
    expect(second).toEqual({ keys: [{ name: 'a/3', expires_at: null }], cursor: null, complete: true })
  })

  it('comes again when the platform fails', async () => {
    const broken = { getWithMetadata: () => Promise.reject(new Error('KV GET failed: 500')) }
    const error = await failure(kv('get', { binding: 'BROKEN_KV', key: 'k' }), { bindings: { BROKEN_KV: broken } })
    expect(error).toMatchObject({ code: 'NETWORK_ERROR', retryable: true, cause: { reason: 'KV GET failed: 500' } })
  })
})

describe('r2', () => {
  it('tells of an object', async () => {
    const put = await output(r2('put', { key: 'k', value: { a: 1 } }))
    expect(put).toEqual({ key: 'k', size: 7, etag: expect.any(String), uploaded_at: expect.stringMatching(/^\d{4}-.*Z$/) })
    expect(await output(r2('get', { key: 'k' }))).toEqual({
      ...put,
      content_type: 'application/json; charset=utf-8',
      body: { a: 1 },
    })
  })

  it('gives bytes where nobody said what they are', async () => {
    await bound.TEST_BUCKET.put('k', 'abc')
    expect(await output(r2('get', { key: 'k' }))).toMatchObject({ content_type: null, body: { base64: btoa('abc') } })
  })

  it('lists in pages, and by what stands before a delimiter', async () => {
    for (const key of ['a/1', 'a/2', 'a/x/1', 'b']) await bound.TEST_BUCKET.put(key, 'x')
    expect(await output(r2('list', { prefix: 'a/', delimiter: '/' }))).toMatchObject({
      objects: [{ key: 'a/1', size: 1 }, { key: 'a/2' }],
      prefixes: ['a/x/'],
      cursor: null,
      complete: true,
    })
    const first = await output(r2('list', { limit: 3 }))
    expect(first).toMatchObject({ complete: false, cursor: expect.any(String) })
    expect(await output(r2('list', { limit: 3, cursor: first.cursor ?? null }))).toMatchObject({ objects: [{ key: 'b' }] })
  })
})

describe('a signed URL', () => {
  const account = '0123456789abcdef0123456789abcdef'
  const sign = (more: JsonObject = {}) => ({ source_type: 'r2', operation: 'sign', connection: 'UPLOADS', key: 'k', ...more })
  const secrets = { UPLOADS: `r2s3://AKIAEXAMPLE:hunter22/+key@${account}/photos` }
  const usable = { UPLOADS: `r2s3://AKIAEXAMPLE:hunter22key@${account}/photos` }

  /** AWS Signature Version 4 for one query-signed request, from its description. */
  function signatureOf(method: string, url: URL, secret: string): string {
    const hash = (text: string) => createHash('sha256').update(text).digest('hex')
    const hmac = (key: string | Buffer, text: string) => createHmac('sha256', key).update(text).digest()
    const query = [...url.searchParams].filter(([name]) => name !== 'X-Amz-Signature')
    const encode = (text: string) =>
      encodeURIComponent(text).replaceAll(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`)
    const canonicalQuery = query
      .map(([name, value]) => `${encode(name)}=${encode(value)}`)
      .sort()
      .join('&')
    const path = decodeURIComponent(url.pathname).split('/').map(encode).join('/')
    const request = [method, path, canonicalQuery, `host:${url.host}`, '', 'host', 'UNSIGNED-PAYLOAD'].join('\n')
    const at = url.searchParams.get('X-Amz-Date') ?? ''
    const scope = `${at.slice(0, 8)}/auto/s3/aws4_request`
    const key = ['auto', 's3', 'aws4_request'].reduce<Buffer>(hmac, hmac(`AWS4${secret}`, at.slice(0, 8)))
    return hmac(key, ['AWS4-HMAC-SHA256', at, scope, hash(request)].join('\n')).toString('hex')
  }

  it.each([
    ['GET', 'k'],
    ['PUT', "dir/a b+ü'(1)*&?.png"],
  ])('carries the signature of S3: %s %s', async (method, key) => {
    const signed = await output(sign({ method, key, expires_seconds: 600 }), { secrets: usable })
    const url = new URL(String(signed.url))
    expect(signed).toMatchObject({ method, expires_at: '2026-03-04T05:16:07.089Z' })
    expect(url.host).toBe(`${account}.r2.cloudflarestorage.com`)
    expect(decodeURIComponent(url.pathname)).toBe(`/photos/${key}`)
    expect(Object.fromEntries(url.searchParams)).toMatchObject({
      'X-Amz-Algorithm': 'AWS4-HMAC-SHA256',
      'X-Amz-Date': '20260304T050607Z',
      'X-Amz-Expires': '600',
      'X-Amz-SignedHeaders': 'host',
      'X-Amz-Credential': 'AKIAEXAMPLE/20260304/auto/s3/aws4_request',
    })
    expect(url.searchParams.get('X-Amz-Signature')).toBe(signatureOf(method, url, 'hunter22key'))
    expect(signed.url).not.toContain('hunter22')
  })

  it('needs credentials that can be read, and shows none', async () => {
    const error = await failure(sign(), { secrets })
    expect(error).toMatchObject({ code: 'CONFIG_INVALID', message: expect.stringContaining('r2s3://ACCESS_KEY') })
    expect(JSON.stringify(error)).not.toContain('hunter22')
    expect(await failure(sign())).toMatchObject({ code: 'SECRET_MISSING' })
  })

  it.each([
    [{ key: 'a/../b' }, /^key: /],
    [{ key: './b' }, /^key: /],
    [{ method: 'POST' }, /^method: /],
    [{ expires_seconds: 0 }, /^expires_seconds: /],
    [{ expires_seconds: MAX_SIGNED_URL_SECONDS + 1 }, /^expires_seconds: /],
    [{ connection: 'r2s3://a:b@c/d' }, /^connection: /],
  ])('refuses %j', (more, expected) => {
    expect(configIssues(dataSource, sign(more))[0]).toMatch(expected)
  })

  it('lives up to 7 days', () => {
    expect(configIssues(dataSource, sign({ expires_seconds: MAX_SIGNED_URL_SECONDS }))).toEqual([])
  })
})

describe('an API or a database', () => {
  it('is asked as by the node it stands for', async () => {
    const { baseUrl } = await scriptModel(inject('modelServer'), 'data-source', [{ text: 'Hello' }])
    const given = await output({ source_type: 'api', endpoint: `${baseUrl}/chat/completions`, method: 'POST', body: {} })
    expect(given).toMatchObject({ status: 200, headers: { 'content-type': 'application/json' }, body: { model: 'stub-1' } })
    const rows = await output({ source_type: 'database', endpoint: 'd1://SHOP_DB', sql: 'select ? as given', params: [7] })
    expect(rows).toEqual([{ given: 7 }])
  })

  it('says what is wrong where it was written', () => {
    expect(configIssues(dataSource, { source_type: 'api', endpoint: '' })[0]).toMatch(/^endpoint: /)
    expect(configIssues(dataSource, { source_type: 'api' })[0]).toMatch(/^url: /)
    expect(configIssues(dataSource, { source_type: 'api', url: 'x', headers: { Host: 'x' } })[0]).toMatch(/^headers\.Host: /)
    for (const both of [
      { source_type: 'api', url: 'https://a.example' },
      { source_type: 'database', connection: 'A', sql: 'x' },
    ])
      expect(configIssues(dataSource, { ...both, endpoint: 'B' })).toContainEqual(
        expect.stringMatching(/^endpoint: .*give one of them/),
      )
    expect(configIssues(dataSource, { source_type: 'database', endpoint: 'postgres://u:p@h/d', sql: 'x' })[0]).toMatch(
      /^endpoint: /,
    )
    expect(configIssues(dataSource, { source_type: 'ftp' })).toEqual([expect.stringContaining("requires 'source_type'")])
  })
})

describe('configs', () => {
  it.each([
    [kv('get'), /^key: /],
    [kv('get', { key: '' }), /^key: /],
    [kv('get', { key: '..' }), /^key: /],
    [kv('get', { key: 'x'.repeat(MAX_KV_KEY_BYTES + 1) }), /^key: /],
    [r2('get', { key: 'x'.repeat(MAX_R2_KEY_BYTES + 1) }), /^key: /],
    [kv('put', { key: 'k' }), /^value: /],
    [kv('put', { key: 'k', value: { base64: '!' } }), /^value\.base64: /],
    [kv('put', { key: 'k', value: 1, ttl_seconds: MIN_CACHE_TTL_SECONDS - 1 }), /^ttl_seconds: /],
    [kv('list', { limit: MAX_LISTED_KEYS + 1 }), /^limit: /],
    [kv('sign', { key: 'k' }), /^operation: /],
    [r2('copy', { key: 'k' }), /^operation: /],
    [kv('get', { key: 'k', binding: 'a b' }), /^binding: /],
  ])('refuses %j', (config, expected) => {
    expect(configIssues(dataSource, config)[0]).toMatch(expected)
  })

  it.each([
    kv('get', { key: 'x'.repeat(MAX_KV_KEY_BYTES) }),
    kv('put', { key: 7, value: null, ttl_seconds: MIN_CACHE_TTL_SECONDS }),
    r2('get', { key: 'x'.repeat(MAX_R2_KEY_BYTES) }),
    kv('list', { limit: MAX_LISTED_KEYS }),
  ])('takes what is just allowed', (config) => {
    expect(configIssues(dataSource, config)).toEqual([])
  })

  it('may hold templates', () => {
    const nodes = [
      { id: 'start', type: 'start', config: {} },
      { id: 'kv', type: 'data-source', config: kv('put', { key: '{{ inputs.key }}', value: { base64: '{{ inputs.bytes }}' } }) },
      { id: 'api', type: 'data-source', config: { source_type: 'api', endpoint: '{{ inputs.url }}' } },
    ]
    const edges = [
      { from: 'start', to: 'kv' },
      { from: 'start', to: 'api' },
    ]
    expect(validateDefinition({ nodes, edges }, nodeTypes)).toEqual([])
  })

  it.each([
    kv('get', { key: 'k' }),
    kv('list'),
    r2('put', { key: 'k', value: 1 }),
    { source_type: 'api', url: 'https://example.com' },
  ])('are simulated in a dry run: %j', (config) => {
    expect(dataSource.syntheticOutput?.(config, 'load')).not.toBeUndefined()
  })
})
