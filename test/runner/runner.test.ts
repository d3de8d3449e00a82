import { createExecutionContext, waitOnExecutionContext } from 'cloudflare:test'
import { env, exports } from 'cloudflare:workers'
import { afterEach, describe, expect, it, vi } from 'vitest'
import type { TaskMessage } from '../../src/queues/messages.ts'
import { LONGEST_ATTEMPT_MS, Runner } from '../../src/runner/runner.ts'
import type { RunnerEnv } from '../../src/runner/runner-deps.ts'
import type { AttemptTask, Settlement } from '../../src/runner/task.ts'
import { attemptTask } from '../support/attempt-task.ts'

afterEach(() => {
  vi.unstubAllGlobals()
  vi.useRealTimers()
})

const url = 'https://api.example.com/path'

/** A Runner beside an execution that can be reached or not, and what it told the execution and the queue. */
function startRunner({ reachable }: { readonly reachable: boolean }) {
  const settled: Settlement[] = []
  const sent: TaskMessage[] = []
  const execution = {
    settle: async (settlement: Settlement) => {
      if (!reachable) throw new Error('the object was reset')
      settled.push(settlement)
      return { kind: 'accepted' } as const
    },
    claim: async () => ({ kind: 'superseded' }) as const,
    start: async () => ({ kind: 'id_taken' }) as const,
    recoverChild: async () => false,
    tell: async () => false,
  }
  const bindings: RunnerEnv = {
    EXECUTION: { getByName: () => execution },
    PAYLOADS: env.PAYLOADS,
    CACHE: env.CACHE,
    DB: env.DB,
    TASKS_QUEUE: { send: async (message) => void sent.push(message) },
  }
  const context = createExecutionContext()
  const runner = new Runner(context, bindings)
  return { run: (task: AttemptTask) => runner.run(task), finish: () => waitOnExecutionContext(context), settled, sent }
}

/** A network whose one answer the test gives. */
function openNetwork() {
  const response = Promise.withResolvers<Response>()
  vi.stubGlobal('fetch', (_: string, init: RequestInit) => {
    init.signal?.addEventListener('abort', () => response.reject(init.signal?.reason))
    return response.promise
  })
  return response
}

describe('the Runner', () => {
  it('is reached by its loopback stub', async () => {
    // The stub's own type makes the compiler unfold JSON without end.
    const runner = exports.Runner as unknown as Pick<Runner, 'run'>
    expect(await runner.run(attemptTask({ config: { url: 'http://10.0.0.1/' } }))).toMatchObject({
      kind: 'settled',
      result: { kind: 'failed', error: { code: 'ADDRESS_BLOCKED' } },
    })
  })

  it('answers with the result of a fast attempt and calls nobody', async () => {
    const { run, finish, settled, sent } = startRunner({ reachable: true })
    expect(await run(attemptTask({ config: { url: 'http://10.0.0.1/' } }))).toMatchObject({
      kind: 'settled',
      result: { kind: 'failed', error: { code: 'ADDRESS_BLOCKED' } },
    })
    await finish()
    expect([settled, sent]).toEqual([[], []])
  })

  it('answers that a slow attempt is running, and settles it later', async () => {
    const response = openNetwork()
    const { run, finish, settled } = startRunner({ reachable: true })
    expect(await run(attemptTask({ config: { url } }))).toEqual({ kind: 'running' })
    expect(settled).toEqual([])
    response.resolve(Response.json({ a: 1 }))
    await finish()
    const output = { status: 200, headers: { 'content-type': 'application/json' }, body: { a: 1 } }
    const { executionId, epoch, node, attempt } = attemptTask()
    const metadata = { host: 'api.example.com', status: 200, latency_ms: expect.any(Number), bytes_in: 7, bytes_out: 0 }
    expect(settled).toEqual([{ executionId, epoch, node, attempt, result: { kind: 'completed', output, metadata } }])
  })

  it('leaves the settlement of an execution that it cannot reach to the task queue', async () => {
    const response = openNetwork()
    const { run, finish, sent } = startRunner({ reachable: false })
    expect(await run(attemptTask({ config: { url } }))).toEqual({ kind: 'running' })
    response.resolve(new Response(null, { status: 204 }))
    await finish()
    const key = 'executions/e1e1e1e1e1e1e1e1/settlements/1.call.2.json'
    expect(sent).toEqual([{ kind: 'settlement', execution_id: 'e1e1e1e1e1e1e1e1', key }])
    expect(await (await env.PAYLOADS.get(key))?.json()).toMatchObject({ node: 'call', result: { kind: 'completed' } })
  })

  it('gives up before the platform ends it, whatever the task allows', async () => {
    vi.useFakeTimers()
    openNetwork()
    const { run, finish, settled } = startRunner({ reachable: true })
    const answer = run(attemptTask({ config: { url }, timeoutMs: 60_000 }))
    await vi.advanceTimersByTimeAsync(LONGEST_ATTEMPT_MS)
    expect(await answer).toEqual({ kind: 'running' })
    vi.useRealTimers()
    await finish()
    expect(settled).toMatchObject([{ result: { kind: 'failed', error: { code: 'NODE_TIMEOUT', retryable: true } } }])
  })
})
