// What a dry run does with everything that would touch the world, and how its answer tells of it.
import { describe, expect, it } from 'vitest'
import type { Json, JsonObject } from '../../src/core/json.ts'
import { linkKey, readToken } from '../../src/core/links.ts'
import { DryRunBudget } from '../../src/http/dry-run/budget.ts'
import { checkMocks } from '../../src/http/dry-run/check-mocks.ts'
import { ApiError } from '../../src/http/errors.ts'
import {
  MAX_DRY_RUN_EVENTS,
  MAX_DRY_RUN_KEPT_CHARACTERS,
  MAX_DRY_RUN_SECONDS,
  MAX_LATE_FAILURES_IN_TRACE,
  MAX_TRACE_ENTRIES,
} from '../../src/http/limits.ts'
import { nodeTypes } from '../../src/nodes/registry.ts'
import { outOf, testDry } from '../support/dry-run.ts'
import { EPOCH_START, graph, workflow } from '../support/run.ts'
import { approval, call, delay, everySeconds, starts, wait } from '../support/scenario.ts'

const value = (id: string, what: Json, more: JsonObject = {}) => ({ id, type: 'value', config: { value: what }, ...more })
const code = (id: string, source: string) => ({ id, type: 'code', config: { source } })
const each = (id: string, items: string, nodes: readonly JsonObject[], more: JsonObject = {}) => ({
  id,
  type: 'for-each',
  config: { items, body: { nodes, edges: [] }, ...more },
})

describe('virtual time', () => {
  it('delays and retry waits pass at once, and count', async () => {
    const fetch = call('fetch', { retry: everySeconds(60) })
    const view = await testDry(graph([delay('sleep', 86_400), fetch], ['sleep>fetch']), {
      errors: { fetch: { code: 'NETWORK_ERROR', times: 2 } },
    })
    expect(view).toMatchObject({ status: 'completed', execution_time_seconds: 86_520, summary: { total_duration: 86_520 } })
    expect(view.node('sleep')).toMatchObject({ simulated: false, duration_seconds: 86_400, attempts: 1 })
    expect(view.node('fetch')).toMatchObject({ simulated: true, duration_seconds: 120, attempts: 3 })
  })

  it('the time limit of the execution holds', async () => {
    const view = await testDry(graph([delay('sleep', 60)], [], { settings: { timeout_seconds: 10 } }))
    expect(view).toMatchObject({ status: 'failed', execution_time_seconds: 10, error_node_id: null })
    expect(view.errors).toMatchObject([{ code: 'EXECUTION_TIMEOUT' }])
  })

  it('a later start is there at once', async () => {
    const view = await testDry(graph([value('v', '{{ string(now()) }}')], []), { startAt: EPOCH_START + 3_600_000 })
    expect(view).toMatchObject({ start_time: '2026-01-01T01:00:00.000Z', final_output: expect.stringContaining('T01:00:00') })
  })
})

