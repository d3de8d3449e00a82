// What one node, one transition and one execution may cost: nothing is ever thrown out of `decide`.
import { describe, expect, it } from 'vitest'
import { decide } from '../../src/core/decide.ts'
import { forkState } from '../../src/core/draft.ts'
import { type JsonObject, jsonLength } from '../../src/core/json.ts'
import { errorWithinBound } from '../../src/core/kept-characters.ts'
import {
  MAX_CHARACTERS_PER_TRANSITION,
  MAX_ERROR_PAST_BOUND_CHARACTERS,
  MAX_EXPRESSION_STEPS,
  MAX_EXPRESSION_STEPS_PER_TRANSITION,
  MAX_INTERRUPTIONS,
  MAX_KEPT_CHARACTERS,
  MAX_LOG_MESSAGE_BYTES,
  MAX_NODE_STEPS,
  MAX_RENDERED_CHARACTERS,
  MAX_STEPS_PER_TRANSITION,
  QUEUE_PICKUP_MS,
} from '../../src/core/limits.ts'
import { nodeError } from '../../src/core/node-error.ts'
import type { NodeType, NodeTypes } from '../../src/core/node-type.ts'
import { takeSnapshot } from '../../src/core/snapshot.ts'
import { nextWakeAt } from '../../src/core/timers.ts'
import { Transition } from '../../src/core/transition.ts'
import { nodeTypes } from '../../src/nodes/registry.ts'
import { body, each } from '../support/loops.ts'
import { EPOCH_START, graph, identity, TestRun, workflow } from '../support/run.ts'

const MIB = 1024 * 1024
const delay = { id: 'd', type: 'delay', config: { delay_seconds: 1 } }
const value = (id: string, given: string | readonly string[], more: JsonObject = {}) => ({
  id,
  type: 'value',
  config: { value: given },
  ...more,
})
const text = (characters: number) => 'x'.repeat(characters)

describe('sizes', () => {
  it('a config that renders beyond its bound fails its node, by name of the place', () => {
    const run = new TestRun(graph([delay, value('v', Array(600).fill('{{ inputs.x }}'))], ['d>v']), { x: text(MIB - 100) })
    run.wakeAfter(1_000)
    expect(run.state.phase).toMatchObject({ status: 'failed', node: 'v', error: { code: 'EXPRESSION_ERROR' } })
    expect(run.state.phase).toMatchObject({ error: { message: expect.stringContaining('config.value[2]: ') } })
  })

  it.each([
    [0, 'OUTPUT_TOO_LARGE'],
    [1, 'EXPRESSION_ERROR'],
  ])('templates may give up to the bound (%i above)', (above, code) => {
    const half = MAX_RENDERED_CHARACTERS / 2 - 2
    const inputs = { x: text(half), y: text(half + above) }
    const run = new TestRun(graph([value('v', ['{{ inputs.x }}', '{{ inputs.y }}'])], []), inputs)
    expect(run.state.phase).toMatchObject({ status: 'failed', error: { code } })
  })

  it('assigned variables are bounded in all', () => {
    const assign = { id: 's', type: 'set-variables', config: { assign: { a: '{{ inputs.x }}' } } }
    const more = [1, 2, 3].map((n) => ({
      id: `s${n}`,
      type: 'set-variables',
      config: { assign: { [`b${n}`]: '{{ inputs.x }}' } },
    }))
    const run = new TestRun(graph([assign, ...more], ['s>s1', 's1>s2', 's2>s3']), { x: text(MIB - 100) })
    expect(run.state.phase).toMatchObject({ status: 'failed', node: 's3', error: { code: 'OUTPUT_TOO_LARGE' } })
  })

  it('a transition that has journaled much goes on by another', () => {
    const nodes = Array.from({ length: 12 }, (_, index) => value(`n${index}`, '{{ inputs.x }}'))
    const end = { id: 'end', type: 'end', config: {}, join: 'any' }
    const run = new TestRun(graph([...nodes, end], ['n11>end']), { x: text(MIB - 100) })
    expect(run.effects).toEqual([{ type: 'continue' }])
    expect(run.state.path).toHaveLength(MAX_CHARACTERS_PER_TRANSITION / MIB + 1)
    run.send({ type: 'wake' })
    expect(run.state.phase.status).toBe('completed')
  })

  it('so does a wake at which much is due', () => {
    const delays = Array.from({ length: MAX_STEPS_PER_TRANSITION + 1 }, (_, index) => ({ ...delay, id: `d${index}` }))
    const run = new TestRun(graph(delays, []))
    run.send({ type: 'wake' })
    expect(run.wakeAfter(1_000).effects).toEqual([{ type: 'continue' }])
    expect(run.state.path).toHaveLength(MAX_STEPS_PER_TRANSITION)
    run.send({ type: 'wake' })
    expect(run.state.phase.status).toBe('completed')
  })

  it('what was due before the deadline, and what follows from it, goes first', () => {
    const delays = Array.from({ length: MAX_STEPS_PER_TRANSITION + 1 }, (_, index) => ({ ...delay, id: `d${index}` }))
    const all = { nodes: [...delays, value('v', 'in time')], edges: [{ from: `d${MAX_STEPS_PER_TRANSITION}`, to: 'v' }] }
    const run = new TestRun({ ...all, settings: { timeout_seconds: 60 } })
    run.send({ type: 'wake' })
    expect(run.wakeAfter(61_000).effects).toEqual([{ type: 'continue' }])
    run.send({ type: 'wake' })
    expect(run.state.phase.status).toBe('completed')
  })

  it('what never ends does not go first', () => {
    const round = { id: 'l', type: 'loop', config: { while: 'true', max_iterations: 10_000, body: body([value('v', 'on')]) } }
    const run = new TestRun(graph([delay, round], ['d>l'], { settings: { timeout_seconds: 60 } }))
    expect(run.wakeAfter(61_000).effects).toEqual([{ type: 'continue' }])
    run.send({ type: 'wake' })
    expect(run.state.phase).toMatchObject({ status: 'failed', error: { code: 'EXECUTION_TIMEOUT' } })
  })

  it('the outputs of all nodes are bounded, and so is the output of many ends', () => {
    const nodes = Array.from({ length: 40 }, (_, index) => value(`n${index}`, '{{ inputs.x }}'))
    const kept = new TestRun(graph(nodes, []), { x: text(MIB - 100) })
    while (kept.state.phase.status === 'open') kept.send({ type: 'wake' })
    expect(kept.state.phase).toMatchObject({ status: 'failed', node: 'n32', error: { code: 'OUTPUT_TOO_LARGE' } })
    const ends = new TestRun(graph(nodes.slice(0, 9), []), { x: text(MIB - 100) })
    while (ends.state.phase.status === 'open') ends.send({ type: 'wake' })
    expect(ends.state.phase).toMatchObject({ status: 'failed', node: null, error: { code: 'OUTPUT_TOO_LARGE' } })
  })
})

