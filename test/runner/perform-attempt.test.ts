import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { AttemptError } from '../../src/core/attempt-error.ts'
import type { Json } from '../../src/core/json.ts'
import {
  MAX_HANDED_OFF_OUTPUT_BYTES,
  MAX_METADATA_TEXT_CHARACTERS,
  MAX_OUTPUT_BYTES,
  MAX_PAYLOAD_VALUES,
} from '../../src/core/limits.ts'
import { nodeError } from '../../src/core/node-error.ts'
import type { AttemptContext, AttemptResult, HandedOffNodeType, NodeType } from '../../src/core/node-type.ts'
import { start } from '../../src/nodes/start.ts'
import { performAttempt } from '../../src/runner/perform-attempt.ts'
import { attemptDeps } from '../support/attempt-deps.ts'
import { attemptTask } from '../support/attempt-task.ts'

const nodeType = (run: HandedOffNodeType['run']): HandedOffNodeType => ({
  kind: 'handed_off',
  type: 'sample',
  aliases: [],
  summary: 'Does what a test wants.',
  config: z.looseObject({ list: z.array(z.number()).optional() }),
  expressions: [],
  deferred: [],
  ports: () => ['out'],
  continuePort: () => 'out',
  defaultTimeoutSeconds: 20,
  example: {},
  run,
})

const reference = { $payload: 'a'.repeat(64), size: 7, mark: 'm' }

async function perform(type: NodeType | undefined, over: Parameters<typeof attemptTask>[0] = {}, fails = false) {
  const bugs: unknown[] = []
  const stored: (readonly [string, string])[] = []
  const deps = attemptDeps({
    nodeTypes: { get: () => type },
    storeOutput: async (executionId, text) => {
      stored.push([executionId, text])
      if (fails) throw new Error('R2 is down')
      return reference
    },
    reportBug: (thrown) => bugs.push(thrown),
  })
  const result = untimed(await performAttempt(attemptTask({ nodeType: 'sample', ...over }), deps))
  return { result, bugs, stored }
}

/** Without the time it took, which each tells and no two alike. */
function untimed(result: AttemptResult): AttemptResult {
  if (result.kind === 'child') return result
  const { metadata = {}, ...rest } = result
  const { latency_ms: _latency, ...told } = metadata
  return Object.keys(told).length === 0 ? rest : { ...rest, metadata: told }
}

const outputs = (output: Json) => nodeType(async () => ({ kind: 'completed', output }))

describe('what the node gets', () => {
  it('is the context of its attempt', async () => {
    const seen: AttemptContext[] = []
    await perform(
      nodeType(async (_, context) => {
        seen.push(context)
        return { kind: 'completed', output: null }
      }),
      { run: 3, node: 'each[3].call' },
    )
    expect(seen).toMatchObject([
      {
        communityId: 'default',
        executionId: 'e1e1e1e1e1e1e1e1',
        workflowId: 'orders',
        nodePath: 'each[3].call',
        attempt: 2,
        startedAt: attemptTask().startedAt,
        traceId: 'a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0',
        correlationId: 'order-7',
        idempotencyKey: 'e1e1e1e1e1e1e1e1.each[3].call.3',
        signal: expect.any(AbortSignal),
        startChild: expect.any(Function),
        startShard: expect.any(Function),
        runCode: expect.any(Function),
        modelServer: expect.any(Object),
        remember: expect.any(Function),
        fetch: expect.any(Function),
        note: expect.any(Function),
        say: expect.any(Function),
      },
    ])
    expect(seen[0]?.signal.aborted).toBe(false)
  })
})

