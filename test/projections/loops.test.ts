// What an operator sees of loops and of what waits: in `node_states`, in the list of nodes, in metrics and in log lines.
import { describe, expect, it } from 'vitest'
import { mustInstance } from '../../src/core/instance.ts'
import type { JsonObject } from '../../src/core/json.ts'
import { blockedOn } from '../../src/history/blocked-on.ts'
import { toEventFrames } from '../../src/history/event-frame.ts'
import { measureExecution } from '../../src/history/execution-metrics.ts'
import { toExecutionRecord } from '../../src/history/execution-record.ts'
import { findPayload, MAX_SHOWN_ERRORS, viewExecution } from '../../src/history/execution-view.ts'
import { frameOptions } from '../../src/history/frame-options.ts'
import { listNodes, type NodeQuery } from '../../src/history/node-list.ts'
import { body, each, http, loop, upTo, value } from '../support/loops.ts'
import { EPOCH_START, failure, graph, success, TestRun } from '../support/run.ts'

const iso = (seconds: number) => new Date(EPOCH_START + seconds * 1000).toISOString()
const blocked = (run: TestRun, path: string) => blockedOn(run.state, mustInstance(run.state, path))
const viewOf = (run: TestRun) => viewExecution(run.state, run.journal, { now: run.now, includeLogs: true, includeMetrics: true })
const plain = (id: string, more: JsonObject = {}) => http(id, { config: { url: 'https://example.com/' }, ...more })
const noAnswer = failure({ message: 'no answer from https://example.com/' })
const delay = (id: string, seconds: number) => ({ id, type: 'delay', config: { delay_seconds: seconds } })
const framesOf = (run: TestRun) => run.journal.flatMap((entry) => toEventFrames(entry, frameOptions(run.state)))

