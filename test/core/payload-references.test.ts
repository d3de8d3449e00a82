// Outputs that lie outside: what a decision reads of them, what it passes on, what it asks for.
import { describe, expect, it } from 'vitest'
import { decide } from '../../src/core/decide.ts'
import type { Json, JsonObject } from '../../src/core/json.ts'
import { MAX_NODE_PAYLOAD_BYTES, MAX_PAYLOAD_BYTES_BEFORE_STEP } from '../../src/core/limits.ts'
import type { AttemptResult } from '../../src/core/node-type.ts'
import { PayloadsMissing } from '../../src/core/payload.ts'
import { takeSnapshot } from '../../src/core/snapshot.ts'
import { mayHavePayloads } from '../../src/execution/retention.ts'
import { nodeTypes } from '../../src/nodes/registry.ts'
import { failure, graph, success, TestRun } from '../support/run.ts'

const MIB = 1024 * 1024
const call = (id = 'call', more: JsonObject = {}) => ({ id, type: 'http', config: { url: 'http://127.0.0.1/' }, ...more })
const value = (id: string, given: Json, more: JsonObject = {}) => ({ id, type: 'value', config: { value: given }, ...more })
const reference = (name: string, size = 2 * MIB) => ({ $payload: name.padEnd(64, '0'), size, mark: `mark of ${name}` })
const large = (name: string, size?: number): AttemptResult => {
  const output = reference(name, size)
  return { kind: 'completed', output, payloads: [output] }
}

/** Settles a node, loading what is asked for from `outside`; answers the hashes in the order in which they were asked for. */
function settleLoading(run: TestRun, node: string, result: AttemptResult, outside: Readonly<Record<string, Json>>) {
  return sendLoading(run, { type: 'settle', epoch: 1, node, attempt: 1, result }, outside)
}

function sendLoading(run: TestRun, command: Parameters<TestRun['send']>[0], outside: Readonly<Record<string, Json>>) {
  const asked: string[] = []
  const loaded = new Map<string, { value: Json } | 'lost'>()
  for (;;) {
    try {
      run.send(command, loaded)
      return asked
    } catch (thrown) {
      if (!(thrown instanceof PayloadsMissing)) throw thrown
      for (const { $payload } of thrown.payloads) {
        const name = $payload.replace(/0+$/, '')
        asked.push(name)
        loaded.set($payload, Object.hasOwn(outside, name) ? { value: outside[name] ?? null } : 'lost')
      }
    }
  }
}

const page = { status: 200, body: { items: [{ n: 1 }, { n: 2 }], title: 'all' } }