describe('results', () => {
  it('completed: output and metadata as JSON', async () => {
    const result = { kind: 'completed', output: { a: [1, 'x', null] }, metadata: { model: 'm' } } as const
    expect(await perform(nodeType(async () => result))).toEqual({ result, bugs: [], stored: [] })
  })

  it('completed: an output at the limit is kept, one byte more lies outside', async () => {
    const atLimit = 'x'.repeat(MAX_OUTPUT_BYTES - 2)
    const kept = await perform(outputs(atLimit))
    expect(kept).toMatchObject({ result: { kind: 'completed', output: atLimit }, stored: [] })
    const above = await perform(outputs(`${atLimit}x`))
    expect(above.result).toEqual({ kind: 'completed', output: reference, payloads: [reference] })
    expect(above.stored).toEqual([[attemptTask().executionId, JSON.stringify(`${atLimit}x`)]])
  })

  it('completed: an output at the greater limit lies outside, one byte more fails', async () => {
    const atLimit = 'x'.repeat(MAX_HANDED_OFF_OUTPUT_BYTES - 2)
    expect((await perform(outputs(atLimit))).result).toMatchObject({ kind: 'completed', output: reference })
    expect(await perform(outputs(`${atLimit}x`))).toEqual({
      result: {
        kind: 'failed',
        error: {
          code: 'OUTPUT_TOO_LARGE',
          message: `The output has ${MAX_HANDED_OFF_OUTPUT_BYTES + 1} bytes as JSON; at most ${MAX_HANDED_OFF_OUTPUT_BYTES} are kept.`,
          retryable: false,
        },
      },
      bugs: [],
      stored: [],
    })
  })

  it('completed: an output outside has a bounded number of values', async () => {
    const atLimit = Array<number>(MAX_PAYLOAD_VALUES - 1).fill(0)
    expect((await perform(outputs(atLimit))).result).toMatchObject({ kind: 'completed', output: reference })
    expect((await perform(outputs([...atLimit, 0]))).result).toMatchObject({
      kind: 'failed',
      error: { code: 'OUTPUT_TOO_LARGE' },
    })
  })

  it('an output that cannot be stored is a failure of this attempt', async () => {
    const { result, bugs } = await perform(outputs('x'.repeat(MAX_OUTPUT_BYTES)), {}, true)
    expect(result).toMatchObject({ kind: 'failed', error: { code: 'NETWORK_ERROR', retryable: true } })
    expect(bugs).toEqual([])
  })

  it('failed, returned or thrown: the node error as it is', async () => {
    const error = nodeError('HTTP_STATUS', 'no', { status: 503, retryable: true, retry_after_seconds: 3 })
    const returning = nodeType(async () => ({ kind: 'failed', error }))
    const throwing = nodeType(() => Promise.reject(new AttemptError(error)))
    expect(await perform(returning)).toEqual({ result: { kind: 'failed', error }, bugs: [], stored: [] })
    expect(await perform(throwing)).toEqual({ result: { kind: 'failed', error }, bugs: [], stored: [] })
  })
})

describe('what goes wrong', () => {
  it('a config that does not pass the schema: all problems, each with its path', async () => {
    const { result } = await perform(outputs(null), { config: { list: [1, 'two', 'three'] } })
    expect(result).toMatchObject({ kind: 'failed', error: { code: 'CONFIG_INVALID', retryable: false } })
    expect(result).toHaveProperty('error.message', expect.stringMatching(/^config\.list\[1\]: .*; config\.list\[2\]: /))
  })

  it('a node that ignores its signal: the attempt ends all the same', async () => {
    const signals: AbortSignal[] = []
    const deaf = nodeType((_, context) => {
      signals.push(context.signal)
      return new Promise(() => {})
    })
    const { result } = await perform(deaf, { timeoutMs: 10 })
    expect(result).toEqual({
      kind: 'failed',
      error: { code: 'NODE_TIMEOUT', message: 'The attempt took longer than 0.01 s.', retryable: true },
    })
    expect(signals.map(({ aborted }) => aborted)).toEqual([true])
  })

  const circular: { self?: unknown } = {}
  circular.self = circular
  it.each<[string, NodeType | undefined]>([
    ['an exception', nodeType(() => Promise.reject(new TypeError('x is not a function: s3cret')))],
    [
      'a synchronous exception',
      nodeType(() => {
        throw new RangeError('s3cret')
      }),
    ],
    ['an output that is no JSON', outputs(circular as Json)],
    ['no output', outputs(undefined as unknown as Json)],
    ['an unknown type', undefined],
    ['an inline type', start],
  ])('a bug (%s): reported, and a final failure that tells nothing of it', async (_, type) => {
    const { result, bugs } = await perform(type)
    expect(result).toEqual({
      kind: 'failed',
      error: {
        code: 'INTERNAL_ERROR',
        message: 'A bug of Millrace ended this attempt of a sample node; its logs say more.',
        retryable: false,
      },
    })
    expect(bugs).toEqual([expect.any(Error)])
  })
})