describe('blocked_on', () => {
  it('of an attempt: which of how many, until when its lease holds, and how many were lost', () => {
    const run = new TestRun(graph([plain('a'), plain('b', { retry: { max_attempts: 3 } })], []))
    expect(blocked(run, 'a')).toEqual({ kind: 'lease', until: iso(30), detail: 'attempt 1 is under way' })
    expect(blocked(run, 'b')).toEqual({ kind: 'lease', until: iso(30), detail: 'attempt 1 of 3 is under way' })
    run.wakeAfter(30_000)
    expect(blocked(run, 'b')).toMatchObject({ detail: 'attempt 2 of 4 is under way; 1 before it lost in a crash' })
  })

  it('of an attempt above the Runner’s bound: whether anybody has taken it up', () => {
    const run = new TestRun(graph([plain('slow', { timeout_seconds: 60 })], []))
    expect(blocked(run, 'slow')).toMatchObject({ detail: 'attempt 1 lies in the task queue, nobody has taken it up yet' })
    run.send({ type: 'claim', epoch: 1, node: 'slow', attempt: 1 })
    expect(blocked(run, 'slow')).toEqual({ kind: 'lease', until: iso(70), detail: 'attempt 1 is under way' })
  })

  it('of a retry: which attempt comes, when, and why', () => {
    const run = new TestRun(graph([plain('a', { retry: { max_attempts: 3, jitter: 'none' } })], []))
    run.settle('a', noAnswer)
    expect(blocked(run, 'a')).toEqual({
      kind: 'retry',
      until: iso(1),
      detail: 'attempt 2 of 3 after NETWORK_ERROR: no answer from https://example.com/',
    })
    const long = new TestRun(graph([plain('a', { retry: { max_attempts: 3 } })], []))
    long.settle('a', failure({ message: 'x'.repeat(5_000) }))
    expect(blocked(long, 'a')?.detail.length).toBeLessThan(300)
    expect(blocked(long, 'a')?.detail).toMatch(/\[truncated\]$/)
  })

  it('of a wait: the event and its condition, the prompt, the child, the moment', () => {
    const nodes = [
      { id: 'event', type: 'wait-for-event', config: { event: 'paid', match: 'payload.id == 7.0', timeout_seconds: 60 } },
      { id: 'bare', type: 'wait-for-event', config: { event: 'paid' } },
      { id: 'ask', type: 'approval', config: { prompt: `Refund? ${'x'.repeat(5_000)}`, timeout_seconds: 5 } },
      { id: 'sub', type: 'workflow', config: { workflow_id: 'ship' } },
      delay('nap', 9),
    ]
    const run = new TestRun(graph(nodes, []))
    run.settle('sub', { kind: 'child', executionId: 'c1' })
    expect(blocked(run, 'event')).toEqual({
      kind: 'event',
      until: iso(60),
      detail: 'waits for the event paid where payload.id == 7.0',
    })
    expect(blocked(run, 'bare')).toEqual({ kind: 'event', detail: 'waits for the event paid' })
    run.send({ type: 'signal', name: 'paid', payload: null, key: null, by: 'shop' })
    for (const id of [1, 2]) {
      run.send({ type: 'signal', name: 'paid', payload: { id }, key: null, by: 'shop' })
      const came = id === 1 ? '1 came that does not match' : '2 came that do not match'
      expect(blocked(run, 'event')).toMatchObject({ detail: `waits for the event paid where payload.id == 7.0; ${came}` })
    }
    const ask = blocked(run, 'ask')
    expect(ask).toMatchObject({
      kind: 'approval',
      until: iso(5),
      detail: expect.stringContaining('waits for an answer to: Refund? x'),
    })
    expect(ask?.detail.length).toBeLessThan(300)
    expect(blocked(run, 'sub')).toEqual({ kind: 'child', detail: 'waits for the execution c1' })
    expect(blocked(run, 'nap')).toEqual({ kind: 'timer', until: iso(9), detail: 'waits for its moment' })
  })

  it('of a join: whom it waits for, and how many are needed', () => {
    const sources = upTo(12).map((n) => plain(`s${n}`))
    const ends = [value('all', 1), value('two', 1, { join: { count: 2 } }), value('when', 1, { join: { when: 's0 && s1' } })]
    const edges = [...upTo(12).map((n) => `s${n}>all`), 's0>two', 's1>two', 's2>two', 's0>when', 's1>when']
    const run = new TestRun(graph([...sources, ...ends], edges))
    expect(blocked(run, 'all')?.detail).toBe('waits for s0, s1, s2, s3, s4, s5, s6, s7, s8, s9 and 2 more')
    run.settle('s0', success())
    expect(blocked(run, 'two')).toEqual({ kind: 'join', detail: 'waits for s1, s2 (runs after 2 of 3)' })
    expect(blocked(run, 'when')?.detail).toBe('waits for s1 (runs when s0 && s1)')
  })

  it('of a for-each: how far it is, where, and until when', () => {
    const run = new TestRun(graph([each(body([plain('fetch')]), { concurrency: 2, on_item_error: 'continue' })], []), {
      list: upTo(5),
    })
    run.settle('each[0].fetch', noAnswer)
    run.now += 5_000
    run.settle('each[1].fetch', success())
    expect(blocked(run, 'each')).toEqual({
      kind: 'child',
      until: iso(30),
      detail: '2 of 5 iterations ended, 1 of them failed; 2 under way, first each[2].fetch',
    })
    expect(blocked(run, 'each[3].fetch')).toMatchObject({ kind: 'lease', until: iso(35) })
  })

  it('of a loop in a loop: the innermost that comes next', () => {
    const inner = loop(body([delay('nap', 7)]), { while: 'true', max_iterations: 3 })
    const run = new TestRun(graph([each(body([inner]))], []), { list: [1, 2] })
    run.wakeAfter(7_000)
    expect(blocked(run, 'each')).toMatchObject({
      until: iso(14),
      detail: '0 of 2 iterations ended; 2 under way, first each[0].loop[1].nap',
    })
    expect(blocked(run, 'each[1].loop')).toMatchObject({ detail: 'round 2 of at most 3 is under way, first each[1].loop[1].nap' })
  })

  it('of everything that does not run, while it is paused: by whom, since when, why', () => {
    const run = new TestRun(graph([delay('nap', 60), plain('call'), value('last', 1)], ['nap>last']))
    run.now += 1_000
    run.send({ type: 'pause', by: 'ada', reason: 'deploy' })
    const paused = `; paused by ada at ${iso(1)} (deploy), goes on with resume`
    expect(blocked(run, 'nap')).toEqual({ kind: 'timer', until: iso(60), detail: `waits for its moment${paused}` })
    expect(blocked(run, 'last')?.detail).toBe(`waits for nap${paused}`)
    expect(blocked(run, 'call')?.detail).toBe('attempt 1 is under way')
    expect(viewOf(run).node_states).toMatchObject({ nap: { status: 'paused' }, call: { status: 'running' } })
  })

  it('is null of what has ended', () => {
    const run = new TestRun(graph([value('a', 1)], []))
    expect(blocked(run, 'a')).toBeNull()
  })
})

