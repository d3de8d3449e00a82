// The client against a real server, over a wire that breaks.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  ConflictError,
  ExecutionFailedError,
  InvalidRequestError,
  NotFoundError,
  UnauthorizedError,
  UnavailableError,
} from '../../src/client/errors.ts'
import { Millrace } from '../../src/client/millrace.ts'
import type { StreamFrame } from '../../src/client/stream.ts'
import type { JsonObject } from '../../src/core/json.ts'
import { startTestServer, type TestServer } from '../support/dev-server.ts'
import { startTcpProxy, type TcpProxy } from '../support/tcp-proxy.ts'

let server: TestServer
let wire: TcpProxy
let millrace: Millrace

beforeAll(async () => {
  server = await startTestServer()
  wire = await startTcpProxy(server.base)
  millrace = new Millrace({ baseUrl: wire.base, apiKey: server.key })
})

afterAll(async () => {
  await wire?.close()
  await server?.close()
})

const hello = { nodes: [{ id: 'a', type: 'value', config: { value: 'Hello {{ inputs.name }}' } }], edges: [] }
/** Ends with what the event `go` brings. */
const waiting = {
  nodes: [
    { id: 'first', type: 'log', config: { message: 'before' } },
    { id: 'go', type: 'wait-for-event', config: { event: 'go' } },
  ],
  edges: [{ from: 'first', to: 'go' }],
}
const failing = { nodes: [{ id: 'a', type: 'fail', config: { code: 'NO_LUCK', message: 'not today' } }], edges: [] }

const start = async (workflow: JsonObject): Promise<string> => (await millrace.start(workflow)).execution_id
const thrown = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => 'nothing',
    (error: unknown) => error,
  )

async function all(frames: AsyncIterable<StreamFrame>): Promise<readonly StreamFrame[]> {
  const taken: StreamFrame[] = []
  for await (const frame of frames) taken.push(frame)
  return taken
}
const seqs = (frames: readonly StreamFrame[]): readonly number[] =>
  frames.flatMap((frame) => (frame.type === 'event' ? [frame.seq] : []))
const upTo = (last: number, from = 1): readonly number[] => Array.from({ length: last - from + 1 }, (_, index) => from + index)

describe('running', () => {
  it('gives the output of a definition, and of a stored workflow by version', async () => {
    expect(await millrace.run(hello, { inputs: { name: 'Ada' } })).toBe('Hello Ada')
    const changed = { ...hello, nodes: [{ id: 'a', type: 'value', config: { value: 'Bye {{ inputs.name }}' } }] }
    expect([
      await millrace.save('greet', hello),
      await millrace.save('greet', changed),
      await millrace.save('greet', changed),
    ]).toEqual([1, 2, 2])
    expect(await millrace.run('greet', { inputs: { name: 'Ada' } })).toBe('Bye Ada')
    expect(await millrace.run('greet', { inputs: { name: 'Ada' }, version: 1 })).toBe('Hello Ada')
  })

  it('throws where it failed, with the execution', async () => {
    const error = await thrown(millrace.run(failing))
    expect(error).toBeInstanceOf(ExecutionFailedError)
    expect(error).toMatchObject({ message: expect.stringContaining('at a: not today'), execution: { status: 'failed' } })
  })

  it('starts once under one key, also where nobody heard of it', async () => {
    const order = { inputs: { name: 'Ada' }, idempotencyKey: 'order-17', correlationId: 'c17', priority: 'high' } as const
    const [one, two] = [await millrace.start(hello, order), await millrace.start(hello, order)]
    expect(two.execution_id).toBe(one.execution_id)
    expect(await millrace.wait(one.execution_id)).toMatchObject({ correlation_id: 'c17', priority: 'high' })
  })
})

