// Scenarios that need the real object: it dies between two steps, or two of its ways in meet.
import { abortAllDurableObjects, evictDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { Json, JsonObject } from '../../src/core/json.ts'
import type { ControlAnswer, ControlCommand } from '../../src/execution/contract.ts'
import { createExecutionHistory } from '../../src/history/execution-history.ts'
import type { ExecutionView } from '../../src/history/execution-view.ts'
import type { NodePage } from '../../src/history/node-list.ts'
import {
  alarmOf,
  executionOf,
  fireAlarm,
  holdTime,
  newId,
  passTime,
  settle,
  startExecution,
  stubOf,
  told,
  view,
} from '../support/execution.ts'
import { endOf } from '../support/listener.ts'
import { body, each } from '../support/loops.ts'
import { Meter } from '../support/meter.ts'
import { Outside, untilPresent } from '../support/outside.ts'
import { failure, graph, success } from '../support/run.ts'
import { delay, everySeconds, FINAL, PAUSE, RECOVER, RESUME, signal, starts, wait } from '../support/scenario.ts'
import { storeWorkflow } from '../support/stored.ts'
import { http, underWay } from '../support/under-way.ts'

beforeEach(() => void holdTime())
afterEach(() => {
  vi.useRealTimers()
  vi.unstubAllGlobals()
  vi.restoreAllMocks()
})

const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS
const history = createExecutionHistory(env.DB)

const control = (id: string, command: ControlCommand): Promise<ControlAnswer> => executionOf(id).control('default', command)
/** The commands of the core's scenarios are those of callers too. */
const send = (id: string, command: { readonly type: string }) => control(id, command as ControlCommand)

const crashes = [
  { crash: 'an eviction', strike: (id: string) => evictDurableObject(stubOf(id)) },
  { crash: 'an abort', strike: () => abortAllDurableObjects() },
]

describe.each(crashes)('$crash', ({ strike }) => {
  it('while a node of an iteration waits for its retry: it is made at its moment under its key, and no sibling again', async () => {
    const outside = new Outside()
    const id = newId()
    await startExecution(id, graph([each(body([http('f', { retry: everySeconds(60) })]))], []), { inputs: { list: [1, 2] } })
    await outside.request(1)
    await settle(id, 'each[0].f', success('A'))
    await settle(id, 'each[1].f', failure())
    await strike(id)
    passTime(59_999)
    await fireAlarm(id)
    expect(outside.requests).toHaveLength(2)
    await strike(id)
    passTime(1)
    await fireAlarm(id)
    await outside.request(2)
    await settle(id, 'each[1].f', success('B'), { attempt: 2 })
    expect(await view(id)).toMatchObject({ status: 'completed', final_output: ['A', 'B'] })
    expect(outside.keys().at(-1)).toBe(`${id}.each[1].f.1`)
    expect((await told(id)).filter((line) => line === 'node.started each[0].f')).toHaveLength(1)
  })

  it('of an execution that sleeps for a year moves its alarm by nothing', async () => {
    const id = newId()
    const due = Date.now() + 365 * DAY_MS
    await startExecution(id, graph([delay('d', 365 * 24 * 3600)], []))
    // The first alarm asks whether history has heard of it.
    await vi.waitFor(async () => expect(await history.getStamp(id)).toMatchObject({ status: 'waiting' }), { timeout: 4_000 })
    passTime(60_000)
    await fireAlarm(id)
    expect(await alarmOf(id)).toBe(due)
    await strike(id)
    expect((await view(id)).status).toBe('waiting')
    expect(await alarmOf(id)).toBe(due)
    vi.setSystemTime(due)
    await fireAlarm(id)
    expect((await view(id)).status).toBe('completed')
  })

  it('right after an event was taken: it is in the journal, and what follows is done once', async () => {
    const outside = new Outside()
    const id = newId()
    await startExecution(id, graph([wait('w', { timeout_seconds: 60 }), http('a'), delay('d', 3600)], ['w>a', 'a>d']))
    await send(id, signal({ amount: 2 }))
    await outside.request(0)
    await settle(id, 'a', success())
    await strike(id)
    passTime(60_000)
    await fireAlarm(id)
    expect(await view(id)).toMatchObject({
      status: 'waiting',
      node_results: { w: { amount: 2 } },
      node_states: { w: { status: 'completed' }, a: { attempt: 1 }, d: { status: 'waiting' } },
    })
    expect((await told(id)).filter((line) => line === 'node.completed w')).toHaveLength(1)
  })

  it('while it is paused: it stays so, and a lost attempt is made again on resume, under the same key', async () => {
    const id = await underWay(graph([http('a')], []))
    await send(id, PAUSE)
    await strike(id)
    passTime(HOUR_MS)
    await fireAlarm(id)
    expect((await view(id)).status).toBe('paused')
    await strike(id)
    expect(await send(id, RESUME)).toMatchObject({ kind: 'done', status: 'running' })
    expect((await told(id)).filter((line) => line === 'node.started a')).toHaveLength(2)
    const outside = new Outside(() => Response.json(1))
    passTime(30_000)
    await fireAlarm(id)
    expect(await endOf(id)).toBe('completed')
    expect(outside.keys().every((key) => key === `${id}.a.1`)).toBe(true)
  })
})

describe('an attempt on the task queue while its execution is paused', () => {
  it('is not begun; it is announced again on resume, and begun once', async () => {
    const id = newId()
    const meter = new Meter()
    await meter.attach(id)
    await startExecution(id, graph([http('a', { timeout_seconds: 60 })], []))
    const claim = () => executionOf(id).claim({ epoch: 1, node: 'a', attempt: 1 })
    await send(id, PAUSE)
    expect(await claim()).toEqual({ kind: 'superseded' })
    expect(await told(id)).not.toContain('node.claimed a')
    await send(id, RESUME)
    expect(meter.tasks).toHaveLength(2)
    expect(await claim()).toMatchObject({ kind: 'work' })
    expect(await claim()).toEqual({ kind: 'superseded' })
  })
})

describe('three levels of workflows', () => {
  const childIn = ({ node_states }: ExecutionView): string | undefined => {
    const id = node_states.call?.metadata.execution_id
    return typeof id === 'string' ? id : undefined
  }
  /** The child that the node `call` waits for, now or when it does. */
  async function childOf(id: string): Promise<string> {
    for (let found = childIn(await view(id)); ; found = childIn(await view(id))) {
      if (found !== undefined) return found
      await untilPresent(() => true)
    }
  }
  const statusOf = async (id: string) => (await view(id)).status
  const reach = (id: string, status: string) => vi.waitFor(async () => expect(await statusOf(id)).toBe(status))

  async function family(leaf: JsonObject): Promise<string> {
    await storeWorkflow('leaf', leaf)
    await storeWorkflow('middle', graph([starts('call', { workflow_id: 'leaf' })], []))
    const root = newId()
    await startExecution(root, graph([starts('call', { workflow_id: 'middle' })], []))
    return root
  }

  it('all wait for the leaf, and are all cancelled with the root', async () => {
    const root = await family(graph([delay('d', 3600)], []))
    const middle = await childOf(root)
    const leaf = await childOf(middle)
    expect(await view(root)).toMatchObject({
      status: 'waiting',
      node_states: { call: { status: 'waiting', blocked_on: { kind: 'child', detail: expect.stringContaining(middle) } } },
    })
    expect(await control(root, { type: 'cancel', by: 'op', reason: null })).toMatchObject({ kind: 'done', status: 'cancelled' })
    await reach(middle, 'cancelled')
    await reach(leaf, 'cancelled')
    passTime(2 * HOUR_MS)
    await fireAlarm(leaf)
    expect(await view(leaf)).toMatchObject({ status: 'cancelled', node_states: { d: { status: 'cancelled' } } })
  })

  it('fail one after another, and the root tells why the leaf did', async () => {
    const root = await family(graph([{ id: 'f', type: 'fail', config: { code: 'OUT_OF_STOCK', message: 'none' } }], []))
    await reach(root, 'failed')
    expect((await view(root)).errors).toMatchObject([
      {
        node_id: 'call',
        code: 'CHILD_FAILED',
        cause: { status: 'failed', error: { code: 'CHILD_FAILED', cause: { error: { code: 'OUT_OF_STOCK' } } } },
      },
    ])
  })
})

describe('who hears of an end', () => {
  const settings = { settings: { error_workflow: 'on-error' } }
  const caught = graph([http('a'), { id: 'z', config: { value: 1 } }], ['a:error>z'], settings)

  it.each([
    ['cancelled', (id: string) => control(id, { type: 'cancel', by: 'op', reason: null })],
    ['completed', (id: string) => settle(id, 'a', FINAL)],
  ])('of one that is %s no error workflow, and history has it as that alone', async (status, finish) => {
    const id = await underWay(caught)
    const meter = new Meter()
    await meter.attach(id)
    await finish(id)
    expect((await view(id)).status).toBe(status)
    expect(meter.history.at(-1)).toMatchObject({ status })
    expect(meter.history.every((message) => !('error_workflow' in message))).toBe(true)
  })
})

describe('any text', () => {
  const TEXT = `NUL \u0000, \ud83d\ude00, ${'ü'.repeat(2_000)}`

  it('in an error survives the journal, an eviction and every answer', async () => {
    const id = await underWay(graph([http('a')], []))
    await settle(id, 'a', failure({ code: 'HTTP_STATUS', message: TEXT, retryable: false }))
    await evictDurableObject(stubOf(id))
    expect(await view(id)).toMatchObject({ status: 'failed', error_message: TEXT, node_states: { a: { error: TEXT } } })
  })
})

describe('a large value that comes from outside', () => {
  it('is shown by reference and whole in expressions', async () => {
    const id = newId()
    const nodes = [wait('w'), { id: 'size', config: { value: '{{ size(input.text) }}' } }]
    await startExecution(id, graph(nodes, ['w>size']))
    const payload: Json = { text: 'x'.repeat(100_000) }
    await send(id, signal(payload))
    const found = await view(id)
    expect(found).toMatchObject({ status: 'completed', final_output: 100_000 })
    expect(found.node_results.w).toMatchObject({ $payload: expect.stringContaining(id), size: expect.any(Number) })
  })
})

describe('the list of nodes', () => {
  it('is paged alike while the execution goes on: each node once, in order', async () => {
    const id = newId()
    await startExecution(id, graph([each(body([wait('w')]), { concurrency: 2 })], []), { inputs: { list: [0, 1, 2, 3] } })
    const paths: string[] = []
    let cursor: string | null = null
    do {
      const query = { prefix: 'each', status: null, limit: 1, cursor, includeLogs: false }
      const page: NodePage | null = await executionOf(id).nodes('default', query)
      if (page?.kind !== 'page') throw new Error(`no page: ${page?.kind}`)
      paths.push(...page.nodes.map(({ node_id }) => node_id))
      cursor = page.next
      await send(id, signal())
    } while (cursor !== null)
    expect(paths).toEqual([...new Set(paths)])
    expect(paths.filter((path) => path.endsWith('.w'))).toEqual([0, 1, 2, 3].map((index) => `each[${index}].w`))
  })
})

describe('a start that is repeated under its key', () => {
  it('after a recover gives the same execution, as it stands now', async () => {
    const id = newId()
    const definition = graph([http('a'), http('b')], ['a>b'])
    const more = { identity: { idempotency: { key: 'k', bodyHash: 'h' } } }
    new Outside()
    await startExecution(id, definition, more)
    await settle(id, 'a', FINAL)
    expect(await startExecution(id, definition, more)).toMatchObject({ kind: 'replayed', summary: { status: 'failed' } })
    await send(id, RECOVER)
    expect(await startExecution(id, definition, more)).toMatchObject({ kind: 'replayed', summary: { status: 'running' } })
  })
})

describe('an event and the alarm of its time out, both at once', () => {
  it('take one way, and an event that came too late serves the next wait', async () => {
    const id = newId()
    const nodes = [wait('w', { timeout_seconds: 10 }), wait('again'), { id: 'z', config: { value: '{{ input }}' } }]
    await startExecution(id, graph(nodes, ['w:timeout>again', 'w>z']))
    passTime(10_000)
    await Promise.all([fireAlarm(id), send(id, signal('paid'))])
    const { node_states: states } = await view(id)
    const ways = [states.z?.status, states.again?.status]
    expect([
      ['completed', 'skipped'],
      ['skipped', 'completed'],
    ]).toContainEqual(ways)
    expect((await told(id)).filter((line) => line === 'node.completed w')).toHaveLength(1)
  })
})