describe('iterations of a loop', () => {
  const countsOf = (run: TestRun, id = 'each') => viewOf(run).node_states[id]?.iterations

  it('count what runs, waits, has ended, and what is still to come', () => {
    const run = new TestRun(
      graph([each(body([delay('nap', 1), plain('fetch')], ['nap>fetch']), { concurrency: 3, on_item_error: 'drop' })], []),
      {
        list: upTo(6),
      },
    )
    expect(countsOf(run)).toEqual({ total: 6, completed: 0, failed: 0, running: 0, waiting: 3, skipped: 0 })
    run.wakeAfter(1_000)
    run.settle('each[0].fetch', success())
    run.settle('each[1].fetch', failure({ retryable: false }))
    expect(countsOf(run)).toEqual({ total: 6, completed: 1, failed: 1, running: 1, waiting: 2, skipped: 0 })
  })

  it('add up once the loop has ended, also where the execution goes on', () => {
    const nodes = [each(body([plain('fetch')]), { concurrency: 2 }), delay('on', 60)]
    const run = new TestRun(graph(nodes, ['each:error>on']), { list: upTo(5) })
    run.settle('each[1].fetch', failure({ retryable: false }))
    expect(run.state.phase.status).toBe('open')
    expect(countsOf(run)).toEqual({ total: 5, completed: 0, failed: 1, running: 0, waiting: 0, skipped: 4 })
  })

  it('of a `loop` are its rounds so far', () => {
    const run = new TestRun(graph([loop(body([plain('c')]), { while: 'iteration < 5' })], []))
    run.settle('loop[0].c', success())
    expect(countsOf(run, 'loop')).toEqual({ total: 2, completed: 1, failed: 0, running: 1, waiting: 0, skipped: 0 })
  })
})

describe('the list of nodes', () => {
  const nested = () => {
    const inner = each(body([http('fetch')]), { items: '["x", "y"]' })
    return new TestRun(
      graph([value('src', 1), each(body([inner, value('v', '{{ item }}')])), value('last', 2)], ['src>each', 'each>last']),
      {
        list: ['a', 'b'],
      },
    )
  }
  const list = (run: TestRun, query: Partial<NodeQuery> = {}) =>
    listNodes(run.state, () => run.journal, { prefix: null, status: null, limit: 100, cursor: null, includeLogs: true, ...query })
  const paths = (run: TestRun, query: Partial<NodeQuery> = {}) => {
    const page = list(run, query)
    return page.kind === 'page' ? page.nodes.map(({ node_id }) => node_id) : page.kind
  }
  const ALL = [
    'src',
    'each',
    ...['each[0]', 'each[1]'].flatMap((at) => [`${at}.each`, `${at}.each[0].fetch`, `${at}.each[1].fetch`, `${at}.v`]),
    'last',
  ]

  it('is in definition order, each loop followed by what is in it', () => {
    expect(paths(nested())).toEqual(ALL)
  })

  it.each([
    ['src', ['src']],
    ['each', ALL.slice(1, -1)],
    ['each[1]', ALL.slice(6, 10)],
    ['each[1].each', ALL.slice(6, 9)],
    ['each[1].each[0]', ['each[1].each[0].fetch']],
    ['each[1].each[0].fetch', ['each[1].each[0].fetch']],
    ['each[7]', []],
    ['each[7].v', []],
    ['each[1].each[0].nope', 'unknown_prefix'],
    ['src[0]', 'unknown_prefix'],
    ['each.v', 'unknown_prefix'],
    ['eac', 'unknown_prefix'],
    ['', 'unknown_prefix'],
  ])('below %s', (prefix, expected) => {
    expect(paths(nested(), { prefix })).toEqual(expected)
  })

  it('by status', () => {
    const run = nested()
    run.settle('each[1].each[0].fetch', success())
    expect(paths(run, { status: 'pending' })).toEqual(['last'])
    expect(paths(run, { status: 'running', prefix: 'each[1]' })).toEqual(['each[1].each', 'each[1].each[1].fetch'])
    expect(paths(run, { status: 'failed' })).toEqual([])
  })

  it('comes in pages, each node once, also while more begin', () => {
    const run = new TestRun(graph([each(body([http('fetch')]), { concurrency: 2 }), value('last', 2)], ['each>last']), {
      list: upTo(4),
    })
    const seen: string[] = []
    for (let cursor: string | null = null, pages = 0; pages < 4; pages += 1) {
      const page = list(run, { limit: 2, cursor })
      if (page.kind !== 'page') throw new Error(page.kind)
      seen.push(...page.nodes.map(({ node_id }) => node_id))
      run.settle(`each[${pages}].fetch`, success())
      cursor = page.next
      if (cursor === null) break
    }
    expect(seen).toEqual(['each', 'each[0].fetch', 'each[1].fetch', 'each[2].fetch', 'each[3].fetch', 'last'])
    expect(paths(run, { cursor: 'gone' })).toBe('unknown_cursor')
    expect(paths(run, { cursor: 'last' })).toEqual([])
  })

  it('shows a node as `node_states` does, with its own log', () => {
    const run = nested()
    run.settle('each[1].each[0].fetch', failure({ retryable: false, message: 'no' }))
    const page = list(run, { prefix: 'each[1].each[0].fetch' })
    expect(page).toMatchObject({
      next: null,
      nodes: [
        {
          node_id: 'each[1].each[0].fetch',
          type: 'http-request',
          status: 'failed',
          input_data: { input: 'x' },
          error: 'no',
          logs: ['Step started: each[1].each[0].fetch', 'each[1].each[0].fetch failed: NETWORK_ERROR no'],
        },
      ],
    })
    const same = list(run, { prefix: 'src' })
    expect(same.kind === 'page' && same.nodes[0]).toEqual(viewOf(run).node_states.src)
    expect(list(run, { prefix: 'src', includeLogs: false })).toMatchObject({ nodes: [{ logs: [] }] })
  })

  it('gives large values by a reference that leads to them', () => {
    const run = new TestRun(graph([each(body([http('fetch')]), { collect: false })], []), { list: [1, 2] })
    const large = 'x'.repeat(100_000)
    run.settle('each[1].fetch', success(large))
    const page = list(run, { prefix: 'each[1]' })
    const shown = page.kind === 'page' ? page.nodes[0]?.output_data.out?.data : null
    expect(shown).toMatchObject({ size: 100_002 })
    const [, hash = ''] = /payloads\/(\w+)/.exec(JSON.stringify(shown)) ?? []
    expect(findPayload(run.state, hash)).toEqual({ value: large })
    expect(findPayload(run.state, '0'.repeat(64))).toBeNull()
  })
})

