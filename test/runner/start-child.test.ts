// What a Runner does to start a child: which workflow, under which id, with which inputs, and what it makes of those that fail.
import { describe, expect, it } from 'vitest'
import { AttemptError } from '../../src/core/attempt-error.ts'
import { configHash } from '../../src/core/config-hash.ts'
import type { Json, JsonObject } from '../../src/core/json.ts'
import { MAX_CHILD_DEPTH, MAX_INPUT_BYTES } from '../../src/core/limits.ts'
import { linkKey } from '../../src/core/links.ts'
import type { RecoverChildRequest, StartAnswer, StartRequest } from '../../src/execution/contract.ts'
import type { StoredWorkflow } from '../../src/history/workflow-store.ts'
import { derivedId } from '../../src/runner/derived-id.ts'
import { type StartChildDeps, startChild } from '../../src/runner/start-child.ts'
import type { AttemptTask, ChildOrigin } from '../../src/runner/task.ts'
import { attemptTask } from '../support/attempt-task.ts'
import { workflow } from '../support/run.ts'

const PARENT = 'e1e1e1e1e1e1e1e1'

const origin = (over: Partial<ChildOrigin> = {}, failures = 0): ChildOrigin => ({
  communityId: 'default',
  sessionId: 'session-1',
  triggeredBy: 'ada',
  priority: 'low',
  captureIo: false,
  configHash: 'c0ffee',
  depth: 1,
  rootExecutionId: PARENT,
  parent: { executionId: PARENT, epoch: 1, node: 'call', failures },
  linkOrigin: 'https://millrace.example',
  ...over,
})

const task = (over: Partial<AttemptTask> = {}): AttemptTask =>
  attemptTask({ nodeType: 'workflow', attempt: 1, child: origin(), ...over })

const request = (over: object = {}) => ({
  workflowId: 'other',
  version: null,
  inputs: {} as Json,
  itemIndex: null,
  wait: true,
  ...over,
})

const stored = (definition: JsonObject = {}, version = 7): StoredWorkflow => {
  const canonical = workflow({ workflow_id: 'other', nodes: [{ id: 'a', config: { value: 1 } }], edges: [], ...definition })
  const hash = configHash(canonical)
  return { workflow_id: 'other', version, config_hash: hash, definition: canonical, created_at: 0, created_by: 'ada' }
}

const kinds = (kind: 'started' | 'replayed' | 'id_taken' | 'idempotency_conflict') =>
  ({ kind, view: null }) as unknown as StartAnswer

interface World {
  readonly found?: StoredWorkflow | null | Error
  readonly answers?: readonly (StartAnswer | Error)[]
  /** Keys under which an execution was started. */
  readonly known?: readonly string[]
  readonly secret?: string
  readonly isForbidden?: boolean
}

/** The stores and objects beside a Runner; keeps what was asked of them. */
function world({
  found = stored(),
  answers = [kinds('started')],
  known = [],
  secret = 'secret',
  isForbidden = false,
}: World = {}) {
  const starts: StartRequest[] = []
  const lookups: (readonly [string, string, number | null])[] = []
  const ids: string[] = []
  const recovers: RecoverChildRequest[] = []
  const deps: StartChildDeps = {
    findWorkflow: async (...asked) => {
      lookups.push(asked)
      if (found instanceof Error) throw found
      return found
    },
    mayStart: async () => !isForbidden,
    execution: (id) => ({
      start: async (order) => {
        ids.push(id)
        const answer = answers[Math.min(starts.push(order), answers.length) - 1]
        if (answer === undefined || answer instanceof Error) throw answer
        return answer
      },
      recoverChild: async (asked) => {
        recovers.push(asked)
        return known.includes(asked.key)
      },
    }),
    derivedId: (parts) => derivedId(secret, parts),
    linkSecret: secret,
    hash: (text) => `hash of ${text}`,
  }
  return { deps, starts, lookups, ids, recovers }
}

async function failureOf(promise: Promise<unknown>) {
  const thrown = await promise.catch((error: unknown) => error)
  if (!(thrown instanceof AttemptError)) throw new Error(`no AttemptError: ${String(thrown)}`)
  return thrown.error
}