describe('who answers', () => {
  const fetch = call('fetch', { pin: 'pinned' })

  it('a mock before a pin, a pin before what the type makes up', async () => {
    const by = async (node: JsonObject, mocks: JsonObject = {}) => {
      const entry = (await testDry(graph([node], []), { mocks })).node('fetch')
      return [entry.simulated_by, outOf(entry)]
    }
    expect(await by(fetch, { fetch: 'mocked' })).toEqual(['mock', 'mocked'])
    expect(await by(fetch)).toEqual(['pin', 'pinned'])
    expect(await by(call('fetch'))).toEqual(['synthetic', { status: 200, headers: {}, body: {} }])
    expect(await by(call('fetch', { pin: null }))).toEqual(['pin', null])
  })

  it('in a loop one iteration before all, and an id alone where no other node has it', async () => {
    const loop = graph([each('each', 'inputs.list', [call('fetch')])], [])
    const given = { inputs: { list: [1, 2, 3] } }
    const view = await testDry(loop, { ...given, mocks: { fetch: 'id', 'each.fetch': 'place', 'each[1].fetch': 'exact' } })
    expect(view.final_output).toEqual(['place', 'exact', 'place'])
    expect(view.unused_mocks).toEqual(['fetch'])
    expect((await testDry(loop, { ...given, mocks: { fetch: 'id' } })).final_output).toEqual(['id', 'id', 'id'])
  })

  it('nodes that touch nothing run, unless something was said of them', async () => {
    const pure = graph(
      [value('a', 1), value('b', '{{ outputs.a + 1 }}', { pin: 40 }), value('c', '{{ outputs.b + 2 }}')],
      ['a>b', 'b>c'],
    )
    const view = await testDry(pure)
    expect(view).toMatchObject({ final_output: 42, summary: { nodes_simulated: 1, passed: true } })
    expect((await testDry(pure, { mocks: { b: 0 } })).final_output).toBe(2)
  })

  it('a mock fails a node over its error edge', async () => {
    const guarded = graph([call('fetch'), value('sorry', '{{ error.code }}')], ['fetch:error>sorry'])
    const view = await testDry(guarded, { errors: { fetch: { code: 'HTTP_STATUS', status: 404, message: 'none' } } })
    expect(view).toMatchObject({ status: 'completed', final_output: 'HTTP_STATUS', summary: { passed: false, nodes_failed: 1 } })
    expect(view.node('fetch')).toMatchObject({ error: 'none', error_type: 'HTTP_STATUS', ports: ['error'], attempts: 1 })
    const inline = await testDry(graph([value('a', 1)], []), { errors: { a: { code: 'BROKEN' } } })
    expect(inline).toMatchObject({ status: 'failed', error_node_id: 'a' })
  })

  it('refuses mocks of nodes that are not there, and says which are near', () => {
    const definition = workflow(graph([call('fetch'), starts('call'), each('each', 'inputs.list', [call('inner')])], []))
    const found = (...names: string[]) =>
      checkMocks(definition, { outputs: Object.fromEntries(names.map((name) => [name, 1])), errors: {} }, nodeTypes)
    expect(found('fetch', 'call', 'call/anything', 'each', 'each.inner', 'each[7].inner', 'inner')).toEqual([])
    expect(found('fetsh', 'fetch/x', 'each.fetch')).toMatchObject([
      { code: 'UNKNOWN_NODE', path: 'mocks.fetsh', message: 'the workflow has no node `fetsh` (did you mean `fetch`?)' },
      { path: 'mocks.fetch/x', message: 'the node `fetch` starts no workflow' },
      { path: 'mocks.each.fetch' },
    ])
  })
})

describe('waits', () => {
  const withTimeout = graph(
    [wait('paid', { timeout_seconds: 60 }), value('late', 'late'), value('ok', 'ok')],
    ['paid:timeout>late', 'paid>ok'],
  )

  it('an event is what a mock or pin says', async () => {
    const view = await testDry(withTimeout, { mocks: { paid: { amount: 3 } } })
    expect(view).toMatchObject({ final_output: 'ok', execution_time_seconds: 0 })
    expect(view.node('paid')).toMatchObject({ simulated_by: 'mock', output: { out: { amount: 3 } } })
  })

  it('nobody sends one else: the wait takes its timeout', async () => {
    const view = await testDry(withTimeout)
    expect(view).toMatchObject({ final_output: 'late', execution_time_seconds: 60 })
    expect(view.node('paid')).toMatchObject({
      simulated: true,
      simulated_by: 'timeout',
      hint: 'nobody answers in a dry run: give node paid a pin or a mock',
    })
  })

  it('one without a timeout has waited at once', async () => {
    const view = await testDry(graph([wait('paid'), value('late', 'late')], ['paid:timeout>late']))
    expect(view).toMatchObject({ final_output: 'late', execution_time_seconds: 0 })
    const stuck = await testDry(graph([wait('paid')], []))
    expect(stuck.node('paid')).toMatchObject({ error_type: 'NODE_TIMEOUT', hint: expect.any(String) })
  })

  it('a task is taken to be done; a mock is its result', async () => {
    const task = { id: 'task', type: 'task', config: { queue: 'gpu' } }
    expect((await testDry(graph([task], []), { mocks: { task: 'done' } })).final_output).toBe('done')
    const view = await testDry(graph([task, value('score', '{{ input.score }}')], ['task>score']))
    expect(view.node('task')).toMatchObject({ status: 'completed', simulated_by: 'synthetic', output: { out: {} } })
    expect(view.error_message).toContain('give node task a pin or a mock')
  })

  it('an event that `match` refuses does not come', async () => {
    const matching = graph(
      [
        wait('paid', { match: 'payload.id == inputs.id', timeout_seconds: 5 }),
        value('late', 'late'),
        value('ok', '{{ input.id }}'),
      ],
      ['paid:timeout>late', 'paid>ok'],
    )
    const mocked = async (mock: Json) => (await testDry(matching, { inputs: { id: 7 }, mocks: { paid: mock } })).final_output
    expect(await mocked({ id: 7 })).toBe(7)
    expect(await mocked({ id: 8 })).toBe('late')
    expect(await mocked('no object')).toBe('late')
  })

  it('an approval has its form held against the schema', async () => {
    const form = { properties: { amount: { type: 'number' } }, required: ['amount'] }
    const asked = graph([approval('ask', { form })], [])
    const given = async (mock: Json) => testDry(asked, { mocks: { ask: mock } })
    expect(await given({ decision: 'approve', form: { amount: 1 } })).toMatchObject({ final_output: { form: { amount: 1 } } })
    expect((await given({ decision: 'approve' })).node('ask')).toMatchObject({ error_type: 'INPUT_INVALID' })
    expect((await given({ decision: 'reject' })).node('ask')).toMatchObject({ error_type: 'SIGNAL_INVALID' })
  })

  it('an approval goes over the port of its decision', async () => {
    const asked = graph(
      [approval('ask'), value('yes', '{{ input.by }}'), value('no', '{{ input.comment }}')],
      ['ask:approved>yes', 'ask:rejected>no'],
    )
    const decided = async (mock: Json) => testDry(asked, { mocks: { ask: mock } })
    expect((await decided({ decision: 'approved' })).final_output).toBe('dry-run')
    expect((await decided({ decision: 'rejected', by: 'Bob', comment: 'too much' })).final_output).toBe('too much')
    expect(await decided({ decision: 'perhaps' })).toMatchObject({
      status: 'failed',
      error_message: expect.stringContaining('node ask: its mock or pin is no answer'),
    })
  })
})