describe('what an execution keeps', () => {
  const goOn = (run: TestRun) => {
    while (run.effects.splice(0).some(({ type }) => type === 'continue')) run.send({ type: 'wake' })
  }
  const snapshotLength = (run: TestRun) => JSON.stringify(takeSnapshot(run.state)).length
  const list = (length: number) => ({ list: Array(length).fill(1) })
  const failing = (type: string, config: JsonObject) =>
    each(body([{ id: 'n', type, config }]), { concurrency: 1_000, on_item_error: 'continue', collect: false })

  it('counts failures, each of which is kept once, and tells them shortly past the bound', () => {
    const items = 900
    const big = text(MAX_LOG_MESSAGE_BYTES - 100)
    const inner = { ...failing('fail', { message: '{{ inputs.big }}' }), id: 'inner' }
    const outer = each(body([inner]), { items: '[1, 2, 3, 4]', collect: false })
    const run = new TestRun(graph([outer], []), { ...list(items), big })
    goOn(run)
    expect(run.state.phase.status).toBe('completed')
    expect(run.state.errors).toHaveLength(4 * items)
    expect(run.state.errors[0]?.error.message).toHaveLength(big.length)
    expect(run.state.errors.at(-1)?.error).toMatchObject({
      code: 'NODE_FAILED',
      message: text(MAX_ERROR_PAST_BOUND_CHARACTERS / 2),
    })
    expect(run.state.keptCharacters).toBeGreaterThan(MAX_KEPT_CHARACTERS - big.length)
    expect(run.state.keptCharacters).toBeLessThan(MAX_KEPT_CHARACTERS + 400 * items)
    expect(snapshotLength(run)).toBeLessThan(MAX_KEPT_CHARACTERS + 2_000 * 4 * items)
  })

  it.each([
    [0, 0],
    [1, 1],
  ])('a short failure is told whole also past the bound (%i above)', (above, cut) => {
    const empty = jsonLength(nodeError('HTTP_STATUS', '', { cause: 1 }))
    const error = nodeError('HTTP_STATUS', text(MAX_ERROR_PAST_BOUND_CHARACTERS - empty + above), { cause: 1 })
    const told = errorWithinBound({ keptCharacters: MAX_KEPT_CHARACTERS }, error)
    expect(told).toEqual(cut === 0 ? error : nodeError('HTTP_STATUS', text(MAX_ERROR_PAST_BOUND_CHARACTERS / 2)))
    expect(errorWithinBound({ keptCharacters: MAX_KEPT_CHARACTERS - jsonLength(error) }, error)).toBe(error)
  })

  it('counts what is waited for', () => {
    const run = new TestRun(graph([failing('approval', { prompt: 'x{{ inputs.big }}' })], []), {
      ...list(40),
      big: text(900_000),
    })
    goOn(run)
    const failed = run.state.errors.map(({ error }) => error.code)
    expect(failed).toEqual(Array(3).fill('OUTPUT_TOO_LARGE'))
    expect(run.state.keptCharacters).toBeLessThan(MAX_KEPT_CHARACTERS)
  })

  it('counts an answer that came early', () => {
    const run = new TestRun(graph([delay, { id: 'ask', type: 'approval', config: { prompt: '?' } }], ['d>ask']))
    const before = run.state.keptCharacters
    const answer = { decision: 'approved', by: 'ada', via: 'key', comment: text(100), form: null } as const
    run.send({ type: 'approve', epoch: 1, node: 'ask', answer })
    expect(run.state.keptCharacters).toBe(before + jsonLength(text(100)) + jsonLength(null))
  })
})

