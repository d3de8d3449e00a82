// Outputs that lie in R2: from the Runner to the view, between executions, lost ones, and their end.
import { evictDurableObject, runInDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { afterEach, describe, expect, it, vi } from 'vitest'
import type { Json, JsonObject } from '../../src/core/json.ts'
import { DEFAULT_RETENTION_DAYS } from '../../src/execution/retention.ts'
import { createExecutionHistory } from '../../src/history/execution-history.ts'
import { apiOf, testApp } from '../support/api.ts'
import {
  executionOf,
  fireAlarm,
  holdTime,
  newId,
  passTime,
  settle,
  startExecution,
  storedKeys,
  stubOf,
  told,
  view,
} from '../support/execution.ts'
import { Meter, replaceEnv } from '../support/meter.ts'
import { Outside } from '../support/outside.ts'
import { graph, success } from '../support/run.ts'
import { storeWorkflow } from '../support/stored.ts'

const MIB = 1024 * 1024
const DAY_MS = 24 * 3600 * 1000
const call = (id = 'call', more: JsonObject = {}) => ({ id, type: 'http', config: { url: `https://example.com/${id}` }, ...more })
const value = (id: string, given: Json) => ({ id, type: 'value', config: { value: given } })
const end = { id: 'end', type: 'end', config: {} }
const big = (length = 2 * MIB) => ({ title: 'big', text: 'x'.repeat(length) })

const api = apiOf(testApp())
const stored = async (id: string) => (await env.PAYLOADS.list({ prefix: `executions/${id}/` })).objects.map(({ key }) => key)
async function waitForEnd(id: string) {
  for (;;) {
    const found = await view(id)
    if (!['pending', 'running', 'waiting'].includes(found.status)) return found
    await scheduler.wait(1)
  }
}
afterEach(() => {
  vi.useRealTimers()
  vi.unstubAllGlobals()
  vi.restoreAllMocks()
})

describe('an output above 1 MiB', () => {
  it('lies in R2, is read by expressions, passed on and shown by reference', async () => {
    new Outside(() => Response.json(big()))
    const id = newId()
    await startExecution(
      id,
      graph([call(), value('v', '{{ outputs.call.body.title }}'), { ...end, join: 'all' }], ['call>end', 'call>v']),
    )
    const found = await waitForEnd(id)
    const [key = ''] = await stored(id)
    const hash = key.split('/').at(-1) ?? ''
    const shown = { $payload: `/api/v1/executions/${id}/payloads/${hash}`, size: expect.any(Number) }
    expect(found).toMatchObject({ status: 'completed', final_output: shown, node_results: { call: shown, v: 'big', end: shown } })
    expect(found.node_states.end?.input_data).toEqual({ call: shown })
    expect(JSON.stringify(found)).not.toContain('"mark"')
    expect(await stored(id)).toHaveLength(1)
    const rows = await runInDurableObject(stubOf(id), (_, { storage }) =>
      [...storage.kv.list<Uint8Array>()].map(([, row]) => row.length),
    )
    expect(Math.max(...rows)).toBeLessThan(10_000)
    const answer = await api('GET', `/executions/${id}/payloads/${hash}`)
    expect(answer).toMatchObject({ status: 200, body: { success: true, data: { status: 200, body: big() } } })
    expect(await api('GET', `/executions/${id}/payloads/${hash}?community_id=other`)).toMatchObject({ status: 404 })
  })

  it('is read after an eviction too, from the state that the journal tells', async () => {
    new Outside(() => Response.json(big()))
    const id = newId()
    const wait = { id: 'wait', type: 'wait-for-event', config: { event: 'go', match: 'payload == input.body.title' } }
    await startExecution(id, graph([call(), wait, value('v', '{{ outputs.call.body.text.size() }}')], ['call>wait', 'wait>v']))
    await untilTold(id, 'node.waiting wait')
    await evictDurableObject(stubOf(id))
    const signal = { type: 'signal', name: 'go', key: null, by: 'me' } as const
    expect(await executionOf(id).control('default', { ...signal, payload: 'big' })).toMatchObject({
      kind: 'done',
      deliveredTo: 'wait',
    })
    expect(await view(id)).toMatchObject({ status: 'completed', final_output: 2 * MIB })
  })

  it('of 10 MiB flows through', async () => {
    new Outside(() => Response.json(big(10 * MIB - 100)))
    const id = newId()
    await startExecution(id, graph([call(), value('v', '{{ outputs.call.body.text.size() }}')], ['call>v']))
    expect(await waitForEnd(id)).toMatchObject({ status: 'completed', final_output: 10 * MIB - 100 })
  })

  it('is captured as a reference', async () => {
    new Outside(() => Response.json(big()))
    const id = newId()
    await startExecution(id, graph([call(), end], ['call>end']), { identity: { captureIo: true } })
    await waitForEnd(id)
    const page = await executionOf(id).events('default', { after: 0, limit: 100 })
    const text = JSON.stringify(page)
    expect(text).toContain(`/api/v1/executions/${id}/payloads/`)
    expect(text).not.toContain('"mark"')
  })
})

describe('an object that is gone or is another', () => {
  const waiting = graph(
    [call(), { id: 'wait', type: 'delay', config: { delay_seconds: 60 } }, value('v', '{{ outputs.call.body.title }}')],
    ['call>wait', 'wait>v'],
  )

  async function startedWith(change: (key: string) => Promise<unknown>): Promise<string> {
    new Outside(() => Response.json(big()))
    const id = newId()
    await startExecution(id, waiting)
    await untilTold(id, 'node.waiting wait')
    const [key = ''] = await stored(id)
    await change(key)
    holdTime()
    passTime(61_000)
    await fireAlarm(id)
    return id
  }

  it.each([
    ['gone', (key: string) => env.PAYLOADS.delete(key)],
    ['shorter', (key: string) => env.PAYLOADS.put(key, '{}')],
    ['of the same size', async (key: string) => env.PAYLOADS.put(key, ' '.repeat((await env.PAYLOADS.head(key))?.size ?? 0))],
  ])('fails the node that needs it, and is a 404 (%s)', async (_, change) => {
    const id = await startedWith(change)
    const found = await view(id)
    expect(found).toMatchObject({ status: 'failed', error_node_id: 'v', errors: [{ code: 'PAYLOAD_LOST' }] })
    const reference = (found.node_results.call as { $payload: string }).$payload.replace('/api/v1', '')
    expect(await api('GET', reference)).toMatchObject({ status: 404, body: { error_code: 'NOT_FOUND' } })
  })
})

describe('R2 that cannot be reached', () => {
  const waiting = graph(
    [call(), { id: 'wait', type: 'delay', config: { delay_seconds: 60 } }, value('v', '{{ outputs.call.body.title }}')],
    ['call>wait', 'wait>v'],
  )
  const down = { get: () => Promise.reject(new Error('R2 is down')) }

  it('is asked again; the execution goes on when it is back', async () => {
    new Outside(() => Response.json(big()))
    const id = newId()
    await startExecution(id, waiting)
    await untilTold(id, 'node.waiting wait')
    await replaceEnv(id, { PAYLOADS: down })
    holdTime()
    passTime(61_000)
    await fireAlarm(id)
    expect(await view(id)).toMatchObject({ status: 'waiting' })
    await evictDurableObject(stubOf(id))
    await fireAlarm(id)
    expect(await view(id)).toMatchObject({ status: 'completed', final_output: 'big' })
  })

  it('does not keep an execution from being cancelled', async () => {
    new Outside(() => Response.json(big()))
    const id = newId()
    await startExecution(id, waiting)
    await untilTold(id, 'node.waiting wait')
    await replaceEnv(id, { PAYLOADS: down })
    expect(await executionOf(id).control('default', { type: 'cancel', by: 'me', reason: null })).toMatchObject({ kind: 'done' })
  })
})

describe('a child', () => {
  it.each<[string, JsonObject]>([
    ['a reference', graph([call(), end], ['call>end'])],
    [
      'several ends that are too much together',
      graph(
        ['a', 'b', 'c'].map((id) => ({ id, type: 'end', config: { output: '{{ inputs.text }}' } })),
        [],
      ),
    ],
  ])('gives what lies outside to its parent, under whose key it lies then: %s', async (name, definition) => {
    new Outside(() => Response.json(big()))
    const workflowId = `child-${name.length}`
    await storeWorkflow(workflowId, definition)
    const id = newId()
    const node = { id: 'w', type: 'workflow', config: { workflow_id: workflowId, inputs: { text: '{{ inputs.text }}' } } }
    await startExecution(id, graph([node, value('v', '{{ outputs.w.?body.?title.orValue(size(outputs.w)) }}')], ['w>v']), {
      inputs: { text: 'y'.repeat(500_000) },
    })
    expect(await waitForEnd(id)).toMatchObject({ status: 'completed', final_output: name === 'a reference' ? 'big' : 3 })
    expect(await stored(id)).toHaveLength(1)
  })
})

describe('the end of an execution', () => {
  const retained = DEFAULT_RETENTION_DAYS * DAY_MS + 1_000

  /** History has heard of the end, and the date has come. */
  async function expire(id: string, meter: Meter): Promise<void> {
    await createExecutionHistory(env.DB).save(meter.history)
    holdTime()
    passTime(retained)
    await fireAlarm(id)
  }

  async function metered(): Promise<{ readonly id: string; readonly meter: Meter }> {
    const id = newId()
    const meter = new Meter()
    await meter.attach(id)
    return { id, meter }
  }

  it('takes everything under it along: outputs, strays, stranded settlements, in pages; nothing of another', async () => {
    new Outside(() => Response.json(big()))
    const { id, meter } = await metered()
    await startExecution(id, graph([call(), end], ['call>end']))
    await waitForEnd(id)
    const strays = Array.from({ length: 5 }, (_, index) => `executions/${id}/stray${index}`)
    for (const key of [...strays, `executions/${id}/settlements/1.call.1.json`, `executions/${id}0/other`])
      await env.PAYLOADS.put(key, '1')
    const list = vi.fn((options: R2ListOptions) => env.PAYLOADS.list({ ...options, limit: 3 }))
    await replaceEnv(id, { PAYLOADS: { list, delete: (keys: string[]) => env.PAYLOADS.delete(keys) } })
    await expire(id, meter)
    expect(await storedKeys(id)).toEqual([])
    expect(await stored(id)).toEqual([])
    expect(list).toHaveBeenCalledTimes(3)
    expect(await env.PAYLOADS.head(`executions/${id}0/other`)).not.toBeNull()
  })

  it('asks nothing of R2 where nothing lies there', async () => {
    const { id, meter } = await metered()
    await startExecution(id, graph([call()], []))
    await settle(id, 'call', success(1))
    const list = vi.fn()
    await replaceEnv(id, { PAYLOADS: { list } })
    await expire(id, meter)
    expect(await storedKeys(id)).toEqual([])
    expect(list).not.toHaveBeenCalled()
  })

  it('waits for R2', async () => {
    const { id, meter } = await metered()
    await startExecution(id, graph([call()], []))
    await executionOf(id).control('default', { type: 'cancel', by: 'me', reason: null })
    await replaceEnv(id, { PAYLOADS: { list: () => Promise.reject(new Error('R2 is down')) } })
    await expire(id, meter)
    expect(await storedKeys(id)).not.toEqual([])
    await evictDurableObject(stubOf(id))
    await fireAlarm(id)
    expect(await storedKeys(id)).toEqual([])
  })
})

async function untilTold(id: string, event: string): Promise<void> {
  while (!(await told(id)).includes(event)) await scheduler.wait(1)
}
