// An attempt that names secrets, up to its result: what is loaded, what fails, what is hidden.
import { describe, expect, it, vi } from 'vitest'
import { z } from 'zod'
import { AttemptError } from '../../src/core/attempt-error.ts'
import type { Json, JsonObject } from '../../src/core/json.ts'
import { MAX_OUTPUT_BYTES, MAX_SECRETS_KEPT, SECRETS_KEPT_SECONDS } from '../../src/core/limits.ts'
import { nodeError } from '../../src/core/node-error.ts'
import type { AttemptContext, AttemptResult, HandedOffNodeType } from '../../src/core/node-type.ts'
import { SecretUnreadableError } from '../../src/history/sealed-secret.ts'
import { type AttemptDeps, performAttempt } from '../../src/runner/perform-attempt.ts'
import { rememberSecrets, type SecretSource } from '../../src/runner/secret-source.ts'
import { attemptDeps } from '../support/attempt-deps.ts'
import { attemptTask } from '../support/attempt-task.ts'

const VALUES = { key: 'sk-live-4242', other: 'sk-test-4343', pw: 'p"ss wörd' }
const source: SecretSource = async (_, names) => new Map(Object.entries(VALUES).filter(([name]) => names.includes(name)))

/** Sealed at `x`. */
const sealed = (...parts: (string | { expression: string })[]): JsonObject => ({
  x: 'as the definition has it',
  $sealed: { now: 0, names: { inputs: { user: 'annabel' } }, strings: [{ path: ['x'], parts }] },
})

type Run = (config: JsonObject, context: AttemptContext) => Promise<AttemptResult>
const echo: Run = async (config) => ({ kind: 'completed', output: config })

const nodeType = (run: Run, over: Partial<HandedOffNodeType> = {}): HandedOffNodeType => ({
  kind: 'handed_off',
  type: 'sample',
  aliases: [],
  summary: 'Does what a test wants.',
  config: z.looseObject({ x: z.string().max(40).optional() }),
  expressions: [],
  deferred: [],
  ports: () => ['out'],
  continuePort: () => 'out',
  defaultTimeoutSeconds: 20,
  example: {},
  takesSecrets: true,
  run,
  ...over,
})

async function perform(type: HandedOffNodeType, config: JsonObject, over: Partial<AttemptDeps> = {}) {
  const bugs: unknown[] = []
  const stored: string[] = []
  const deps = attemptDeps({
    nodeTypes: { get: () => type },
    secrets: source,
    storeOutput: async (_, text) => {
      stored.push(text)
      return { $payload: 'a'.repeat(64), size: text.length, mark: 'm' }
    },
    reportBug: (thrown) => bugs.push(thrown),
    ...over,
  })
  return { result: await performAttempt(attemptTask({ nodeType: 'sample', config }), deps), bugs, stored }
}

/** What the node was run with. */
async function configSeen(config: JsonObject, over: Partial<HandedOffNodeType> = {}): Promise<JsonObject> {
  const seen: JsonObject[] = []
  await perform(
    nodeType((given) => echo(seen[seen.push(given) - 1] ?? {}, {} as AttemptContext), over),
    config,
  )
  return seen[0] ?? {}
}