describe('children', () => {
  const child = graph(
    [delay('sleep', 30), call('fetch'), value('end', 'child of {{ inputs.name }}')],
    ['sleep>fetch', 'fetch>end'],
  )
  const parent = graph([starts('call', { inputs: { name: 'Ada' } })], [])

  it('run dry, too, with a trace of their own', async () => {
    const view = await testDry(parent, { stored: { other: child } })
    expect(view).toMatchObject({ final_output: 'child of Ada', execution_time_seconds: 30, summary: { nodes_executed: 4 } })
    const { execution_id, trace, status } = view.node('call').child as { readonly [name: string]: Json } & {
      readonly trace: readonly JsonObject[]
    } // As it is shown.
    expect(execution_id).toMatch(/^00000000[0-9a-f]{8}$/)
    expect(status).toBe('completed')
    expect(trace.map(({ node_id }) => node_id)).toEqual(['call/sleep', 'call/fetch', 'call/end'])
  })

  it('have mocks and pins', async () => {
    const shown = graph([call('fetch', { pin: 'pinned' })], [])
    expect((await testDry(parent, { stored: { other: shown } })).final_output).toBe('pinned')
    const mocked = await testDry(parent, { stored: { other: shown }, mocks: { 'call/fetch': 'mocked' } })
    expect(mocked).toMatchObject({ final_output: 'mocked', unused_mocks: [] })
    const mistyped = await testDry(parent, { stored: { other: shown }, mocks: { 'call/fetsh': 'mocked' } })
    expect(mistyped).toMatchObject({ final_output: 'pinned', unused_mocks: ['call/fetsh'] })
    const twice = await testDry(parent, { stored: { other: parent }, mocks: { 'call/call': 'deep' } })
    expect(twice.final_output).toBe('deep')
    const replaced = await testDry(parent, { mocks: { call: 'not started' } })
    expect(replaced).toMatchObject({ final_output: 'not started' })
  })

  it('may take no longer than their node lets them', async () => {
    const view = await testDry(graph([starts('call', {}, { timeout_seconds: 10, retry: { strategy: 'none' } })], []), {
      stored: { other: child },
      inputs: {},
    })
    expect(view).toMatchObject({ status: 'failed', execution_time_seconds: 10, errors: [{ code: 'NODE_TIMEOUT' }] })
  })

  it('fail as they would', async () => {
    expect((await testDry(parent)).node('call')).toMatchObject({
      error_type: 'CONFIG_INVALID',
      error: expect.stringContaining('no workflow other'),
    })
    const failing = graph([{ id: 'no', type: 'fail', config: { code: 'NO', message: 'no' } }], [])
    const view = await testDry(parent, { stored: { other: failing } })
    expect(view.node('call')).toMatchObject({ error_type: 'CHILD_FAILED', child: { status: 'failed' } })
  })

  it('that start each other for ever come to an end', async () => {
    const view = await testDry(parent, { stored: { other: parent } })
    expect(view).toMatchObject({ status: 'failed', summary: { nodes_executed: 17 } })
    expect(JSON.stringify(view.trace)).toContain('at most 16 deep')
  })

  it('are started also where nobody waits for them', async () => {
    const view = await testDry(graph([starts('call', { wait: false, inputs: { name: 'Ada' } })], []), {
      stored: { other: child },
    })
    expect(view).toMatchObject({
      status: 'completed',
      execution_time_seconds: 0,
      final_output: { execution_id: expect.any(String) },
    })
    expect(view.node('call')).toMatchObject({ child: { status: 'completed' } })
  })

  it('show nothing of what their caller may not see', async () => {
    const view = await testDry(parent, { stored: { other: child }, hidden: ['other'] })
    expect(view.node('call')).toMatchObject({ child: { trace: [], trace_hidden: true } })
    expect(view.final_output).toBe('child of Ada')
  })

  it('an error workflow is not among them', async () => {
    const failing = graph([{ id: 'no', type: 'fail', config: { code: 'NO', message: 'no' } }], [], {
      settings: { error_workflow: 'other' },
    })
    // The stored workflows of this test throw when they are looked for.
    const stored = new Proxy(
      {},
      {
        get: () => {
          throw new Error('looked for')
        },
      },
    )
    expect(await testDry(failing, { stored })).toMatchObject({ status: 'failed', error_message: 'no' })
  })
})