describe('the child', () => {
  it('is what was stored, and carries on what the parent has', async () => {
    const { deps, starts, ids, lookups } = world()
    const id = await startChild(task(), request({ inputs: { n: 1 } }), deps)
    expect(ids).toEqual([id])
    expect(lookups).toEqual([['default', 'other', null]])
    const { definition, config_hash } = stored()
    expect(starts).toEqual([
      {
        definition,
        inputs: { n: 1 },
        wait: false,
        identity: {
          executionId: id,
          workflowId: 'other',
          workflowVersion: 7,
          configHash: config_hash,
          communityId: 'default',
          traceId: task().traceId,
          parentExecutionId: PARENT,
          parent: { executionId: PARENT, epoch: 1, node: 'call', failures: 0 },
          depth: 1,
          rootExecutionId: PARENT,
          correlationId: 'order-7',
          sessionId: 'session-1',
          triggerType: 'workflow',
          triggeredBy: 'ada',
          authority: { workflow: 'other' },
          priority: 'low',
          metadata: {},
          captureIo: false,
          idempotency: { key: '["child","e1e1e1e1e1e1e1e1","call",1,0]', bodyHash: 'hash of {"n":1}' },
          links: { origin: 'https://millrace.example', key: linkKey('secret', id) },
        },
      },
    ])
  })

  it('is not started by whom it is forbidden', async () => {
    const { deps, starts } = world({ isForbidden: true })
    const error = expect.objectContaining({
      code: 'CONFIG_INVALID',
      message: expect.stringContaining('execute'),
      retryable: false,
    })
    await expect(startChild(task(), request(), deps)).rejects.toMatchObject({ error })
    expect(starts).toEqual([])
  })

  it('is told to nobody where it is not waited for', async () => {
    const { deps, starts } = world()
    await startChild(task(), request({ wait: false }), deps)
    expect(starts[0]?.identity).not.toHaveProperty('parent')
    expect(starts[0]?.identity.parentExecutionId).toBe(PARENT)
  })

  it('has the priority and the capture of its own settings', async () => {
    const { deps, starts } = world({ found: stored({ settings: { priority: 'high', capture_io: true } }) })
    await startChild(task(), request(), deps)
    expect(starts[0]?.identity).toMatchObject({ priority: 'high', captureIo: true })
  })

  it('is of the version that was asked for', async () => {
    const { deps, lookups } = world()
    await startChild(task(), request({ version: 3 }), deps)
    expect(lookups).toEqual([['default', 'other', 3]])
  })

  it.each([
    ['an object, as it is', { a: 1 }, null, { a: 1 }],
    ['an item that is an object, as it is', { a: 1 }, 4, { a: 1 }],
    ['an item that is none, with its place', 'x', 4, { item: 'x', index: 4 }],
    ['anything else', [1], null, { item: [1] }],
  ])('gets its inputs: %s', async (_, inputs, itemIndex, expected) => {
    const { deps, starts } = world()
    await startChild(task(), request({ inputs, itemIndex }), deps)
    expect(starts[0]?.inputs).toEqual(expected)
  })
})

describe('its id', () => {
  const idOf = async (over: Partial<AttemptTask> = {}, secret?: string) => {
    const { deps } = world(secret === undefined ? {} : { secret })
    return startChild(task(over), request(), deps)
  }
  const child = (parent: object, failures = 0) => {
    const base = origin({}, failures)
    return { child: { ...base, parent: { ...base.parent, ...parent } } }
  }

  it('is 16 hex, the same for the same run, whichever attempt it is', async () => {
    expect(await idOf()).toMatch(/^[0-9a-f]{16}$/)
    expect(await idOf({ attempt: 4 })).toBe(await idOf())
  })

  it('is the same in another epoch, so that a recovered parent goes on with the child it had', async () => {
    expect(await idOf(child({ epoch: 2 }))).toBe(await idOf())
  })

  it('is another one for another execution, node, run, child before it or secret', async () => {
    const ids = await Promise.all([
      idOf(),
      idOf({ executionId: 'e2e2e2e2e2e2e2e2' }),
      idOf(child({ node: 'each[0].run' })),
      idOf(child({ node: 'each[1].run' })),
      idOf({ run: 2 }),
      idOf(child({}, 1)),
      idOf({}, 'another secret'),
      idOf({}, ''),
    ])
    expect(new Set(ids).size).toBe(ids.length)
  })
})

describe('an attempt after one that was lost', () => {
  const key = '["child","e1e1e1e1e1e1e1e1","call",1,0]'

  it('finds the child that was started, whatever has become of the workflow', async () => {
    const { deps, starts, lookups } = world({ known: [key], found: null })
    expect(await startChild(task({ attempt: 2 }), request(), deps)).toBe(await startChild(task({ attempt: 3 }), request(), deps))
    expect({ starts, lookups }).toEqual({ starts: [], lookups: [] })
  })

  it('starts it where the lost one had not', async () => {
    const { deps, starts } = world()
    await startChild(task({ attempt: 2 }), request(), deps)
    expect(starts).toHaveLength(1)
  })

  it('finds it too where starting it failed: the call may have got through', async () => {
    const { deps, starts, recovers } = world({ answers: [new Error('reset')] })
    await failureOf(startChild(task(), request(), deps))
    expect({ starts: starts.length, recovers }).toEqual({ starts: 2, recovers: [] })
    const next = world({ known: [key] })
    await startChild(task({ attempt: 2 }), request(), next.deps)
    expect(next.starts).toEqual([])
  })
})