describe('an attempt', () => {
  it('runs with its sealed strings rendered, and without the seal', async () => {
    expect(await configSeen(sealed('Bearer ', { expression: 'secrets.key' }, '/annabel'))).toEqual({
      x: 'Bearer sk-live-4242/annabel',
    })
    expect(await configSeen(sealed({ expression: 'inputs.user + secrets["other"]' }))).toEqual({ x: 'annabelsk-test-4343' })
  })

  it('opens nothing for a type that takes no secrets', async () => {
    const config = sealed({ expression: 'secrets.key' })
    expect(await configSeen(config, { takesSecrets: false })).toEqual(config)
  })

  it('asks for all secrets of its community at once', async () => {
    const asked: unknown[] = []
    const secrets: SecretSource = async (...question) => {
      asked.push(question)
      return source(...question)
    }
    await perform(nodeType(echo), sealed({ expression: 'secrets.key + secrets.other' }, { expression: 'secrets.key' }), {
      secrets,
    })
    await perform(nodeType(echo), { x: 'nothing sealed' }, { secrets })
    expect(asked).toEqual([[attemptTask().communityId, ['key', 'other']]])
  })

  it('holds the whole config against the schema, and says nothing of the value', async () => {
    const { result } = await perform(
      nodeType(echo),
      sealed({ expression: 'secrets.key + secrets.key + secrets.key + secrets.key' }),
    )
    expect(result).toMatchObject({ error: { code: 'CONFIG_INVALID', message: expect.stringMatching(/^config\.x: /) } })
    expect(JSON.stringify(result)).not.toContain('sk-live')
  })

  it('fails for good where a secret is missing, and says which and how to set it', async () => {
    const { result } = await perform(nodeType(echo), sealed({ expression: 'secrets.key + secrets.none' }))
    expect(result).toMatchObject({
      kind: 'failed',
      error: {
        code: 'SECRET_MISSING',
        retryable: false,
        message: 'There is no secret none: PUT /api/v1/admin/secrets/none sets it for the community.',
      },
    })
  })

  it('fails for good where a secret cannot be decrypted', async () => {
    const secrets = () => Promise.reject(new SecretUnreadableError('put that key back'))
    const { result } = await perform(nodeType(echo), sealed({ expression: 'secrets.key' }), { secrets })
    expect(result).toMatchObject({ error: { code: 'SECRET_MISSING', retryable: false, message: 'put that key back' } })
  })

  it('may be tried again where the store cannot be reached', async () => {
    const secrets = () => Promise.reject(new Error('D1_ERROR: with a secret in it'))
    const { result, bugs } = await perform(nodeType(echo), sealed({ expression: 'secrets.key' }), { secrets })
    expect(result).toMatchObject({
      error: { code: 'NETWORK_ERROR', retryable: true, message: 'The store of secrets could not be read.' },
    })
    expect(bugs).toEqual([])
  })

  it('ends by its timeout where the store hangs', async () => {
    const deps = attemptDeps({ nodeTypes: { get: () => nodeType(echo) }, secrets: () => new Promise(() => {}) })
    const task = attemptTask({ nodeType: 'sample', config: sealed({ expression: 'secrets.key' }), timeoutMs: 10 })
    expect(await performAttempt(task, deps)).toMatchObject({ error: { code: 'NODE_TIMEOUT' } })
  })

  it('tells where an expression with a secret fails, and not with what', async () => {
    const { result } = await perform(nodeType(echo), sealed({ expression: 'json(secrets.key).x' }))
    expect(result).toMatchObject({ error: { code: 'EXPRESSION_ERROR', message: expect.stringContaining('config.x: ') } })
    expect(JSON.stringify(result)).not.toContain('sk-live')
  })

  it('may ask for a secret itself', async () => {
    const asking: Run = async (_, context) => ({
      kind: 'completed',
      output: [await context.secret('key'), 'sk-live-4242'.length],
    })
    expect((await perform(nodeType(asking, { takesSecrets: false }), {})).result).toMatchObject({ output: ['[redacted]', 12] })
    const { result } = await perform(
      nodeType((_, context) => context.secret('none').then(() => ({ kind: 'child', executionId: '' }))),
      {},
    )
    expect(result).toMatchObject({ error: { code: 'SECRET_MISSING' } })
  })
})