describe('long lists', () => {
  const items = Array.from({ length: 1_200 }, (_, index) => index)
  const long = graph([each('each', 'inputs.items', [call('fetch', { on_error: 'continue' })])], [])

  it('are done in shards, of which nothing is to be seen', async () => {
    const view = await testDry(long, { inputs: { items }, mocks: { fetch: 'all', 'each[700].fetch': 'one' } })
    expect(view.final_output).toEqual(items.map((index) => (index === 700 ? 'one' : 'all')))
    expect(view.trace.slice(0, 2).map(({ node_id }) => node_id)).toEqual(['each', 'each[0].fetch'])
    expect(view.node('each[700].fetch')).toMatchObject({ output: { out: 'one' } })
    expect(view.trace).toHaveLength(MAX_TRACE_ENTRIES)
    expect(view).toMatchObject({ trace_omitted: 201, summary: { nodes_executed: 1_201, nodes_simulated: 1_200 } })
  })

  it('leave room in the trace for what fails late', async () => {
    const errors = Object.fromEntries(
      Array.from({ length: MAX_LATE_FAILURES_IN_TRACE + 1 }, (_, index) => [`each[${1_050 + index}].fetch`, { code: 'NO' }]),
    )
    const view = await testDry(long, { inputs: { items }, mocks: { fetch: 1 }, errors })
    expect(view.trace).toHaveLength(MAX_TRACE_ENTRIES + MAX_LATE_FAILURES_IN_TRACE)
    expect(view.node('each[1050].fetch')).toMatchObject({ error_type: 'NO' })
    expect(view.trace_omitted).toBe(1_201 - MAX_TRACE_ENTRIES - MAX_LATE_FAILURES_IN_TRACE)
  })
})

describe('code', () => {
  it('is really run, unless it is mocked', async () => {
    const computing = graph([code('sum', 'console.log("adding"); return inputs.a + inputs.b')], [])
    const view = await testDry(computing, { inputs: { a: 1, b: 2 } })
    expect(view).toMatchObject({ final_output: 3, summary: { nodes_simulated: 0 } })
    expect(view.node('sum')).toMatchObject({ simulated: false, logs: expect.arrayContaining(['adding']) })
    expect((await testDry(computing, { mocks: { sum: 'mocked' } })).final_output).toBe('mocked')
  })

  it('is really run after a mock has failed it', async () => {
    const retried = { ...code('sum', 'return 3'), retry: everySeconds(1) }
    const view = await testDry(graph([retried], []), { errors: { sum: { code: 'NETWORK_ERROR', times: 1 } } })
    expect(view.node('sum')).toMatchObject({ status: 'completed', simulated: false, attempts: 2, output: { out: 3 } })
  })

  it('gives large values also in a child and in a shard', async () => {
    const big = code('big', 'return "x".repeat(2_000_000)')
    const measured = graph([starts('call'), value('size', '{{ size(input) }}')], ['call>size'])
    expect((await testDry(measured, { stored: { other: graph([big], []) } })).final_output).toBe(2_000_000)
    const items = Array.from({ length: 1_001 }, (_, index) => index)
    const shards = graph(
      [each('each', 'inputs.items', [call('fetch')]), value('size', '{{ size(outputs.each[7]) }}')],
      ['each>size'],
    )
    const mocks = { fetch: 'small', 'each[7].fetch': 'x'.repeat(2_000_000) }
    const list = await testDry(shards, { inputs: { items }, mocks })
    expect(list.final_output).toBe(2_000_000)
  })

  it('that fails fails the node', async () => {
    const view = await testDry(graph([code('bad', 'throw new Error("no")')], []))
    expect(view.node('bad')).toMatchObject({ status: 'failed', error_type: 'CODE_ERROR', simulated: false })
  })

  it('may give what is too large for a journal', async () => {
    const view = await testDry(
      graph([code('big', 'return { text: "x".repeat(2_000_000) }'), value('size', '{{ size(outputs.big.text) }}')], ['big>size']),
    )
    expect(view.final_output).toBe(2_000_000)
    expect(outOf(view.node('big'))).toEqual({ $omitted: true, size: 2_000_011 })
  })
})