describe('what an attempt takes', () => {
  const calls = (status: number) => ({
    fetch: async () => new Response('12345', { status }),
  })
  const measured = async (run: HandedOffNodeType['run'], more: Partial<HandedOffNodeType> = {}, over = {}) => {
    const deps = attemptDeps({ nodeTypes: { get: () => ({ ...nodeType(run), ...more }) }, ...calls(418) })
    const result = await performAttempt(attemptTask({ nodeType: 'sample', ...over }), deps)
    return result.kind === 'child' ? undefined : result.metadata
  }
  const call = async ({ fetch, signal }: AttemptContext) => {
    const response = await fetch('https://api.example.com:8443/path?key=1', { method: 'POST', body: 'über', signal })
    return response.text()
  }
  const network = { host: 'api.example.com:8443', status: 418, bytes_out: 5, bytes_in: 5 }

  it.each<[string, HandedOffNodeType['run']]>([
    ['completes', async (_, context) => ({ kind: 'completed', output: await call(context) })],
    ['fails', async (_, context) => ({ kind: 'failed', error: nodeError('HTTP_STATUS', await call(context)) })],
    [
      'throws',
      async (_, context) => {
        throw new AttemptError(nodeError('HTTP_STATUS', await call(context)))
      },
    ],
    [
      'has a bug',
      async (_, context) => {
        throw new TypeError(await call(context))
      },
    ],
  ])('is told where it %s', async (_, run) => {
    const deps = attemptDeps({ nodeTypes: { get: () => nodeType(run) }, ...calls(418), reportBug: () => {} })
    expect(await performAttempt(attemptTask({ nodeType: 'sample' }), deps)).toMatchObject({
      metadata: { ...network, latency_ms: expect.any(Number) },
    })
  })

  it('adds calls up, and tells the last one', async () => {
    const metadata = await measured(async (_, context) => {
      await context.fetch('https://auth.example.com/', { body: new Uint8Array(3), method: 'POST', signal: context.signal })
      return { kind: 'completed', output: await call(context) }
    })
    expect(metadata).toMatchObject({ ...network, bytes_out: 8, bytes_in: 5 })
  })

  it('is told with what was noted, also at the timeout', async () => {
    const metadata = await measured(
      (_, { note }) => {
        note({ cost_usd: 0.1, model: 'a' })
        note({ model: 'b' })
        return new Promise(() => {})
      },
      {},
      { timeoutMs: 10 },
    )
    expect(metadata).toEqual({ latency_ms: expect.any(Number), cost_usd: 0.1, model: 'b' })
  })

  it('is overruled by what the result tells, and bounded in its texts', async () => {
    const model = 'm'.repeat(MAX_METADATA_TEXT_CHARACTERS)
    const metadata = await measured(async (_, { note }) => {
      note({ cost_usd: 1, host: 'db.example.com' })
      return { kind: 'completed', output: null, metadata: { cost_usd: 2, model, other: `${model}m` } }
    })
    expect(metadata).toMatchObject({ cost_usd: 2, host: 'db.example.com', model, other: model })
  })

  it('is no time where a program computes, for the clock stands still', async () => {
    const run: HandedOffNodeType['run'] = async () => ({ kind: 'completed', output: null })
    expect(await measured(run, { program: () => '' })).toBeUndefined()
  })
})