describe('nothing that an attempt gives shows a secret:', () => {
  const leak = 'sk-live-4242'
  const config = sealed({ expression: 'secrets.key' })

  it('its output and its metadata, keys included', async () => {
    const leaking: Run = async ({ x }) => ({
      kind: 'completed',
      output: { [String(x)]: [x ?? null, `a${leak}b`] },
      metadata: { model: leak },
    })
    const { result } = await perform(nodeType(leaking), config)
    expect(result).toMatchObject({ output: { '[redacted]': ['[redacted]', 'a[redacted]b'] }, metadata: { model: '[redacted]' } })
  })

  it('an output that lies outside', async () => {
    const leaking: Run = async () => ({ kind: 'completed', output: ['x'.repeat(MAX_OUTPUT_BYTES), leak] })
    const { result, stored } = await perform(nodeType(leaking), config)
    expect(result).toMatchObject({ kind: 'completed', payloads: [{ mark: 'm' }] })
    expect(stored).toEqual([expect.stringContaining('"[redacted]"')])
    expect(stored[0]).not.toContain(leak)
  })

  it.each<[string, Run]>([
    ['returned', async () => ({ kind: 'failed', error: nodeError('HTTP_STATUS', leak, { cause: { [leak]: [leak] } }) })],
    ['thrown', () => Promise.reject(new AttemptError({ code: leak, message: leak, retryable: false, cause: leak }))],
  ])('its error, %s', async (_, run) => {
    const { result } = await perform(nodeType(run), config)
    expect(result).toMatchObject({ kind: 'failed', error: { message: '[redacted]' } })
    expect(JSON.stringify(result)).not.toContain('sk-live')
  })

  it('a bug, to those who hear of it', async () => {
    const { result, bugs } = await perform(
      nodeType(() => Promise.reject(new TypeError(`bad ${leak}`))),
      config,
    )
    expect(result).toMatchObject({ error: { code: 'INTERNAL_ERROR' } })
    expect(bugs).toEqual([expect.objectContaining({ message: 'bad [redacted]' })])
    expect(String((bugs[0] as Error).stack)).not.toContain('sk-live')
  })

  it('what it has remembered', async () => {
    const kept: string[] = []
    const remembering: Run = async (_, { remember }) => {
      const { text } = await remember('key', 60, async () => ({ text: JSON.stringify({ said: leak }), isKept: true }))
      return { kind: 'completed', output: text }
    }
    const { result } = await perform(nodeType(remembering), config, {
      rememberWithin: () => async (_key, _ttl, make) => {
        const { text } = await make()
        kept.push(text)
        return { text, isMade: true }
      },
    })
    expect(kept).toEqual(['{"said":"[redacted]"}'])
    expect(result).toMatchObject({ output: '{"said":"[redacted]"}' })
  })

  it('what it conceals on its way', async () => {
    const concealing: Run = async (_, { conceal }) => {
      conceal('made-of-it')
      return { kind: 'completed', output: 'made-of-it' }
    }
    expect((await perform(nodeType(concealing), {})).result).toMatchObject({ output: '[redacted]' })
  })

  it.each<[string, string, Json, Json]>([
    ['what an expression makes of a secret', 'sha256(secrets.key)', 'e05a92a1ef7afe51', '[redacted]'],
    ['a part of one', 'secrets.key.split("-")[2] + "-made"', '4242-made', '[redacted]'],
    ['but what stood beside it', '{"u": inputs.user, "l": "written here", "k": secrets.key}.u', 'annabel', 'annabel'],
    ['but what is written in the expression', 'secrets.key == "x" ? "x" : "written here"', 'written here', 'written here'],
  ])('%s', async (_, expression, echoed, shown) => {
    const made: Run = async ({ x }) => ({ kind: 'completed', output: [x ?? null, echoed] })
    const { result } = await perform(nodeType(made, { config: z.looseObject({}) }), sealed({ expression }))
    const { output } = result as unknown as { output: Json[] }
    expect(output[0]).toBe(shown)
    if (typeof shown === 'string' && shown !== '[redacted]') expect(output[1]).toBe(shown)
  })
})

describe('secrets that were loaded', () => {
  const counting = () => {
    const asked: (readonly string[])[] = []
    const store = {}
    const open = () =>
      rememberSecrets(store, async (communityId, names) => {
        asked.push(names)
        return new Map(names.filter((name) => name !== 'none').map((name) => [name, `${communityId} ${name} value`]))
      })
    return { asked, open }
  }

  it('are kept for a while, by community, for all sources of the store', async () => {
    const { asked, open } = counting()
    expect(await open()('a', ['x', 'y'])).toEqual(
      new Map([
        ['x', 'a x value'],
        ['y', 'a y value'],
      ]),
    )
    expect(await open()('a', ['y', 'z'])).toEqual(
      new Map([
        ['y', 'a y value'],
        ['z', 'a z value'],
      ]),
    )
    expect(await open()('b', ['y'])).toEqual(new Map([['y', 'b y value']]))
    expect(asked).toEqual([['x', 'y'], ['z'], ['y']])
  })

  it('are kept no longer than said', async () => {
    const { asked, open } = counting()
    vi.useFakeTimers({ toFake: ['Date'] })
    await open()('a', ['x'])
    vi.setSystemTime(Date.now() + SECRETS_KEPT_SECONDS * 1000 - 1)
    await open()('a', ['x'])
    expect(asked).toHaveLength(1)
    vi.setSystemTime(Date.now() + 1)
    await open()('a', ['x'])
    expect(asked).toHaveLength(2)
    vi.useRealTimers()
  })

  it('are not kept where there are none', async () => {
    const { asked, open } = counting()
    expect(await open()('a', ['none'])).toEqual(new Map())
    await open()('a', ['none'])
    expect(asked).toHaveLength(2)
  })

  it('are bounded in number', async () => {
    const { asked, open } = counting()
    const names = (count: number) => Array.from({ length: count }, (_, index) => `n${index}`)
    await open()('a', names(MAX_SECRETS_KEPT))
    await open()('a', ['n0'])
    expect(asked).toHaveLength(1)
    await open()('a', ['one-more'])
    await open()('a', ['n0'])
    expect(asked).toHaveLength(3)
  })
})