describe('an expression that misses what nobody gave', () => {
  const HINT = 'the output of node fetch is synthetic here: give node fetch a pin or a mock'
  const reading = (expression: string, between: readonly JsonObject[] = []) => {
    const ids = ['fetch', ...between.map(({ id }) => String(id)), 'read']
    return graph(
      [call('fetch'), ...between, value('read', `{{ ${expression} }}`)],
      ids.slice(1).map((id, index) => `${ids[index]}>${id}`),
    )
  }
  const errorOf = async (definition: JsonObject, given = {}) => (await testDry(definition, given)).error_message ?? ''

  it('says whose output that is', async () => {
    expect(await errorOf(reading('outputs.fetch.body.id'))).toContain(HINT)
    expect(await errorOf(reading('input.body.items[0].id'))).toContain(HINT)
    expect(await errorOf(reading('outputs.fetch.headers["content-type"]'))).toContain(HINT)
    expect(await errorOf(reading('input.body.id', [{ id: 'log', type: 'log', config: { message: 'x' } }]))).toContain(HINT)
    expect(await errorOf(reading('outputs.keep.body.id', [value('keep', '{{ outputs.fetch }}')]))).toContain(HINT)
  })

  it('also of a text', async () => {
    const ai = { id: 'fetch', type: 'ai-processor', config: { prompt: 'Hi' } }
    expect(await errorOf(graph([ai, value('read', '{{ input.mood }}')], ['fetch>read']))).toContain(HINT)
  })

  it('in a child by the name that a mock would have', async () => {
    const view = await testDry(graph([starts('call')], []), { stored: { other: reading('outputs.fetch.body.id') } })
    expect(view.error_message).toContain('give node call/fetch a pin or a mock')
  })

  it('and nothing of the kind where something else is missed', async () => {
    expect(await errorOf(reading('inputs.missing'))).not.toContain('synthetic')
    expect(await errorOf(reading('outputs.fetch.body.id'), { mocks: { fetch: { body: {} } } })).not.toContain('synthetic')
    expect(await errorOf(reading('{"a": outputs.fetch.body}.b'))).not.toContain('synthetic')
  })
})