describe('an expression', () => {
  it.each<[string, Json]>([
    ['outputs.call.body.items[1].n', 2],
    ['outputs["call"].body.title', 'all'],
    ['outputs.call.?body.?title.orValue("none")', 'all'],
    ['outputs.?call.?nothing.orValue("none")', 'none'],
    ['has(outputs.call.body)', true],
    ['input.body.items.map(i, i.n)', [1, 2]],
    ['value.status', 200],
    ['inputs_by_source.call.body.items.size()', 2],
    ['outputs == {"call": input} && size(input.body.items) == 2', true],
    ['[input.body].map(b, b.title)', ['all']],
  ])('reads what lies outside: %s', (expression, expected) => {
    const run = new TestRun(graph([call(), value('v', `{{ ${expression} }}`)], ['call>v']))
    expect(settleLoading(run, 'call', large('page'), { page })).toEqual(['page'])
    expect(run.state.phase).toMatchObject({ status: 'completed', output: expected })
  })

  it('`value` is the own member of that name', () => {
    const run = new TestRun(graph([call(), value('v', '{{ value.a }}')], ['call>v']))
    settleLoading(run, 'call', large('it'), { it: { value: { a: 7 } } })
    expect(run.state.phase).toMatchObject({ output: 7 })
  })

  it('of an edge reads it before the node that gave it has completed', () => {
    const when = { from: 'call', to: 'v', when: 'input.status == 200 && outputs.call.body.title == "all"' }
    const run = new TestRun(graph([call(), value('v', 1)], [when]))
    expect(settleLoading(run, 'call', large('page'), { page })).toEqual(['page'])
    expect(run.statuses()).toEqual({ call: 'completed', v: 'completed' })
  })

  it('that does not name it asks for nothing', () => {
    const run = new TestRun(graph([call(), value('v', '{{ inputs.n + size("outputs.call") }}')], ['call>v']), { n: 1 })
    expect(settleLoading(run, 'call', large('page'), {})).toEqual([])
    expect(run.state.phase).toMatchObject({ status: 'completed', output: 13 })
  })

  it('asks for everything that one value refers to at once', () => {
    const run = new TestRun(graph([call('a'), call('b'), value('v', '{{ input.map(k, input[k].n) }}')], ['a>v', 'b>v']))
    settleLoading(run, 'a', large('a'), {})
    expect(settleLoading(run, 'b', large('b'), { a: { n: 1 }, b: { n: 2 } })).toEqual(['a', 'b'])
    expect(run.state.phase).toMatchObject({ output: [1, 2] })
  })

  it('with a result above the limit of results fails its node', () => {
    const run = new TestRun(graph([call(), value('v', '{{ input }}')], ['call>v']))
    settleLoading(run, 'call', large('text'), { text: 'x'.repeat(MIB) })
    expect(run.state.phase).toMatchObject({ status: 'failed', node: 'v', error: { code: 'EXPRESSION_ERROR' } })
  })
})

describe('a value of the same shape', () => {
  it.each([{}, { mark: 'guessed' }, { mark: 'mark of page', $payload: 'f'.repeat(64) }])(
    'from a caller is data: %o',
    (forged) => {
      const data = { ...reference('page'), mark: '', ...forged }
      const run = new TestRun(graph([call(), value('v', '{{ inputs.data }}')], ['call>v']), { data })
      expect(settleLoading(run, 'call', large('page'), {})).toEqual([])
      expect(run.state.phase).toMatchObject({ status: 'completed', output: data })
    },
  )
})

describe('a node that passes its input on', () => {
  it.each<JsonObject>([
    { type: 'end', config: {} },
    { type: 'log', config: { message: 'here' } },
    { type: 'set-variables', config: { assign: { a: 1 } } },
    { type: 'merge', config: { mode: 'first' } },
    { type: 'transformer', config: { transform_type: 'map' } },
    { type: 'condition', config: { condition: 'inputs.yes' } },
    { type: 'http', config: { url: 'http://127.0.0.1/' }, disabled: true },
  ])('passes the reference on: $type', (node) => {
    const run = new TestRun(graph([call(), { id: 'next', ...node }], ['call>next']), { yes: true })
    expect(settleLoading(run, 'call', large('page'), {})).toEqual([])
    expect(run.state.phase).toMatchObject({ status: 'completed', output: reference('page') })
  })

  it('a delay, later', () => {
    const run = new TestRun(graph([call(), { id: 'wait', type: 'delay', config: { delay_seconds: 1 } }], ['call>wait']))
    run.settle('call', large('page'))
    run.wakeAfter(1_000)
    expect(run.state.phase).toMatchObject({ status: 'completed', output: reference('page') })
  })

  it('a filter lets it pass, and reads it for that', () => {
    const run = new TestRun(graph([call(), { id: 'f', type: 'filter', config: { condition: 'item.status == 200' } }], ['call>f']))
    expect(settleLoading(run, 'call', large('page'), { page })).toEqual(['page'])
    expect(run.state.phase).toMatchObject({ status: 'completed', output: reference('page') })
  })
})