describe('following', () => {
  it('gives every event once and in order, and from the middle those behind it', async () => {
    const id = await start(hello)
    const frames = await all(millrace.stream(id))
    const last = frames.at(-1)
    expect(last).toMatchObject({ type: 'end', status: 'failed' })
    expect(seqs(frames)).toEqual(upTo(last?.type === 'end' ? last.seq : 0))
    expect(await all(millrace.stream(id, { after: 2 }))).toEqual(frames.slice(2))
  })

  it('goes on where it stood when the connection breaks, and does not come back at once', async () => {
    const id = await start(waiting)
    const frames: StreamFrame[] = []
    for await (const frame of millrace.stream(id)) {
      frames.push(frame)
      if (frame.type !== 'event' || frame.event !== 'node.waiting') continue
      wire.cut(2)
      await new Millrace({ baseUrl: server.base, apiKey: server.key }).signal(id, 'go', { n: 1 }, 'once')
    }
    const last = frames.at(-1)
    expect(last).toMatchObject({ type: 'end', status: 'completed' })
    expect(seqs(frames)).toEqual(upTo(last?.type === 'end' ? last.seq : 0))
    expect((await millrace.get(id)).final_output).toEqual({ n: 1 })
  })

  it('takes a backlog of many pages, over connections that break in each', async () => {
    const body = { nodes: [{ id: 'x', type: 'value', config: { value: '{{ item }}' } }], edges: [] }
    const items = Array.from({ length: 400 }, (_, index) => index)
    const each = { id: 'each', type: 'for-each', config: { items: 'inputs.items', body } }
    const { execution_id: id } = await millrace.start({ nodes: [each], edges: [] }, { inputs: { items } })
    await millrace.wait(id)
    const frames: StreamFrame[] = []
    for await (const frame of millrace.stream(id)) {
      frames.push(frame)
      if (frames.length % 300 === 0) wire.cut()
    }
    const last = frames.at(-1)
    expect(last).toMatchObject({ type: 'end', status: 'completed' })
    expect(frames.length).toBeGreaterThan(512)
    expect(seqs(frames)).toEqual(upTo(last?.type === 'end' ? last.seq : 0))
  })

  it('ends when nobody wants it any more', async () => {
    const id = await start(waiting)
    const wanted = new AbortController()
    const ended = thrown(millrace.wait(id, wanted.signal))
    for await (const frame of millrace.stream(id)) if (frame.type === 'event' && frame.event === 'node.waiting') break
    wanted.abort(new Error('never mind'))
    expect(await ended).toMatchObject({ message: 'never mind' })
    await millrace.cancel(id, 'enough')
    expect(await millrace.wait(id)).toMatchObject({ status: 'cancelled' })
  })
})

describe('control', () => {
  it('pauses, resumes, recovers and replays', async () => {
    const id = await start(waiting)
    expect((await millrace.pause(id)).status).toBe('paused')
    expect(await thrown(millrace.pause(id))).toBeInstanceOf(ConflictError)
    expect((await millrace.resume(id)).status).toBe('waiting')
    await millrace.cancel(id)
    expect((await millrace.recover(id)).epoch).toBe(2)
    await millrace.signal(id, 'go', 'done')
    expect((await millrace.wait(id)).final_output).toBe('done')
    await millrace.replay(id, { patch: { go: { output: 'patched' } } })
    expect((await millrace.wait(id)).final_output).toBe('patched')
    const nodes: string[] = []
    for await (const { node_id } of millrace.nodes(id)) nodes.push(node_id)
    expect(nodes).toEqual(['first', 'go'])
  })

  it('lists executions of many pages', async () => {
    const ids = await Promise.all(
      upTo(130).map(
        async () => (await millrace.start(hello, { inputs: { name: 'Ada' }, metadata: { batch: 'seven' } })).execution_id,
      ),
    )
    const listed = async () => {
      const found: string[] = []
      for await (const { execution_id } of millrace.list({ metadata: { batch: 'seven' } })) found.push(execution_id)
      return found.toSorted()
    }
    await expect.poll(listed, { timeout: 60_000, interval: 500 }).toEqual(ids.toSorted())
  })
})

describe('refusals', () => {
  it('are of classes', async () => {
    const stranger = new Millrace({ baseUrl: wire.base, apiKey: 'wrong' })
    const nobody = new Millrace({ baseUrl: 'http://127.0.0.1:1', apiKey: 'x', retries: 0 })
    const ended = await start(hello)
    await millrace.wait(ended)
    expect(await thrown(millrace.get('nobody'))).toBeInstanceOf(NotFoundError)
    expect(await thrown(all(millrace.stream('nobody')))).toBeInstanceOf(NotFoundError)
    expect(await thrown(stranger.get(ended))).toBeInstanceOf(UnauthorizedError)
    expect(await thrown(millrace.cancel(ended))).toBeInstanceOf(InvalidRequestError)
    expect(await thrown(nobody.get(ended))).toBeInstanceOf(UnavailableError)
    const bad = await thrown(millrace.start({ nodes: [{ id: 'a', type: 'nonsense' }], edges: [] }))
    expect(bad).toMatchObject({ code: 'VALIDATION_FAILED', issues: [{ path: 'workflow.nodes[0].type' }] })
  })
})