describe('steps of a node', () => {
  const perElement = MAX_EXPRESSION_STEPS / 10
  const filter = {
    id: 'f',
    type: 'filter',
    config: { items: 'inputs.list', condition: 'size(range(inputs.n).filter(x, x > 0)) > 0' },
  }
  const inputs = (elements: number) => ({ list: Array(elements).fill(1), n: perElement })

  it('are bounded over all its evaluations', () => {
    expect(new TestRun(graph([filter], []), inputs(MAX_NODE_STEPS / perElement / 4)).state.phase.status).toBe('completed')
    const phase = new TestRun(graph([filter], []), inputs(MAX_NODE_STEPS / perElement + 1)).state.phase
    expect(phase).toMatchObject({
      status: 'failed',
      error: { message: expect.stringContaining(`more than ${MAX_NODE_STEPS} steps`) },
    })
  })

  describe('of a transition', () => {
    // Each iteration takes a little more than a hundredth of them.
    const work = value('v', '{{ size(range(40000).filter(x, x > 0)) }}')
    const runOf = (nodes: readonly JsonObject[], more: JsonObject = {}) =>
      new TestRun(graph(nodes, nodes.length > 1 ? ['d>each'] : [], more))
    const loop = (items: string) => each(body([work]), { items, collect: false, concurrency: 1_000 })

    it.each([
      [0, true],
      [1, false],
    ])('are so many (%i above)', (above, hasRoom) => {
      const transition = new Transition(forkState(runOf([delay]).state), { now: EPOCH_START, nodeTypes })
      transition.spent.steps = MAX_EXPRESSION_STEPS_PER_TRANSITION + above
      expect([transition.hasRoom(), transition.effects]).toEqual([hasRoom, hasRoom ? [] : [{ type: 'continue' }]])
    })

    it('are bounded: past it another one goes on', () => {
      const run = runOf([loop('range(150)')])
      expect(run.effects).toEqual([{ type: 'continue' }])
      const done = [...run.state.iterations.values()].filter(({ unsettled }) => unsettled === 0).length
      expect(done).toBeLessThanOrEqual(MAX_EXPRESSION_STEPS_PER_TRANSITION / 40_000 + 1)
      expect(done).toBeGreaterThan(MAX_EXPRESSION_STEPS_PER_TRANSITION / 160_000)
      for (let time = 0; time < 6; time += 1) run.send({ type: 'wake' })
      expect(run.state.phase.status).toBe('completed')
    })

    it('let the deadline get in between', () => {
      const run = runOf([delay, loop('range(999)')], { settings: { timeout_seconds: 2 } })
      run.wakeAfter(1_000)
      run.wakeAfter(1_000)
      expect(run.state.phase).toMatchObject({ status: 'failed', error: { code: 'EXECUTION_TIMEOUT' } })
    })

    it('count those of `while` too', () => {
      const inner = {
        id: 'inner',
        type: 'loop',
        config: { while: 'size(range(40000).filter(x, x > 0)) < 0', body: body([work]) },
      }
      const run = runOf([each(body([inner]), { items: 'range(150)', collect: false, concurrency: 1_000 })])
      const done = [...run.state.iterations.values()].filter(({ unsettled }) => unsettled === 0).length
      expect(done).toBeLessThanOrEqual(MAX_EXPRESSION_STEPS_PER_TRANSITION / 40_000 + 1)
      for (let time = 0; time < 6; time += 1) run.send({ type: 'wake' })
      expect(run.state.phase.status).toBe('completed')
    })
  })

  it('used up, leave its error edge with a condition open', () => {
    const edge = { from: 'f', port: 'error', to: 'v', when: 'size("a") == 1' }
    const run = new TestRun(graph([filter, value('v', 'caught')], [edge]), inputs(MAX_NODE_STEPS / perElement + 1))
    expect(run.statuses()).toEqual({ f: 'failed', v: 'completed' })
  })
})