describe('a node that looks into its input', () => {
  it.each<[JsonObject, Json]>([
    [{ type: 'merge', config: {} }, page],
    [{ type: 'transformer', config: { transform_type: 'pick', fields: ['status'] } }, { status: 200 }],
    [{ type: 'transformer', config: { transform_type: 'omit', fields: ['body'] } }, { status: 200 }],
    [{ type: 'transformer', config: { transform_type: 'sort', items: 'input.body.items', by: '-item.n' } }, [{ n: 2 }, { n: 1 }]],
  ])('reads it: %o', (node, expected) => {
    const run = new TestRun(graph([call(), { id: 'next', ...node }], ['call>next']))
    expect(settleLoading(run, 'call', large('page'), { page })).toEqual(['page'])
    expect(run.state.phase).toMatchObject({ status: 'completed', output: expected })
  })

  it('an operation reads its operands', () => {
    const run = new TestRun(graph([call(), { id: 'sum', type: 'operation', config: { op: 'add' } }], ['call>sum']))
    settleLoading(run, 'call', large('text'), { text: 'seven' })
    expect(run.state.phase).toMatchObject({ status: 'failed', node: 'sum', error: { code: 'INPUT_INVALID' } })
  })

  it('a merge keeps references beside objects', () => {
    const run = new TestRun(graph([call('a'), call('b'), { id: 'm', type: 'merge', config: {} }], ['a>m', 'b>m']))
    settleLoading(run, 'a', success({ x: 1 }), {})
    settleLoading(run, 'b', large('list'), { list: [1, 2] })
    expect(run.state.phase).toMatchObject({ status: 'completed', output: { x: 1, b: [1, 2] } })
  })
})

describe('loops', () => {
  const each = (config: JsonObject) => ({ id: 'each', type: 'for-each', config: { items: '[1, 2]', ...config } })
  const body = graph([call()], [])

  it('gather references, of which an expression reads those it names', () => {
    const run = new TestRun(graph([each({ body }), value('v', '{{ [outputs.each.size(), outputs.each[1].n] }}')], ['each>v']))
    settleLoading(run, 'each[0].call', large('a'), {})
    expect(settleLoading(run, 'each[1].call', large('b'), { b: { n: 2 } })).toEqual(['b'])
    expect(run.state.phase).toMatchObject({ status: 'completed', output: [2, 2] })
  })

  it('give references as final output', () => {
    const run = new TestRun(graph([each({ body })], []))
    run.settle('each[0].call', large('a'))
    run.settle('each[1].call', success(5))
    expect(run.state.phase).toMatchObject({ status: 'completed', output: [reference('a'), 5] })
  })

  it('transform elements that lie outside', () => {
    const map = {
      id: 'm',
      type: 'transformer',
      config: { transform_type: 'map', mapping: { n: '{{ item.n }}', v: '{{ value }}' } },
    }
    const run = new TestRun(graph([each({ body }), map], ['each>m']))
    settleLoading(run, 'each[0].call', large('a'), {})
    settleLoading(run, 'each[1].call', success({ n: 2 }), { a: { n: 1, value: 9 } })
    expect(run.state.phase).toMatchObject({
      status: 'completed',
      output: [
        { n: 1, v: 9 },
        { n: 2, v: { n: 2 } },
      ],
    })
  })

  it('`while` reads a state that lies outside', () => {
    const loop = { id: 'l', type: 'loop', config: { while: 'state == null || state.more', body } }
    const run = new TestRun(graph([loop], []))
    expect(settleLoading(run, 'l[0].call', large('a'), { a: { more: true } })).toEqual(['a'])
    expect(settleLoading(run, 'l[1].call', large('b'), { b: { more: false } })).toEqual(['b'])
    expect(run.state.phase).toMatchObject({ status: 'completed', output: reference('b') })
  })
})

describe('a signal', () => {
  it('is matched against what lies outside; what cannot be read is no match', () => {
    const wait = { id: 'w', type: 'wait-for-event', config: { event: 'go', match: 'payload == input.id' } }
    const command = { type: 'signal', name: 'go', payload: 7, key: null, by: 'me' } as const
    for (const [outside, output] of [
      [{ it: { id: 7 } }, 7],
      [{}, undefined],
    ] as const) {
      const run = new TestRun(graph([call(), wait], ['call>w']))
      settleLoading(run, 'call', large('it'), {})
      sendLoading(run, command, outside)
      expect(run.node('w')).toMatchObject(output === undefined ? { status: 'waiting' } : { status: 'completed', output })
    }
  })
})

