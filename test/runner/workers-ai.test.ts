// Workers AI runs in production only. Here the binding is played, by what workerd's own source of it gives with `returnRawResponse`;
// everything behind it is the way of a production attempt.
import { env } from 'cloudflare:workers'
import { describe, expect, it } from 'vitest'
import type { JsonObject } from '../../src/core/json.ts'
import { MAX_RESPONSE_BYTES } from '../../src/core/limits.ts'
import type { AttemptResult } from '../../src/core/node-type.ts'
import type { WorkersAi } from '../../src/env.ts'
import { performAttempt } from '../../src/runner/perform-attempt.ts'
import { attemptDeps } from '../../src/runner/runner-deps.ts'
import { attemptTask } from '../support/attempt-task.ts'
import { executionOf } from '../support/execution.ts'

type Run = Parameters<WorkersAi['run']>

function binding(answer: () => Response | Promise<Response>) {
  const runs: Run[] = []
  const AI: WorkersAi = {
    async run(...run) {
      runs.push(run)
      return answer()
    },
  }
  return { AI, runs }
}

const attempt = (AI: WorkersAi | undefined, config: JsonObject = {}): Promise<AttemptResult> => {
  const bindings = { EXECUTION: { getByName: executionOf }, DB: env.DB, PAYLOADS: env.PAYLOADS, CACHE: env.CACHE }
  const deps = attemptDeps({ ...bindings, AI_BASE_URL: 'workers-ai', ...(AI && { AI }) })
  const task = attemptTask({ nodeType: 'ai-processor', config: { prompt: 'Hi', cache_ttl_seconds: 0, ...config } })
  return performAttempt(task, {
    ...deps,
    reportBug: (thrown) => {
      throw thrown
    },
  })
}

const usage = { prompt_tokens: 4, completion_tokens: 2, total_tokens: 6 }

describe('Workers AI', () => {
  it('is asked by its binding, and answers', async () => {
    const { AI, runs } = binding(() => Response.json({ response: 'Hello!', usage }))
    expect(await attempt(AI, { max_tokens: 50 })).toMatchObject({
      kind: 'completed',
      output: 'Hello!',
      metadata: {
        model: '@cf/meta/llama-3.3-70b-instruct-fp8-fast',
        host: 'workers-ai',
        usage: { input_tokens: 4, output_tokens: 2 },
        finish_reason: 'stop',
        latency_ms: expect.any(Number),
      },
    })
    expect(runs).toEqual([
      [
        '@cf/meta/llama-3.3-70b-instruct-fp8-fast',
        { messages: [{ role: 'user', content: 'Hi' }], temperature: 0.7, max_tokens: 50 },
        { returnRawResponse: true, signal: expect.any(AbortSignal) },
      ],
    ])
  })

  it('may answer as OpenAI does', async () => {
    const message = { role: 'assistant', content: 'Hi there' }
    const { AI } = binding(() => Response.json({ model: 'm', choices: [{ index: 0, message, finish_reason: 'length' }], usage }))
    expect(await attempt(AI, { model: '@cf/other' })).toMatchObject({
      output: 'Hi there',
      metadata: { model: 'm', finish_reason: 'length' },
    })
  })

  it('was cut off where it said as much as it may', async () => {
    const { AI } = binding(() => Response.json({ response: 'Hello', usage }))
    expect(await attempt(AI, { max_tokens: 2 })).toMatchObject({ metadata: { finish_reason: 'length' } })
  })

  it('answers JSON mode with the value itself', async () => {
    const { AI, runs } = binding(() => Response.json({ response: { a: 1 }, usage }))
    const schema = { type: 'object', required: ['a'], properties: { a: { type: 'integer' } } }
    expect(await attempt(AI, { response_schema: schema })).toMatchObject({ output: { a: 1 } })
    expect(runs[0]?.[1]).toMatchObject({ response_format: { type: 'json_object' } })
  })

  it.each([
    [429, { internalCode: 3040, description: 'No more data centers', name: 'x' }, { retryable: true, retry_after_seconds: 7 }],
    [400, { internalCode: 5007, description: 'No such model', name: 'x' }, { retryable: false }],
  ])('refuses with %i, and says why', async (status, body, expected) => {
    const { AI } = binding(() => Response.json(body, { status, ...(status === 429 && { headers: { 'retry-after': '7' } }) }))
    expect(await attempt(AI)).toMatchObject({
      kind: 'failed',
      error: {
        code: 'MODEL_ERROR',
        status,
        message: expect.stringContaining(`${body.internalCode}: ${body.description}`),
        ...expected,
      },
    })
  })

  it.each([
    ['breaks', () => Promise.reject(new Error('lost')), 'NETWORK_ERROR'],
    ['answers no completion', () => Response.json({ image: '…' }), 'RESPONSE_INVALID'],
    ['answers no JSON', () => new Response('<html>'), 'RESPONSE_INVALID'],
    ['answers too much', () => new Response('x'.repeat(MAX_RESPONSE_BYTES + 1)), 'RESPONSE_TOO_LARGE'],
  ])('fails where it %s', async (_, answer, code) => {
    expect(await attempt(binding(answer).AI)).toMatchObject({ kind: 'failed', error: { code } })
  })

  it('is missing where there is no binding', async () => {
    expect(await attempt(undefined)).toMatchObject({
      kind: 'failed',
      error: { code: 'CONFIG_INVALID', message: expect.stringContaining('no binding `AI`') },
    })
  })

  it("is the deployment's alone: a node's own server is called over the network", async () => {
    const { AI, runs } = binding(() => Response.json({ response: 'no' }))
    expect(await attempt(AI, { base_url: 'http://10.0.0.1/v1', api_key: 'sk-of-the-node' })).toMatchObject({
      error: { code: 'ADDRESS_BLOCKED' },
    })
    expect(runs).toEqual([])
  })
})
