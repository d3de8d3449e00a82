// Executions that start each other, as real objects over real stores: down go cancels, up go ends, and nothing is lost on the way.
import { abortAllDurableObjects, evictDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { afterEach, describe, expect, it, vi } from 'vitest'
import type { ParentNode } from '../../src/core/event.ts'
import type { JsonObject } from '../../src/core/json.ts'
import { Execution } from '../../src/execution/execution.ts'
import { createExecutionHistory } from '../../src/history/execution-history.ts'
import type { ExecutionView } from '../../src/history/execution-view.ts'
import { Runner } from '../../src/runner/runner.ts'
import {
  alarmOf,
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
import { endOf } from '../support/listener.ts'
import { Meter, replaceEnv } from '../support/meter.ts'
import { Outside, untilPresent } from '../support/outside.ts'
import { graph } from '../support/run.ts'
import { removeWorkflow, storeWorkflow } from '../support/stored.ts'
import { http } from '../support/under-way.ts'

afterEach(() => {
  vi.useRealTimers()
  vi.unstubAllGlobals()
  vi.restoreAllMocks()
})

const HOUR_MS = 3_600_000
const calls = (workflowId: string, config: JsonObject = {}, more: JsonObject = {}): JsonObject => ({
  id: 'call',
  type: 'workflow',
  config: { workflow_id: workflowId, ...config },
  ...more,
})
const parentOf = (workflowId: string, config: JsonObject = {}, more: JsonObject = {}) =>
  graph([calls(workflowId, config, more)], [])

const pause = (seconds = 3_600): JsonObject => ({ id: 'pause', type: 'delay', config: { delay_seconds: seconds } })
const sleeper = graph([pause(), { id: 'z', config: { value: 'slept' } }], ['pause>z'])
const double = graph([{ id: 'a', type: 'end', config: { output: '{{ inputs.n * 2 }}' } }], [])
const failing = graph([{ id: 'f', type: 'fail', config: { code: 'OUT_OF_STOCK', message: 'none left' } }], [])

const childIn = ({ node_states }: ExecutionView, node = 'call'): string | null => {
  const id = node_states[node]?.metadata.execution_id
  return typeof id === 'string' ? id : null
}

/** The id of the child that a node waits for, now or when it does. */
async function childOf(id: string, node = 'call'): Promise<string> {
  for (;;) {
    const found = childIn(await view(id), node)
    if (found !== null) return found
    await scheduler.wait(1)
  }
}

const statusOf = async (id: string) => (await view(id)).status
const reach = (id: string, status: string) => vi.waitFor(async () => expect(await statusOf(id)).toBe(status), { timeout: 4_000 })

const inHistory = (id: string, status: string) =>
  vi.waitFor(async () => expect(await createExecutionHistory(env.DB).getStamp(id)).toMatchObject({ status }), { timeout: 4_000 })

/** A parent that waits for a child which sleeps. */
async function family(
  config: JsonObject = {},
  more: JsonObject = {},
): Promise<{ readonly parent: string; readonly child: string }> {
  await storeWorkflow('sleeper', sleeper)
  const parent = newId()
  await startExecution(parent, parentOf('sleeper', config, more))
  const child = await childOf(parent)
  return { parent, child }
}

/** No other execution can be reached from this one, until it is evicted. */
async function cutOff(id: string) {
  const call = vi.fn(async () => {
    throw new Error('overloaded')
  })
  const stub = { cancelChild: call, childEnded: call, awaitsChild: call }
  await replaceEnv(id, { EXECUTION: { getByName: () => stub } })
  return call
}

async function awaken(id: string): Promise<void> {
  passTime(HOUR_MS)
  await fireAlarm(id)
}

describe('a child that is waited for', () => {
  it('gives its output to the node, within one turn where it is quick', async () => {
    await storeWorkflow('double', double)
    const id = newId()
    expect(await startExecution(id, parentOf('double', { inputs: { n: 21 } }), { wait: true })).toMatchObject({
      view: { status: 'completed', final_output: 42, node_states: { call: { metadata: { execution_id: expect.any(String) } } } },
    })
  })

  it('is an execution of its own, which tells whose it is', async () => {
    const { parent, child } = await family({ inputs: { a: 1 } })
    expect(await view(child)).toMatchObject({
      execution_id: child,
      workflow_id: 'sleeper',
      workflow_version: 1,
      status: 'waiting',
      parent_execution_id: parent,
      trace_id: 'a'.repeat(32),
      trigger_type: 'workflow',
      variables: { a: 1 },
    })
    expect((await view(parent)).node_states.call).toMatchObject({
      status: 'waiting',
      blocked_on: { kind: 'child', detail: `waits for the execution ${child}` },
      metadata: { execution_id: child },
    })
    expect(await told(parent)).toEqual(['execution.created', 'execution.started', 'node.started call', 'node.waiting call'])
    await vi.waitFor(
      async () =>
        expect(await createExecutionHistory(env.DB).get('default', child)).toMatchObject({
          parent_execution_id: parent,
          trigger_type: 'workflow',
        }),
      { timeout: 4_000 },
    )
  })

  it('ends its parent however long it takes, both evicted in between', async () => {
    holdTime()
    const { parent, child } = await family()
    await evictDurableObject(stubOf(parent))
    await evictDurableObject(stubOf(child))
    await awaken(child)
    expect(await endOf(parent)).toBe('completed')
    expect(await view(parent)).toMatchObject({
      final_output: 'slept',
      node_states: { call: { metadata: { execution_id: child } } },
    })
  })

  it('keeps its version when another one is stored', async () => {
    holdTime()
    const { parent, child } = await family()
    await storeWorkflow('sleeper', graph([{ id: 'z', config: { value: 'awake' } }], []))
    await awaken(child)
    expect(await endOf(parent)).toBe('completed')
    expect((await view(parent)).final_output).toBe('slept')
    const next = newId()
    expect(await startExecution(next, parentOf('sleeper'), { wait: true })).toMatchObject({ view: { final_output: 'awake' } })
    const pinned = newId()
    await startExecution(pinned, parentOf('sleeper', { version: 1 }))
    expect((await view(await childOf(pinned))).workflow_version).toBe(1)
  })

  it('fails its parent with what it failed of', async () => {
    await storeWorkflow('failing', failing)
    await storeWorkflow('between', parentOf('failing'))
    const id = newId()
    await startExecution(id, parentOf('between'))
    expect(await endOf(id)).toBe('failed')
    const found = await view(id)
    const error = `node call: the execution ${childIn(found)} failed: CHILD_FAILED: node call: the execution`
    expect(found).toMatchObject({ error_node_id: 'call', error_message: expect.stringContaining(error) })
    expect(found.error_message).toMatch(/OUT_OF_STOCK: none left$/)
  })

  it('fails its parent where somebody cancels it', async () => {
    const { parent, child } = await family()
    await executionOf(child).control('default', { type: 'cancel', by: 'ada', reason: null })
    await reach(parent, 'failed')
    expect(await view(parent)).toMatchObject({ error_message: `node call: the execution ${child} cancelled` })
  })

  it('does not exist to another community', async () => {
    const id = newId()
    await storeWorkflow('sleeper', sleeper)
    await startExecution(id, parentOf('sleeper'), { identity: { communityId: 'other' } })
    await vi.waitFor(async () =>
      expect(await executionOf(id).get('other', { includeLogs: false, includeMetrics: false })).toMatchObject({
        status: 'failed',
        error_message: 'There is no workflow sleeper.',
      }),
    )
  })
})

describe('a child that is not waited for', () => {
  it('is all that the node gives, and goes on without its parent', async () => {
    await storeWorkflow('sleeper', sleeper)
    const id = newId()
    await startExecution(id, graph([calls('sleeper', { wait: false }), pause()], ['call>pause']))
    const child = await childOf(id)
    expect((await view(id)).node_results).toEqual({ call: { execution_id: child } })
    await executionOf(id).control('default', { type: 'cancel', by: 'ada', reason: null })
    expect(await view(child)).toMatchObject({ status: 'waiting', parent_execution_id: id })
    await executionOf(child).control('default', { type: 'cancel', by: 'ada', reason: null })
    expect(await statusOf(id)).toBe('cancelled')
  })
})

describe('a parent that lets go of its child', () => {
  it.each([
    ['is cancelled', {}, (id: string) => executionOf(id).control('default', { type: 'cancel', by: 'ada', reason: null })],
    ['fails', {}, (id: string) => settle(id, 'a', { kind: 'failed', error: { code: 'X', message: 'x', retryable: false } })],
    [
      'is over time',
      { settings: { timeout_seconds: 60 } },
      async (id: string) => {
        passTime(60_000)
        await fireAlarm(id)
      },
    ],
    [
      'waits no longer',
      { timeout_seconds: 30, retry: { strategy: 'none' } },
      async (id: string) => {
        passTime(30_000)
        await fireAlarm(id)
      },
    ],
  ])('because it %s has it cancelled, and what is below', async (_, { settings, ...node }: JsonObject, strike) => {
    holdTime()
    new Outside()
    await storeWorkflow('sleeper', sleeper)
    await storeWorkflow('middle', parentOf('sleeper'))
    const id = newId()
    await startExecution(id, graph([calls('middle', {}, node), http('a')], [], settings === undefined ? {} : { settings }))
    const middle = await childOf(id)
    const lowest = await childOf(middle)
    await strike(id)
    await reach(lowest, 'cancelled')
    expect(await statusOf(middle)).toBe('cancelled')
    expect(childIn(await view(id))).toBe(middle)
  })

  it('has those of all items cancelled when one fails', async () => {
    await storeWorkflow(
      'by-item',
      graph(
        [
          pause(),
          { id: 'f', type: 'fail', config: { message: 'no' } },
          { id: 'is', type: 'condition', config: { condition: 'inputs.bad' } },
        ],
        ['is:false>pause', 'is:true>f'],
      ),
    )
    const each = { id: 'each', type: 'for-each', config: { items: 'inputs.items', workflow_id: 'by-item' } }
    const id = newId()
    await startExecution(id, graph([each], []), { inputs: { items: [{ bad: false }, { bad: false }, { bad: true }] } })
    expect(await endOf(id)).toBe('failed')
    expect((await told(id)).filter((line) => line.startsWith('iteration.cancelled'))).toHaveLength(2)
    const children = (
      await createExecutionHistory(env.DB).list({
        communityId: 'default',
        page: 1,
        perPage: 100,
        sortBy: 'start_time',
        sortOrder: 'desc',
        now: Date.now(),
      })
    ).items
    expect(children.filter(({ parent_execution_id, status }) => parent_execution_id === id && status === 'waiting')).toEqual([])
  })

  it('asks again, also from another incarnation, until the child has heard', async () => {
    holdTime()
    vi.spyOn(console, 'error').mockImplementation(() => {})
    const { parent, child } = await family()
    const cancelChild = await cutOff(parent)
    await executionOf(parent).control('default', { type: 'cancel', by: 'ada', reason: null })
    passTime(60_000)
    await fireAlarm(parent)
    expect(cancelChild).toHaveBeenCalledTimes(2)
    expect(await statusOf(child)).toBe('waiting')
    await evictDurableObject(stubOf(parent))
    passTime(60_000)
    await fireAlarm(parent)
    await reach(child, 'cancelled')
  })

  it('asks again within a minute where it goes on itself for longer', async () => {
    holdTime()
    vi.spyOn(console, 'error').mockImplementation(() => {})
    await storeWorkflow('sleeper', sleeper)
    const parent = newId()
    const call = calls('sleeper', {}, { timeout_seconds: 30, retry: { strategy: 'none' }, on_error: 'continue' })
    await startExecution(parent, graph([call, pause()], []))
    const child = await childOf(parent)
    await inHistory(parent, 'waiting')
    await cutOff(parent)
    for (let ring = 0; ring < 3; ring += 1) {
      passTime(30_000)
      await fireAlarm(parent)
      expect(((await alarmOf(parent)) ?? 0) - Date.now()).toBeLessThanOrEqual(60_000)
    }
    await evictDurableObject(stubOf(parent))
    passTime(60_000)
    await fireAlarm(parent)
    await reach(child, 'cancelled')
    expect(await statusOf(parent)).toBe('waiting')
  })
})

describe('the end of a child', () => {
  it('is told until it is heard, and the child is kept that long, whatever its retention', { timeout: 10_000 }, async () => {
    holdTime()
    vi.spyOn(console, 'error').mockImplementation(() => {})
    await storeWorkflow('short-lived', { ...sleeper, settings: { retention_days: 0.001 } })
    const parent = newId()
    await startExecution(parent, parentOf('short-lived'))
    const child = await childOf(parent)
    await cutOff(child)
    await awaken(child)
    for (let ring = 0; ring < 5; ring += 1) {
      passTime(HOUR_MS)
      await evictDurableObject(stubOf(child))
      await cutOff(child)
      await fireAlarm(child)
    }
    expect(await statusOf(child)).toBe('completed')
    await evictDurableObject(stubOf(child))
    passTime(HOUR_MS)
    await fireAlarm(child)
    expect(await endOf(parent)).toBe('completed')
    // Once history has it too.
    const gone = async () => {
      passTime(HOUR_MS)
      await fireAlarm(child)
      expect(await storedKeys(child)).toEqual([])
    }
    await vi.waitFor(gone, { timeout: 8_000 })
  })

  it('is heard once, however often it is told, and not from anybody else', async () => {
    const { parent, child } = await family()
    const from = (over: Partial<ParentNode> = {}): ParentNode => ({
      executionId: parent,
      epoch: 1,
      node: 'call',
      failures: 0,
      ...over,
    })
    const tell = (executionId: string, as = from(), communityId = 'default') =>
      executionOf(parent).childEnded({ communityId, parent: as, executionId, end: { status: 'completed', output: executionId } })
    expect(await tell(child, from(), 'other')).toEqual({ kind: 'heard' })
    expect(await tell('ffffffffffffffff')).toEqual({ kind: 'heard' })
    expect(await tell(child, from({ node: 'x' }))).toEqual({ kind: 'heard' })
    expect(await statusOf(parent)).toBe('waiting')
    expect(await Promise.all([tell(child), tell(child)])).toEqual([{ kind: 'heard' }, { kind: 'heard' }])
    expect(await view(parent)).toMatchObject({ status: 'completed', final_output: child })
    const before = await told(parent)
    await tell(child)
    expect(await told(parent)).toEqual(before)
  })

  it('told to an execution that is gone leaves nothing there', async () => {
    const id = newId()
    const parent = { executionId: id, epoch: 1, node: 'call', failures: 0 }
    const end = { status: 'completed', output: 1 } as const
    expect(await executionOf(id).childEnded({ communityId: 'default', parent, executionId: newId(), end })).toEqual({
      kind: 'heard',
    })
    expect(await storedKeys(id)).toEqual([])
    expect(await alarmOf(id)).toBeNull()
  })
})

describe('an attempt that is lost', () => {
  const LEASE_MS = 30_000

  /** Its answer is, not the child that it started. */
  async function lost(workflowId: string, more: JsonObject = {}) {
    const run = Runner.prototype.run
    const ids: string[] = []
    const spy = vi.spyOn(Runner.prototype, 'run').mockImplementation(async function (this: Runner, task) {
      const answer = await run.call(this, task)
      if (answer.kind === 'settled' && answer.result.kind === 'child') ids.push(answer.result.executionId)
      return { kind: 'running' }
    })
    const parent = newId()
    await startExecution(parent, parentOf(workflowId, {}, more))
    const child = await untilPresent(() => ids[0])
    return { parent, child, ids, hearAgain: () => spy.mockRestore() }
  }

  it('is followed by one that finds its child, though the workflow is gone', async () => {
    holdTime()
    await storeWorkflow('soon-gone', sleeper)
    const { parent, child, hearAgain } = await lost('soon-gone')
    await removeWorkflow('soon-gone')
    hearAgain()
    await evictDurableObject(stubOf(parent))
    passTime(LEASE_MS)
    await fireAlarm(parent)
    expect(await childOf(parent)).toBe(child)
    await awaken(child)
    expect(await endOf(parent)).toBe('completed')
  })

  it('has its end all the same where the child ends before its parent knows how it is called', async () => {
    await storeWorkflow('double', double)
    const { parent, child } = await lost('double')
    await reach(parent, 'failed')
    expect(childIn(await view(parent))).toBe(child)
  })

  it('leaves a child that ends while its parent is paused to the next one, however short it is kept', {
    timeout: 10_000,
  }, async () => {
    holdTime()
    await storeWorkflow('short-lived', { ...sleeper, settings: { retention_days: 0.001 } })
    const { parent, child, hearAgain } = await lost('short-lived')
    await executionOf(parent).control('default', { type: 'pause', by: 'ada', reason: null })
    passTime(LEASE_MS)
    await fireAlarm(parent)
    await awaken(child)
    await inHistory(child, 'completed')
    for (let ring = 0; ring < 3; ring += 1) {
      passTime(HOUR_MS)
      await fireAlarm(child)
    }
    expect(await statusOf(child)).toBe('completed')
    hearAgain()
    await executionOf(parent).control('default', { type: 'resume', by: 'ada' })
    expect(await endOf(parent)).toBe('completed')
    expect(childIn(await view(parent))).toBe(child)
  })

  it('leaves no child behind that runs for nobody, once its parent is done', async () => {
    holdTime()
    await storeWorkflow('sleeper', sleeper)
    const { parent, child } = await lost('sleeper')
    await executionOf(parent).control('default', { type: 'cancel', by: 'ada', reason: null })
    expect(await statusOf(child)).toBe('waiting')
    passTime(60_000)
    await fireAlarm(child)
    expect(await statusOf(child)).toBe('cancelled')
    expect((await told(child)).at(-1)).toBe('execution.cancelled')
  })

  it('that settles too late takes no child from the next one', async () => {
    holdTime()
    await storeWorkflow('sleeper', sleeper)
    const { parent, child, ids } = await lost('sleeper')
    passTime(LEASE_MS)
    await fireAlarm(parent)
    await untilPresent(() => ids[1])
    expect(ids).toEqual([child, child])
    expect(await settle(parent, 'call', { kind: 'child', executionId: child })).toEqual({
      kind: 'ignored',
      reason: 'SUPERSEDED_ATTEMPT',
    })
    expect(await settle(parent, 'call', { kind: 'child', executionId: child }, { attempt: 2 })).toEqual({ kind: 'accepted' })
    await awaken(child)
    expect(await endOf(parent)).toBe('completed')
  })

  it('by an abort of everything starts no second child', async () => {
    holdTime()
    await storeWorkflow('sleeper', sleeper)
    const { parent, child, hearAgain } = await lost('sleeper')
    hearAgain()
    await abortAllDurableObjects()
    passTime(LEASE_MS)
    await fireAlarm(parent)
    expect(await childOf(parent)).toBe(child)
    expect(await told(child)).toHaveLength(3)
  })
})

describe('a child whose parent knows it', () => {
  it('asks once in each incarnation, and goes on', async () => {
    holdTime()
    const { child } = await family()
    const meter = new Meter()
    passTime(60_000)
    await fireAlarm(child)
    passTime(60_000)
    await fireAlarm(child)
    expect(meter.requests()).toMatchObject({ awaitsChild: 1 })
    expect(await statusOf(child)).toBe('waiting')
  })

  it('and which somebody has recovered runs for whoever did', async () => {
    holdTime()
    const outside = new Outside()
    await storeWorkflow('again', graph([http('a', { timeout_seconds: 20 })], []))
    const parent = newId()
    await startExecution(parent, parentOf('again'))
    const child = await childOf(parent)
    await settle(child, 'a', { kind: 'failed', error: { code: 'X', message: 'x', retryable: false } })
    await reach(parent, 'failed')
    await executionOf(child).control('default', { type: 'recover', by: 'ada' })
    await outside.request(1)
    passTime(120_000)
    await fireAlarm(child)
    expect(await statusOf(child)).toBe('running')
  })
})

describe('a node that runs again', () => {
  it('after a failure starts another child', async () => {
    holdTime()
    await storeWorkflow('failing', failing)
    const retry = { strategy: 'fixed', initial_delay_ms: 1_000, jitter: 'none', max_attempts: 2, retry_on: ['CHILD_FAILED'] }
    const id = newId()
    await startExecution(id, parentOf('failing', {}, { retry }))
    await reach(id, 'waiting')
    const first = childIn(await view(id))
    passTime(1_000)
    await fireAlarm(id)
    await reach(id, 'failed')
    const second = childIn(await view(id))
    expect(new Set([first, second, null]).size).toBe(3)
  })

  it('on purpose starts another child', async () => {
    await storeWorkflow('once-bad', failing)
    const id = newId()
    await startExecution(id, parentOf('once-bad'))
    await reach(id, 'failed')
    const first = childIn(await view(id))
    await storeWorkflow('once-bad', graph([{ id: 'a', config: { value: 'good' } }], []))
    await executionOf(id).replay('default', 'ada', { from: 'call' })
    await reach(id, 'completed')
    const found = await view(id)
    expect(found.final_output).toBe('good')
    expect(new Set([first, childIn(found), null]).size).toBe(3)
  })
})

describe('a recovered parent', () => {
  const calling = (id: string) => http(id, { config: { url: `https://example.com/${id}` }, retry: { strategy: 'none' } })
  const recover = (id: string) => executionOf(id).control('default', { type: 'recover', by: 'ada' })

  it('has its children go on where they failed, and their effects keep their keys', async () => {
    let isDown = true
    const outside = new Outside((url) => new Response('"ok"', { status: isDown && url.endsWith('ship') ? 503 : 200 }))
    await storeWorkflow('lowest', graph([calling('pay'), calling('ship')], ['pay>ship']))
    await storeWorkflow('middle', parentOf('lowest'))
    const id = newId()
    await startExecution(id, parentOf('middle'))
    await reach(id, 'failed')
    const middle = childIn(await view(id))
    isDown = false
    await evictDurableObject(stubOf(id))
    await recover(id)
    await reach(id, 'completed')
    expect(childIn(await view(id))).toBe(middle)
    expect((await view(middle ?? '')).epoch).toBe(2)
    expect(outside.requests.map(({ url }) => url.slice(-4))).toEqual(['/pay', 'ship', 'ship'])
    const [, ship, again] = outside.keys()
    expect(again).toBe(ship)
  })

  it('has those go on that it had cancelled, and no cancel of before reaches them then', async () => {
    holdTime()
    const { parent, child } = await family()
    await executionOf(parent).control('default', { type: 'cancel', by: 'ada', reason: null })
    await reach(child, 'cancelled')
    await recover(parent)
    await reach(child, 'waiting')
    await executionOf(child).cancelChild({ communityId: 'default', parentExecutionId: parent, epoch: 1 })
    expect(await statusOf(child)).toBe('waiting')
    await awaken(child)
    expect(await endOf(parent)).toBe('completed')
    expect((await view(parent)).final_output).toBe('slept')
  })

  it('lets go of them again', async () => {
    const { parent, child } = await family()
    await executionOf(parent).control('default', { type: 'cancel', by: 'ada', reason: null })
    await reach(child, 'cancelled')
    await recover(parent)
    await reach(parent, 'waiting')
    await executionOf(parent).control('default', { type: 'cancel', by: 'ada', reason: null })
    await reach(child, 'cancelled')
    expect((await view(child)).epoch).toBe(2)
  })

  it('takes what a child has completed with while it was gone', async () => {
    holdTime()
    vi.spyOn(console, 'error').mockImplementation(() => {})
    const { parent, child } = await family()
    await cutOff(parent)
    await executionOf(parent).control('default', { type: 'cancel', by: 'ada', reason: null })
    await awaken(child)
    await reach(child, 'completed')
    await evictDurableObject(stubOf(parent))
    await recover(parent)
    await reach(parent, 'completed')
    expect(await view(child)).toMatchObject({ epoch: 1, status: 'completed' })
  })
})

describe('a finished parent', () => {
  it('cancels no child that somebody has recovered since', async () => {
    holdTime()
    const { parent, child } = await family()
    await executionOf(parent).control('default', { type: 'cancel', by: 'ada', reason: null })
    await reach(child, 'cancelled')
    await executionOf(child).control('default', { type: 'recover', by: 'ada' })
    await evictDurableObject(stubOf(parent))
    passTime(60_000)
    await fireAlarm(parent)
    expect(await statusOf(child)).toBe('waiting')
  })
})

describe('a start whose answer is lost', () => {
  it('starts no second child, though the attempt has failed', async () => {
    holdTime()
    await storeWorkflow('sleeper', sleeper)
    const run = Runner.prototype.run
    const children: string[] = []
    vi.spyOn(Runner.prototype, 'run').mockImplementation(async function (this: Runner, task) {
      const answer = await run.call(this, task)
      if (answer.kind !== 'settled' || answer.result.kind !== 'child' || children.push(answer.result.executionId) > 1)
        return answer
      const error = { code: 'NETWORK_ERROR', message: 'could not be reached', retryable: true } as const
      return { kind: 'settled', result: { kind: 'failed', error } }
    })
    const parent = newId()
    await startExecution(parent, parentOf('sleeper'))
    await vi.waitFor(async () => expect(await told(parent)).toContain('node.retry_scheduled call'))
    passTime(60_000)
    await fireAlarm(parent)
    const child = await childOf(parent)
    expect(children).toEqual([child, child])
    await awaken(child)
    expect(await endOf(parent)).toBe('completed')
  })
})

describe('workflows that start each other', () => {
  it('do so sixteen deep, and fail below that', async () => {
    await storeWorkflow('ping', parentOf('pong'))
    await storeWorkflow('pong', parentOf('ping'))
    const id = newId()
    await startExecution(id, parentOf('ping'))
    expect(await endOf(id)).toBe('failed')
    let depth = 0
    let found = await view(id)
    for (let child = childIn(found); child !== null; child = childIn(found)) {
      depth += 1
      found = await view(child)
    }
    expect(depth).toBe(16)
    expect(found.error_message).toContain('at most 16 deep')
  })
})

describe('a child that takes long to start', () => {
  it('does not hold its parent: the Runner answers within its bound', async () => {
    await storeWorkflow('double', double)
    const start = Execution.prototype.start
    let isHeld = true
    vi.spyOn(Execution.prototype, 'start').mockImplementation(async function (this: Execution, order) {
      while (isHeld && order.identity.parentExecutionId !== null) await scheduler.wait(1)
      return start.call(this, order)
    })
    const id = newId()
    expect(await startExecution(id, parentOf('double', { inputs: { n: 1 } }), { wait: true })).toMatchObject({
      view: null,
      summary: { status: 'running' },
    })
    isHeld = false
    expect(await endOf(id)).toBe('completed')
  })
})