describe('what the trace tells', () => {
  it('of nodes in the order in which they began, with what went in and came out', async () => {
    const view = await testDry(
      graph(
        [
          { id: 'start', type: 'start', config: {} },
          call('fetch'),
          { id: 'which', type: 'condition', config: { condition: 'false' } },
          value('no', 1),
          value('yes', 1),
        ],
        ['start>fetch', 'fetch>which', 'which:true>yes', 'which:false>no'],
      ),
      { inputs: { a: 1 }, mocks: { fetch: 'got' } },
    )
    expect(view.trace.map(({ node_id, status }) => [node_id, status])).toEqual([
      ['start', 'completed'],
      ['fetch', 'completed'],
      ['which', 'completed'],
      ['no', 'completed'],
      ['yes', 'skipped'],
    ])
    expect(view.node('fetch')).toMatchObject({ input: { start: { a: 1 } }, output: { out: 'got' }, ports: ['out'] })
    expect(view.node('which')).toMatchObject({ ports: ['false'], output: { false: 'got' } })
    expect(view.summary).toEqual({
      nodes_executed: 4,
      nodes_failed: 0,
      nodes_skipped: 1,
      nodes_simulated: 1,
      total_duration: 0,
      passed: true,
    })
  })

  it('of configs as they would have been sent', async () => {
    const fetch = { id: 'fetch', type: 'http-request', config: { url: 'https://example.com/{{ inputs.id }}' } }
    const view = await testDry(graph([fetch, code('see', 'return input')], ['fetch>see']), { inputs: { id: 7 } })
    expect(view.node('fetch').config).toEqual({ url: 'https://example.com/7' })
    expect(view.node('see').config).toEqual({ source: 'return input' })
    const hidden = await testDry(graph([call('fetch')], []), { showsConfigs: false })
    expect(hidden.node('fetch')).not.toHaveProperty('config')
  })

  it('no secret: what names one stands as it is written', async () => {
    const fetch = {
      id: 'fetch',
      type: 'http-request',
      config: {
        url: 'https://example.com/{{ inputs.id }}',
        headers: { authorization: 'Bearer {{ secrets.token }} for {{ inputs.id }}', list: 'plain' },
        auth: { type: 'bearer', token: '{{ secrets.token }}' },
      },
    }
    const view = await testDry(graph([fetch], []), { inputs: { id: 7 } })
    expect(view.status).toBe('completed')
    expect(view.node('fetch').config).toEqual({
      url: 'https://example.com/7',
      headers: { authorization: 'Bearer {{ secrets.token }} for 7', list: 'plain' },
      auth: { type: 'bearer', token: '{{ secrets.token }}' },
    })
  })

  it('of large values their size', async () => {
    const text = 'x'.repeat(70_000)
    const view = await testDry(graph([value('big', text.slice(0, 60_000)), value('twice', '{{ input + input }}')], ['big>twice']))
    expect(outOf(view.node('twice'))).toEqual({ $omitted: true, size: 120_002 })
    expect(view.final_output).toEqual({ $omitted: true, size: 120_002 })
  })

  it('no more than 4 MiB', async () => {
    const items = Array.from({ length: 900 }, (_, index) => index)
    const texts = each('each', 'inputs.items', [
      value('text', 'x'.repeat(7_000)),
      { id: 'log', type: 'log', config: { message: 'y'.repeat(2_000) } },
    ])
    const view = await testDry(graph([texts], []), { inputs: { items } })
    expect(view).toMatchObject({ status: 'completed', trace_omitted: 801 })
    expect(JSON.stringify(view).length).toBeLessThan(4 * 1024 ** 2)
  })

  it('no link that is good for anything', async () => {
    const view = await testDry(graph([value('link', '{{ approval_url("ask") }}'), approval('ask')], ['link>ask']))
    const token =
      String(outOf(view.node('link')))
        .split('/')
        .at(-1) ?? ''
    expect(readToken(token, () => linkKey('nobody knows', '0123456789abcdef'))).toMatchObject({ kind: 'approval' })
    expect(readToken(token, (id) => linkKey('test-id-secret', id))).toBeNull()
  })
})

describe('bounds', () => {
  const timeout = expect.objectContaining({ code: 'EXECUTION_TIMEOUT', status: 504 })
  const endless = graph(
    [
      {
        id: 'loop',
        type: 'loop',
        config: { while: 'true', max_iterations: 10_000, body: { nodes: [value('a', 1)], edges: [] } },
      },
    ],
    [],
  )

  it('30 s of the real clock', async () => {
    let now = 0
    // It moves 5 s each time it is looked at.
    await expect(testDry(endless, { clock: () => (now += 5_000) })).rejects.toEqual(timeout)
    const budget = new DryRunBudget(() => now)
    now += MAX_DRY_RUN_SECONDS * 1_000
    await expect(budget.look()).resolves.toBeUndefined()
    now += 1
    await expect(budget.look()).rejects.toEqual(timeout)
  })

  it('events, and what is kept', () => {
    const budget = new DryRunBudget(() => 0)
    budget.spendTransition(MAX_DRY_RUN_EVENTS)
    expect(() => budget.spendTransition(1)).toThrow(ApiError)
    budget.keep(MAX_DRY_RUN_KEPT_CHARACTERS)
    expect(() => budget.keep(1)).toThrow(ApiError)
  })

  it('hold for children, too, and no retry gets around them', async () => {
    let looks = 0
    const clock = () => {
      looks += 1
      return looks * 5_000
    }
    await expect(testDry(graph([starts('call')], []), { stored: { other: endless }, clock })).rejects.toEqual(timeout)
    expect(looks).toBeLessThan(2 * MAX_DRY_RUN_SECONDS)
  })
})
