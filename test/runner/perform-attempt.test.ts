import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { AttemptError } from '../../src/core/attempt-error.ts'
import type { Json } from '../../src/core/json.ts'
import { MAX_HANDED_OFF_OUTPUT_BYTES, MAX_OUTPUT_BYTES, MAX_PAYLOAD_VALUES } from '../../src/core/limits.ts'
import { nodeError } from '../../src/core/node-error.ts'
import type { AttemptContext, HandedOffNodeType, NodeType } from '../../src/core/node-type.ts'
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
  const result = await performAttempt(attemptTask({ nodeType: 'sample', ...over }), deps)
  return { result, bugs, stored }
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
    expect(seen).toEqual([
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
