// R2 that is down, while nodes read what lies there: no result is lost, and no call is made twice.
import { evictDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { afterEach, describe, expect, it, vi } from 'vitest'
import type { JsonObject } from '../../src/core/json.ts'
import { executionOf, fireAlarm, newId, startExecution, stubOf, told, view } from '../support/execution.ts'
import { endOf } from '../support/listener.ts'
import { replaceEnv } from '../support/meter.ts'
import { Outside } from '../support/outside.ts'
import { graph } from '../support/run.ts'
import { http } from '../support/under-way.ts'

const down = { get: () => Promise.reject(new Error('R2 is down')), put: () => Promise.reject(new Error('R2 is down')) }
const wait = (id: string): JsonObject => ({ id, type: 'wait-for-event', config: { event: 'go' } })
const reader = { id: 'read', type: 'value', config: { value: '{{ outputs.big.body.size() }}' } }

/** An execution that holds 2 MiB in R2 and waits; then R2 goes down. */
async function waiting(definition: JsonObject): Promise<{ readonly id: string; readonly outside: Outside }> {
  const outside = new Outside((url) => Response.json(url.endsWith('/big') ? 'x'.repeat(2 * 1024 * 1024) : 'paid'))
  const id = newId()
  await startExecution(id, definition)
  await untilTold(id, 'node.waiting wait')
  await replaceEnv(id, { PAYLOADS: down })
  return { id, outside }
}

const go = (id: string) => executionOf(id).control('default', { type: 'signal', name: 'go', payload: 'now', key: null, by: 'me' })

async function untilTold(id: string, event: string): Promise<void> {
  while (!(await told(id)).includes(event)) await scheduler.wait(1)
}

afterEach(() => {
  vi.unstubAllGlobals()
  vi.restoreAllMocks()
})

describe('while R2 is down', () => {
  it('the result of a call is kept, though what follows reads there; that is done when R2 is back', async () => {
    const nodes = [http('big'), wait('wait'), http('pay', { at_most_once: true }), reader]
    const { id, outside } = await waiting(graph(nodes, ['big>wait', 'wait>pay', 'pay>read']))
    await go(id)
    await untilTold(id, 'node.completed pay')
    expect(await view(id)).toMatchObject({ status: 'running', node_results: { pay: { body: 'paid' } } })
    await evictDurableObject(stubOf(id))
    expect(await fireAlarm(id)).toBe(true)
    expect(await endOf(id)).toBe('completed')
    expect((await view(id)).final_output).toBe(2 * 1024 * 1024)
    expect(outside.requests.map(({ url }) => url.split('/').at(-1))).toEqual(['big', 'pay'])
  })

  it('an event is taken, though what follows reads there', async () => {
    const { id } = await waiting(graph([http('big'), wait('wait'), reader], ['big>wait', 'wait>read']))
    expect(await go(id)).toMatchObject({ kind: 'done', deliveredTo: 'wait' })
    expect(await told(id)).toContain('node.completed wait')
    await replaceEnv(id, { PAYLOADS: env.PAYLOADS })
    await fireAlarm(id)
    expect(await endOf(id)).toBe('completed')
  })
})