describe('figures', () => {
  it('count the nodes in iterations; loops are not the slowest', () => {
    const run = new TestRun(
      graph([each(body([delay('nap', 5), value('v', 1)], ['nap>v']), { concurrency: 1 }), value('last', 2)], ['each>last']),
      {
        list: [1, 2],
      },
    )
    run.wakeAfter(5_000)
    run.wakeAfter(5_000)
    expect(measureExecution(run.state, run.now)).toMatchObject({
      node_count: 6,
      nodes_executed: 6,
      average_node_time_seconds: 2,
      slowest_node_id: 'each[0].nap',
      slowest_node_time_seconds: 5,
    })
    expect(toExecutionRecord(run.state, { wakeAt: null, expiresAt: null }).nodes_executed).toBe(6)
  })

  it('of thousands of failed items show the first and the last', () => {
    const bad = body([{ id: 'f', type: 'fail', config: { code: 'X', message: 'item {{ item }}' } }])
    const run = new TestRun(graph([each(bad, { on_item_error: 'drop', concurrency: 1 })], []), { list: upTo(1_000) })
    while (run.state.phase.status === 'open') run.send({ type: 'wake' })
    expect(viewOf(run).errors).toHaveLength(MAX_SHOWN_ERRORS)
    const more = {
      ...run.state,
      errors: [...run.state.errors, { ...run.state.errors[0], node: 'end' } as (typeof run.state.errors)[number]],
    }
    const { errors } = viewExecution(more, null, { now: run.now, includeLogs: false, includeMetrics: false })
    expect(errors).toHaveLength(MAX_SHOWN_ERRORS)
    expect(errors.at(-1)).toMatchObject({ node_id: 'end' })
    expect(errors.at(-2)).toMatchObject({ node_id: `each[${MAX_SHOWN_ERRORS - 2}].f` })
  })
})

describe('log lines', () => {
  it('of iterations carry their path; a failed loop names the innermost node', () => {
    const inner = each(body([{ id: 'f', type: 'fail', config: { code: 'X', message: 'm' } }]), { items: '[7.0]' })
    const run = new TestRun(graph([each(body([inner]))], []), { list: ['a'] })
    expect(framesOf(run).map(({ event, node_id, message }) => `${event} ${node_id}: ${message}`)).toEqual([
      'execution.created undefined: Execution created',
      'execution.started undefined: Execution started',
      'node.iterating each: Loop started: each, 1 item',
      'iteration.started each[0]: Iteration started: each[0]',
      'node.iterating each[0].each: Loop started: each[0].each, 1 item',
      'iteration.started each[0].each[0]: Iteration started: each[0].each[0]',
      'node.failed each[0].each[0].f: each[0].each[0].f failed: X m',
      'iteration.failed each[0].each[0]: Iteration failed: each[0].each[0]: X m',
      'node.failed each[0].each: each[0].each failed in each[0].each[0].f: X m',
      'iteration.failed each[0]: Iteration failed: each[0]: X m',
      'node.failed each: each failed in each[0].each[0].f: X m',
      'execution.failed undefined: Execution failed in each[0].each[0].f: X m',
    ])
  })

  it('of what a replay has taken back are still told', () => {
    const run = new TestRun(graph([each(body([http('fetch')]))], []), { list: ['a'] })
    const gone = { ...run.state, iterations: new Map() }
    const frames = run.journal.flatMap((entry) => toEventFrames(entry, { ...frameOptions(gone), captureIo: true }))
    expect(frames.at(-1)).toMatchObject({ node_id: 'each[0].fetch', data: { node_type: 'http-request' } })
  })
})