describe('what cannot be read', () => {
  it('fails the node that needs it, for good', () => {
    const run = new TestRun(graph([call(), value('v', '{{ input.x }}'), value('other', 1)], ['call>v', 'call>other']))
    settleLoading(run, 'call', large('gone'), {})
    expect(run.state.phase).toMatchObject({ status: 'failed', node: 'v', error: { code: 'PAYLOAD_LOST', retryable: false } })
    expect(run.state.phase).toMatchObject({ error: { message: expect.stringContaining('node v: ') } })
  })

  it('fails a loop whose `while` needs it by the same name', () => {
    const config = { while: 'outputs.call.x == 1', body: graph([value('v', 1)], []) }
    const run = new TestRun(graph([call(), { id: 'again', type: 'loop', config }], ['call>again']))
    settleLoading(run, 'call', large('gone'), {})
    expect(run.state.phase).toMatchObject({ status: 'failed', node: 'again', error: { code: 'PAYLOAD_LOST' } })
    expect(run.state.phase).toMatchObject({ error: { message: expect.stringContaining('node again: config.while: ') } })
  })

  it('takes the error edge as any failure', () => {
    const run = new TestRun(
      graph([call(), { id: 'm', type: 'merge', config: {} }, value('v', '{{ error.code }}')], ['call>m', 'm:error>v']),
    )
    settleLoading(run, 'call', large('gone'), {})
    expect(run.state.phase).toMatchObject({ status: 'completed', output: 'PAYLOAD_LOST' })
  })

  it.each([
    [0, 'completed'],
    [1, 'failed'],
  ])('one node reads up to the bound (%i above)', (above, status) => {
    const run = new TestRun(graph([call('a'), call('b'), value('v', '{{ size(input.a) + size(input.b) }}')], ['a>v', 'b>v']))
    settleLoading(run, 'a', large('a', MAX_NODE_PAYLOAD_BYTES / 2), {})
    settleLoading(run, 'b', large('b', MAX_NODE_PAYLOAD_BYTES / 2 + above), { a: [1], b: [2] })
    expect(run.state.phase).toMatchObject({ status, ...(above === 1 && { node: 'v', error: { code: 'INPUT_INVALID' } }) })
  })
})

describe('a transition that has read much', () => {
  it.each([
    [0, 1],
    [1, 2],
  ])('goes on by another (%i above the bound)', (above, transitions) => {
    const run = new TestRun(
      graph([call(), value('v', '{{ size(input) }}'), value('w', '{{ input + size(outputs.call) }}')], ['call>v', 'v>w']),
    )
    const outside = { a: [1, 2] }
    settleLoading(run, 'call', large('a', MAX_PAYLOAD_BYTES_BEFORE_STEP + above), outside)
    if (transitions === 2) {
      expect(run.effects.at(-1)).toEqual({ type: 'continue' })
      expect(sendLoading(run, { type: 'wake' }, outside)).toEqual(['a'])
    }
    expect(run.journal).toHaveLength(1 + transitions)
    expect(run.state.phase).toMatchObject({ status: 'completed', output: 4 })
  })
})

describe('asking', () => {
  it('decides nothing', () => {
    const run = new TestRun(graph([call(), value('v', '{{ input.x }}')], ['call>v']))
    const { state } = run
    const command = { type: 'settle', epoch: 1, node: 'call', attempt: 1, result: large('a') } as const
    expect(() => decide(state, command, run.now, nodeTypes)).toThrow(PayloadsMissing)
    expect(run.state).toBe(state)
    expect(state.payloads).toEqual({})
  })

  it('is not needed to cancel, pause or time out', () => {
    const limits = { settings: { timeout_seconds: 10 } }
    const nodes = [call(), call('other'), { id: 'j', type: 'value', config: { value: '{{ outputs.call.x }}' } }]
    const run = new TestRun(graph(nodes, ['call>j', 'other>j'], limits))
    run.settle('call', large('a'))
    run.send({ type: 'pause', by: 'me', reason: null })
    run.send({ type: 'resume', by: 'me' })
    run.wakeAfter(20_000)
    expect(run.state.phase).toMatchObject({ status: 'failed', error: { code: 'EXECUTION_TIMEOUT' } })
  })
})