describe('a bug', () => {
  const bug = new TypeError('secret')
  const fail = (): never => {
    throw bug
  }
  const typesWith = (change: (type: NodeType) => NodeType): NodeTypes => ({
    ...nodeTypes,
    get(name) {
      const type = nodeTypes.get(name)
      return type?.type === 'delay' ? change(type) : type
    },
  })
  const start = (types: NodeTypes) => {
    const definition = workflow(graph([delay], [], { settings: { timeout_seconds: 60 } }))
    return decide(null, { type: 'start', identity: identity(), definition, inputs: {} }, EPOCH_START, types)
  }

  it('of a node fails it without its text and is reported', () => {
    const { state, bugs } = start(typesWith((type) => (type.kind === 'inline' ? { ...type, run: fail } : type)))
    expect(bugs).toEqual([bug])
    expect(state?.phase).toMatchObject({ status: 'failed', error: { code: 'INTERNAL_ERROR' } })
    expect(JSON.stringify(state?.phase)).not.toContain('secret')
  })

  it('when a node is rendered, or when it is woken, never leaves `decide`', () => {
    const config = { safeParse: fail } as unknown as NodeType['config'] // Only this method is called.
    const rendered = start(typesWith((type) => ({ ...type, config, expressions: null as unknown as readonly string[] })))
    expect(rendered.state?.phase).toMatchObject({ status: 'failed', error: { code: 'INTERNAL_ERROR' } })
    let broken = false
    const { state } = start(typesWith((type) => ({ ...type, ports: (given) => (broken ? fail() : type.ports(given)) })))
    broken = true
    const woken = decide(state, { type: 'wake' }, EPOCH_START + 1_000, nodeTypes)
    expect(woken.bugs).toEqual([bug])
    expect(woken.state?.phase).toMatchObject({ status: 'failed', node: 'd', error: { code: 'INTERNAL_ERROR' } })
  })
})

it('`now()` is one moment for all attempts of an inline node', () => {
  const test = { id: 'm', type: 'condition', config: { condition: 'now() > "2026-01-01T00:00:00.500Z" || inputs.missing' } }
  const retry = { max_attempts: 2, jitter: 'none', retry_on: ['EXPRESSION_ERROR'] }
  const run = new TestRun(graph([{ ...test, retry }], []))
  expect(run.node('m').status).toBe('retrying')
  run.wakeAfter(1_000)
  expect(run.node('m').status).toBe('failed')
})

it('moments are whole milliseconds', () => {
  const http = { id: 'h', type: 'http-request', config: { url: 'https://example.com/' }, timeout_seconds: 1.00001 }
  const run = new TestRun(graph([http], [], { settings: { timeout_seconds: 1.0005 } }))
  expect(nextWakeAt(run.state)).toBe(EPOCH_START + 1_001)
  expect(run.node('h')).toMatchObject({ leaseUntil: EPOCH_START + 11_001 })
  const queued = new TestRun(graph([{ ...http, timeout_seconds: 21.00001 }], []))
  queued.send({ type: 'claim', epoch: 1, node: 'h', attempt: 1 })
  expect(queued.node('h')).toMatchObject({ leaseUntil: EPOCH_START + 31_001 })
})

it('an attempt that nobody took off the queue is put there again, and was not interrupted', () => {
  const http = { id: 'h', type: 'http-request', config: { url: 'https://example.com/' }, timeout_seconds: 21, at_most_once: true }
  const run = new TestRun(graph([http], []))
  for (let time = 0; time <= MAX_INTERRUPTIONS; time += 1)
    expect(run.wakeAfter(QUEUE_PICKUP_MS).effects).toEqual([{ type: 'node.enqueue', node: 'h', attempt: 1 }])
  expect(run.node('h')).toMatchObject({ status: 'running', attempt: 1, interruptions: 0, config: http.config })
  const claim = { type: 'claim', epoch: 1, node: 'h', attempt: 1 } as const
  expect(run.send(claim).noOp).toBeNull()
  expect(run.send(claim).noOp).toBe('ALREADY_CLAIMED')
  run.wakeAfter(31_000)
  expect(run.node('h')).toMatchObject({ status: 'failed', error: { code: 'INTERRUPTED' } })
})

it('a rendered config that is refused is told by the place as people write it', () => {
  const node = { id: 'h', type: 'http-request', config: { url: 'https://example.com/', headers: { 'x y': '{{ inputs.list }}' } } }
  const { phase } = new TestRun(graph([node], []), { list: [] }).state
  expect(phase).toMatchObject({ error: { code: 'CONFIG_INVALID', message: expect.stringContaining('config.headers["x y"]: ') } })
})
