// Removing an execution for good: what comes while it is under way or after it, and its shards of all epochs.
import { env } from 'cloudflare:workers'
import { afterEach, describe, expect, it, vi } from 'vitest'
import type { JsonObject } from '../../src/core/json.ts'
import { Execution } from '../../src/execution/execution.ts'
import { executionOf, newId, settle, startExecution, storedKeys, told, view } from '../support/execution.ts'
import { endOf } from '../support/listener.ts'
import { replaceEnv } from '../support/meter.ts'
import { Outside, untilPresent } from '../support/outside.ts'
import { graph } from '../support/run.ts'
import { http, underWay } from '../support/under-way.ts'

afterEach(() => {
  vi.unstubAllGlobals()
  vi.restoreAllMocks()
})

const cancel = (id: string) => executionOf(id).control('default', { type: 'cancel', by: 'me', reason: null })
const recover = (id: string) => executionOf(id).control('default', { type: 'recover', by: 'me' })
const replay = (id: string) => executionOf(id).replay('default', 'me', {})
const stored = async (id: string) => (await env.PAYLOADS.list({ prefix: `executions/${id}/` })).objects

/** An ended execution, whose removal waits for R2 until told. */
async function removing() {
  const id = await underWay(graph([http('a')], []))
  await cancel(id)
  let asked = false
  let answer: (() => Promise<R2Objects>) | undefined
  const list = async () => {
    asked = true
    const respond = await untilPresent(() => answer)
    return respond()
  }
  await replaceEnv(id, { PAYLOADS: { list } })
  const erased = executionOf(id)
    .erase('default')
    .catch((error: Error) => error.message)
  await untilPresent(() => asked || undefined)
  return {
    id,
    erased,
    letR2Answer: (given: () => Promise<R2Objects>) => {
      answer = given
    },
  }
}

const nothing = async (): Promise<R2Objects> => ({ objects: [], delimitedPrefixes: [], truncated: false })

describe('while an execution is removed', () => {
  it('it neither goes on nor runs again, and is gone afterwards', async () => {
    const { id, erased, letR2Answer } = await removing()
    const refused = { kind: 'refused', reason: 'BEING_REMOVED', epoch: 1 }
    expect(await recover(id)).toMatchObject(refused)
    expect(await replay(id)).toMatchObject(refused)
    const again = executionOf(id).erase('default')
    letR2Answer(nothing)
    expect(await Promise.all([erased, again])).toEqual(['erased', 'erased'])
    expect(await storedKeys(id)).toEqual([])
    expect(await recover(id)).toEqual({ kind: 'not_found' })
  })

  it('what cannot be removed is there as before', async () => {
    const { id, erased, letR2Answer } = await removing()
    letR2Answer(() => Promise.reject(new Error('R2 is down')))
    expect(await erased).toBe('R2 is down')
    expect(await recover(id)).toMatchObject({ kind: 'done', epoch: 2 })
  })
})

describe('after an execution was removed', () => {
  async function removed(): Promise<string> {
    const id = await underWay(graph([http('a')], []))
    await cancel(id)
    expect(await executionOf(id).erase('default')).toBe('erased')
    return id
  }

  it('a result that comes too late leaves nothing outside', async () => {
    const id = await removed()
    const payload = { $payload: 'f'.repeat(64), size: 1, mark: 'mark' }
    await env.PAYLOADS.put(`executions/${id}/${payload.$payload}`, '1')
    const late = { kind: 'completed', output: payload, payloads: [payload] } as const
    expect(await settle(id, 'a', late)).toEqual({ kind: 'ignored', reason: 'NOT_STARTED' })
    expect(await stored(id)).toEqual([])
    expect(await storedKeys(id)).toEqual([])
  })

  it('a child that comes too late is an answer, not an error', async () => {
    const id = await removed()
    const late = { kind: 'child', executionId: 'c'.repeat(16) } as const
    expect(await settle(id, 'a', late)).toEqual({ kind: 'ignored', reason: 'NOT_STARTED' })
  })
})

describe('the shards of an execution that is erased', () => {
  const each = (body: JsonObject) => graph([{ id: 'each', type: 'for-each', config: { items: 'inputs.items', body } }], [])
  const items = { items: Array.from({ length: 1_200 }, (_, index) => `person ${index}`) }
  const value = { id: 'v', type: 'value', config: { value: '{{ item }}' } }
  const failing = { id: 'no', type: 'fail', config: { code: 'NO', message: 'not {{ item }}' } }

  /** Ids of the children that were started since. */
  function startedChildren(parent: string): () => readonly string[] {
    const starts = vi.spyOn(Execution.prototype, 'start')
    return () => [...new Set(starts.mock.calls.map(([{ identity }]) => identity.executionId))].filter((id) => id !== parent)
  }

  it('go with it, those that failed too', async () => {
    const id = newId()
    const children = startedChildren(id)
    await startExecution(id, each(graph([failing], [])), { inputs: items })
    expect(await endOf(id)).toBe('failed')
    await erase(id)
    expect(children().length).toBeGreaterThan(0)
    for (const child of children()) expect(await storedKeys(child)).toEqual([])
  })

  it('go with it, those of earlier epochs too', async () => {
    const id = newId()
    const children = startedChildren(id)
    await startExecution(id, each(graph([value], [])), { inputs: items })
    expect(await endOf(id)).toBe('completed')
    await replay(id)
    expect(await endOf(id)).toBe('completed')
    await erase(id)
    expect(children()).toHaveLength(6)
    for (const child of children()) expect(await storedKeys(child)).toEqual([])
  })

  it('are waited for where one goes on by itself', async () => {
    const id = newId()
    new Outside()
    const children = startedChildren(id)
    await startExecution(id, each(graph([http('shard')], [])), { inputs: items })
    while ((await told(id)).filter((event) => event.startsWith('node.waiting')).length < 3) await scheduler.wait(1)
    await cancel(id)
    const [first = ''] = children()
    await vi.waitFor(async () => expect((await view(first)).status).toBe('cancelled'))
    await recover(first)
    expect(await executionOf(id).erase('default')).toBe('unheard')
    expect((await view(first)).status).toBe('running')
    await cancel(first)
    await erase(id)
    for (const child of children()) expect(await storedKeys(child)).toEqual([])
  })

  it('are none of the children of a node that is called like theirs', async () => {
    const id = newId()
    const parentExecutionId = 'p'.repeat(16)
    await startExecution(id, graph([{ id: 'v', config: { value: 1 } }], []), { wait: true, identity: { parentExecutionId } })
    expect(await executionOf(id).eraseShard({ communityId: 'default', parentExecutionId })).toBe('not_found')
    expect((await view(id)).status).toBe('completed')
  })

  /** Once nothing is left to be told. */
  async function erase(id: string): Promise<void> {
    await vi.waitFor(async () => expect(await executionOf(id).erase('default')).toBe('erased'), { timeout: 5_000 })
    expect(await storedKeys(id)).toEqual([])
  }
})