describe('a result whose consequences read what cannot be loaded', () => {
  const settled = { type: 'settle', epoch: 1, node: 'call', attempt: 1, result: success(1) } as const
  const holding = (more: JsonObject | null) => {
    const reader = value('v', '{{ size(outputs.big) }}')
    const edge = more === null ? 'call>v' : { from: 'call', to: 'v', ...more }
    const run = new TestRun(graph([call('big'), call(), reader], ['big>call', edge]))
    run.settle('big', large('a'))
    return run
  }

  it('is journaled alone, and a wake goes on', () => {
    const run = holding(null)
    const decision = decide(run.state, settled, run.now, nodeTypes, undefined, true)
    expect(decision.events.map(({ type }) => type)).toEqual(['node.completed'])
    expect(decision.effects).toEqual([{ type: 'continue' }])
    if (decision.state !== null) run.state = decision.state
    expect(sendLoading(run, { type: 'wake' }, { a: [1, 2] })).toEqual(['a'])
    expect(run.state.phase).toMatchObject({ status: 'completed', output: 2 })
  })

  it('is not, where its own edges read it', () => {
    const run = holding({ when: 'size(outputs.big) > 1' })
    expect(() => decide(run.state, settled, run.now, nodeTypes, undefined, true)).toThrow(PayloadsMissing)
  })
})

describe('the state', () => {
  it('and its snapshot stay small, whatever lies outside', () => {
    const run = new TestRun(graph([call(), { id: 'end', type: 'end', config: {} }], ['call>end']))
    settleLoading(run, 'call', large('page'), { page: 'x'.repeat(2 * MIB) })
    expect(JSON.stringify(takeSnapshot(run.state)).length).toBeLessThan(5_000)
    expect(JSON.stringify(run.journal).length).toBeLessThan(5_000)
  })

  it('says whether anything may lie outside', () => {
    const quiet = new TestRun(graph([call(), { id: 'end', type: 'end', config: {} }], ['call>end']))
    quiet.settle('call', success(1))
    expect(mayHavePayloads(quiet.state)).toBe(false)
    const stored = new TestRun(graph([call()], []))
    stored.settle('call', large('a'))
    expect(mayHavePayloads(stored.state)).toBe(true)
    const cancelled = new TestRun(graph([call()], []))
    cancelled.cancel()
    expect(mayHavePayloads(cancelled.state)).toBe(true)
    const lost = new TestRun(graph([call()], []))
    lost.wakeAfter(3_600_000)
    lost.settle('call', success(1), 2)
    expect(lost.state.phase.status).toBe('completed')
    expect(mayHavePayloads(lost.state)).toBe(true)
  })

  it('a failure that is tried again leaves nothing', () => {
    const run = new TestRun(graph([call()], []))
    run.settle('call', failure())
    run.wakeAfter(3_600_000)
    run.settle('call', success(1), 2)
    expect(mayHavePayloads(run.state)).toBe(false)
  })
})

describe('a child', () => {
  it('brings the references of its output', () => {
    const node = { id: 'w', type: 'workflow', config: { workflow_id: 'other' } }
    const run = new TestRun(graph([node, value('v', '{{ input.part.n }}')], ['w>v']))
    run.settle('w', { kind: 'child', executionId: 'cccccccccccccccc' })
    const parent = { executionId: run.state.identity.executionId, epoch: 1, node: 'w', failures: 0 }
    const end = { status: 'completed', output: { part: reference('a') }, payloads: [reference('a')] } as const
    const command = { type: 'child_ended', parent, executionId: 'cccccccccccccccc', end } as const
    expect(sendLoading(run, command, { a: { n: 3 } })).toEqual(['a'])
    expect(run.state.phase).toMatchObject({ status: 'completed', output: 3 })
  })
})