describe('an attempt in a later epoch', () => {
  const key = '["child","e1e1e1e1e1e1e1e1","call",1,0]'
  const parent = { executionId: PARENT, epoch: 2, node: 'call', failures: 0 }
  const later = () => task({ child: origin({ parent }) })

  it('has the child go on that it had, whatever has become of the workflow', async () => {
    const { deps, starts, recovers } = world({ known: [key], found: null })
    await startChild(later(), request(), deps)
    expect({ starts, recovers }).toEqual({ starts: [], recovers: [{ communityId: 'default', key, parent }] })
  })

  it('asks nothing of one that is on its own, and starts it where there is none', async () => {
    const { deps, starts, recovers } = world()
    await startChild(later(), request({ wait: false }), deps)
    expect({ starts: starts.length, recovers }).toEqual({ starts: 1, recovers: [{ communityId: 'default', key, parent: null }] })
  })
})

describe('depth', () => {
  it('is counted to the limit', async () => {
    const { deps, starts } = world()
    await startChild(task({ child: origin({ depth: MAX_CHILD_DEPTH }) }), request(), deps)
    expect(starts[0]?.identity.depth).toBe(16)
  })

  it('ends above it, and nothing is started', async () => {
    const { deps, starts } = world()
    const error = await failureOf(startChild(task({ child: origin({ depth: MAX_CHILD_DEPTH + 1 }) }), request(), deps))
    expect(error).toMatchObject({ code: 'CONFIG_INVALID', retryable: false })
    expect(starts).toEqual([])
  })
})

describe('what cannot be started', () => {
  it.each([
    ['an unknown workflow', { found: null }, {}, 'CONFIG_INVALID', 'There is no workflow other.'],
    ['an unknown version', { found: null }, { version: 9 }, 'CONFIG_INVALID', 'There is no workflow other of version 9.'],
    [
      'a missing variable',
      { found: stored({ variables: [{ name: 'who', required: true }] }) },
      {},
      'INPUT_INVALID',
      'The workflow other needs the variable who.',
    ],
    [
      'inputs that its schema refuses',
      { found: stored({ input_schema: { properties: { n: { type: 'number' } } } }) },
      { inputs: { n: 'x' } },
      'INPUT_INVALID',
      'The workflow other refuses its inputs: ',
    ],
    ['an id that is taken', { answers: [kinds('id_taken')] }, {}, 'CONFIG_INVALID', 'exists and is not the one'],
    [
      'a child with another body',
      { answers: [kinds('idempotency_conflict')] },
      {},
      'CONFIG_INVALID',
      'exists and is not the one',
    ],
  ])('%s is final', async (_, beside: World, asked, code, message) => {
    const error = await failureOf(startChild(task(), request(asked), world(beside).deps))
    expect(error).toMatchObject({ code, retryable: false, message: expect.stringContaining(message) })
  })

  it('is tried again where the store is down', async () => {
    const error = await failureOf(startChild(task(), request(), world({ found: new Error('D1 is down') }).deps))
    expect(error).toMatchObject({ code: 'NETWORK_ERROR', retryable: true })
  })

  it('is asked twice where the object does not answer, under the same id, then tried again later', async () => {
    const once = world({ answers: [new Error('reset'), kinds('replayed')] })
    expect(await startChild(task(), request(), once.deps)).toBe(once.ids[1])
    expect(new Set(once.ids).size).toBe(1)
    const never = world({ answers: [new Error('reset')] })
    expect(await failureOf(startChild(task(), request(), never.deps))).toMatchObject({ code: 'NETWORK_ERROR', retryable: true })
    expect(never.starts).toHaveLength(2)
  })

  const inputsOf = (bytes: number) => ({ text: 'x'.repeat(bytes - JSON.stringify({ text: '' }).length) })

  it('is what has more inputs than a start may', async () => {
    const { deps, starts } = world()
    await startChild(task(), request({ inputs: inputsOf(MAX_INPUT_BYTES) }), deps)
    expect(starts).toHaveLength(1)
    const error = await failureOf(startChild(task(), request({ inputs: inputsOf(MAX_INPUT_BYTES + 1) }), deps))
    expect(error).toMatchObject({ code: 'INPUT_INVALID', retryable: false })
  })
})
