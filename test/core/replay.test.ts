// `replay`: what runs again, and what stays, for every way of asking.
import { describe, expect, it } from 'vitest'
import { foldEntries } from '../../src/core/apply.ts'
import { configHash } from '../../src/core/config-hash.ts'
import type { Issue } from '../../src/core/definition.ts'
import type { Effect } from '../../src/core/effect.ts'
import type { JsonObject } from '../../src/core/json.ts'
import { MAX_OUTPUT_BYTES } from '../../src/core/limits.ts'
import { type NodePatch, planReplay, type ReplayRequest } from '../../src/core/plan-replay.ts'
import { attemptTask } from '../../src/execution/attempt-task.ts'
import { nodeTypes } from '../../src/nodes/registry.ts'
import { body, each, nodeAt, restored, statusAt, value } from '../support/loops.ts'
import { failure, graph, success, TestRun, workflow } from '../support/run.ts'

const FINAL = failure({ retryable: false })
const http = (id: string, more: JsonObject = {}): JsonObject => ({
  id,
  type: 'http-request',
  config: { url: 'https://example.com/' },
  ...more,
})

function planOf(run: TestRun, request: ReplayRequest) {
  const planning = planReplay(run.state, request, nodeTypes)
  if ('issues' in planning) throw new Error(`not planned: ${JSON.stringify(planning.issues)}`)
  return planning.plan
}

/** Replays; answers the nodes whose attempts were given out. The journal and a snapshot tell the same state. */
function replay(run: TestRun, request: ReplayRequest): readonly string[] {
  const { effects } = run.send({ type: 'replay', by: 'operator', plan: planOf(run, request) })
  expect(foldEntries(null, run.journal, nodeTypes)).toEqual(run.state)
  expect(restored(run)).toEqual(run.state)
  return effects.flatMap((effect: Effect) => (effect.type === 'node.run' ? [effect.node] : []))
}

const issuesOf = (run: TestRun, request: ReplayRequest): readonly Issue[] => {
  const planning = planReplay(run.state, request, nodeTypes)
  return 'issues' in planning ? planning.issues : []
}

const patch = (path: string, node: NodePatch) => ({ patch: { [path]: node } })

const version = (definition: JsonObject) => {
  return { version: { number: 2, definition: workflow(definition) } }
}

/** a > b > c, and d beside them; all have answered. */
function chain(): TestRun {
  const run = new TestRun(graph([http('a'), http('b'), value('c', '{{ outputs.b }}'), http('d')], ['a>b', 'b>c']))
  run.settle('a', success('A'))
  run.settle('b', success('B'))
  run.settle('d', success('D'))
  return run
}

describe('replay from a node', () => {
  it('runs it and its descendants again, on purpose; everything else keeps what it was', () => {
    const run = chain()
    expect(run.state.phase.status).toBe('completed')
    const before = run.state
    expect(replay(run, { from: 'b' })).toEqual(['b'])
    expect(run.statuses()).toEqual({ a: 'completed', b: 'running', c: 'pending', d: 'completed' })
    expect(run.state.nodes.get('a')).toBe(before.nodes.get('a'))
    expect(attemptTask(run.state, 'b')).toMatchObject({ run: 2, epoch: 2, attempt: 1 })
    run.settle('b', success('B2'))
    expect(run.state).toMatchObject({ epoch: 2, phase: { status: 'completed', output: { c: 'B2', d: 'D' } } })
    expect(run.state.path).toEqual(['a', 'd', 'b', 'c'])
  })

  it('without anything asked for, runs everything again', () => {
    expect(replay(chain(), {})).toEqual(['a', 'd'])
  })

  it('of a failed or cancelled execution also runs what had come to no end, for that alone', () => {
    const run = new TestRun(graph([http('a'), http('b'), http('c')], ['a>b']))
    run.settle('a', success('A'))
    run.settle('c', FINAL)
    expect(run.statuses()).toEqual({ a: 'completed', b: 'cancelled', c: 'failed' })
    expect(replay(run, { from: 'a' })).toEqual(['a', 'c'])
    expect([attemptTask(run.state, 'a').run, attemptTask(run.state, 'c').run]).toEqual([2, 1])
    run.settle('c', success('C'))
    run.settle('a', success('A2'))
    expect(attemptTask(run.state, 'b').run).toBe(2)
    run.settle('b', success('B'))
    expect(run.state.phase.status).toBe('completed')
  })

  it('is refused of an open execution', () => {
    const run = new TestRun(graph([http('a')], []))
    const plan = planOf(run, { from: 'a' })
    expect(run.send({ type: 'replay', by: 'x', plan }).noOp).toBe('NOT_FINISHED')
  })

  it('delivers no consumed signal again, and those that were not consumed', () => {
    const wait = (id: string) => ({ id, type: 'wait-for-event', config: { event: 'go' } })
    const run = new TestRun(graph([wait('w')], []))
    const signal = (payload: number) => run.send({ type: 'signal', name: 'go', payload, key: null, by: 'x' })
    signal(1)
    expect(run.state.phase.status).toBe('completed')
    replay(run, { from: 'w' })
    expect(run.node('w').status).toBe('waiting')
    signal(2)
    expect(run.state.phase).toMatchObject({ status: 'completed', output: 2 })
  })

  it('rebuilds variables from defaults, inputs and the kept assignments', () => {
    const set = (id: string, n: string) => ({ id, type: 'set-variables', config: { assign: { n } } })
    const run = new TestRun(
      graph([set('one', '{{ n + 1 }}'), http('a'), set('two', '{{ n + 10 }}')], ['one>a', 'a>two'], { variables: { n: 0 } }),
    )
    run.settle('a', success())
    expect(run.state.variables).toEqual({ n: 11 })
    replay(run, { from: 'a' })
    expect(run.state.variables).toEqual({ n: 1 })
    run.settle('a', success())
    expect(run.state.variables).toEqual({ n: 11 })
  })

  it('asks for an approval again, with no answer of before', () => {
    const run = new TestRun(graph([{ id: 'ok', type: 'approval', config: { prompt: 'Go?' } }], []))
    const answer = { decision: 'approved', by: 'x', via: 'key', comment: null, form: null } as const
    run.send({ type: 'approve', epoch: 1, node: 'ok', answer })
    expect(run.state.phase.status).toBe('completed')
    replay(run, { from: 'ok' })
    expect(run.node('ok').status).toBe('waiting')
    expect(run.send({ type: 'approve', epoch: 1, node: 'ok', answer }).noOp).toBe('SUPERSEDED_EPOCH')
    run.send({ type: 'approve', epoch: 2, node: 'ok', answer })
    expect(run.state.phase.status).toBe('completed')
  })
})

describe('replay with a patched output', () => {
  it('runs what follows from the node, not the node', () => {
    const run = chain()
    expect(replay(run, patch('b', { output: 'given' }))).toEqual([])
    expect(run.state.phase).toMatchObject({ status: 'completed', output: { c: 'given', d: 'D' } })
    expect(attemptRuns(run)).toEqual({ b: undefined, c: 1 })
  })

  it('makes a node that failed, or was skipped, one that completed', () => {
    const run = new TestRun(graph([http('a'), value('b', '{{ outputs.a }}')], ['a>b']))
    run.settle('a', FINAL)
    replay(run, patch('a', { output: 5 }))
    expect(run.state).toMatchObject({ phase: { status: 'completed', output: 5 }, errors: [] })
  })

  it('asks the `when` of its edges again, and keeps the port that was taken', () => {
    const run = new TestRun(
      graph(
        [value('v', 1), value('small', 's'), value('large', 'l')],
        [
          { from: 'v', to: 'small', when: 'input < 10' },
          { from: 'v', to: 'large', when: 'input >= 10' },
        ],
      ),
    )
    expect(run.statuses()).toEqual({ v: 'completed', small: 'completed', large: 'skipped' })
    replay(run, patch('v', { output: 20 }))
    expect(run.statuses()).toEqual({ v: 'completed', small: 'skipped', large: 'completed' })
  })

  it('a `when` that the output breaks is an error of the node', () => {
    const run = new TestRun(graph([value('v', 1), value('b', 2)], [{ from: 'v', to: 'b', when: 'input < 10' }]))
    replay(run, patch('v', { output: { a: 1 } }))
    expect(run.state.phase).toMatchObject({ status: 'failed', node: 'v', error: { code: 'EXPRESSION_ERROR' } })
  })

  it('wins over running it, where it follows from another', () => {
    const run = chain()
    expect(replay(run, { from: 'a', ...patch('b', { output: 'given' }) })).toEqual(['a'])
    run.settle('a', success())
    expect(run.state.phase).toMatchObject({ status: 'completed', output: { c: 'given' } })
  })
})

const attemptRuns = (run: TestRun) => ({ b: run.state.reruns.b, c: run.state.reruns.c })

describe('replay with a patched config', () => {
  it('merges it into the definition, and runs the node with what follows', () => {
    const run = chain()
    expect(replay(run, patch('c', { config: { value: 'other' } }))).toEqual([])
    expect(run.state.phase).toMatchObject({ status: 'completed', output: { c: 'other', d: 'D' } })
    expect(run.state.graph.definition.nodes[2]?.config).toEqual({ value: 'other' })
    expect(run.state.identity.configHash).toBe(configHash(run.state.graph.definition))
    replay(run, patch('b', { config: { method: 'POST' } }))
    expect(attemptTask(run.state, 'b').config).toEqual({ url: 'https://example.com/', method: 'POST' })
  })

  it('that changes nothing runs nothing again', () => {
    const run = chain()
    expect(planOf(run, patch('b', { config: { url: 'https://example.com/' } }))).toMatchObject({ rerun: [], unfinished: [] })
  })

  it('of a body is that of every iteration', () => {
    const run = new TestRun(graph([each(body([http('f'), value('g', 1)], ['f>g'])), value('end', '{{ input }}')], ['each>end']), {
      list: [1, 2],
    })
    run.settle('each[0].f', success())
    run.settle('each[1].f', success())
    expect(replay(run, patch('each.g', { config: { value: '{{ item * 2 }}' } }))).toEqual([])
    expect(run.state.phase).toMatchObject({ status: 'completed', output: [2, 4] })
    expect(run.state.reruns).toEqual({ 'each[0].g': 1, end: 1, 'each[1].g': 1 })
  })
})

describe('replay of one iteration', () => {
  const looped = (config: JsonObject = {}): TestRun => {
    const nodes = [each(body([http('f'), value('g', '{{ outputs.f }}')], ['f>g']), config), value('end', '{{ input }}')]
    const run = new TestRun(graph(nodes, ['each>end']), { list: ['x', 'y', 'z'] })
    for (const index of [0, 1, 2]) run.settle(`each[${index}].f`, success(index))
    return run
  }

  it('runs it from that node on, then what follows from the loop', () => {
    const run = looped()
    expect(replay(run, { from: 'each[1].f' })).toEqual(['each[1].f'])
    expect(statusAt(run, 'each[1].g')).toBe('pending')
    expect(run.statuses()).toEqual({ each: 'iterating', end: 'pending' })
    run.settle('each[1].f', success('again'))
    expect(run.state.phase).toMatchObject({ status: 'completed', output: [0, 'again', 2] })
  })

  it('runs a whole iteration by its own path, and the whole loop by its node’s', () => {
    expect(replay(looped(), { from: 'each[2]' })).toEqual(['each[2].f'])
    const run = looped()
    expect(replay(run, { from: 'each' })).toEqual(['each[0].f', 'each[1].f', 'each[2].f'])
    expect(attemptTask(run.state, 'each[0].f').run).toBe(2)
  })

  it('gives one node of it another output', () => {
    const run = looped()
    replay(run, patch('each[1].g', { output: 'given' }))
    expect(run.state.phase).toMatchObject({ status: 'completed', output: [0, 'given', 2] })
  })

  it('of a loop whose failure was caught also runs the iterations that were cut off', () => {
    const nodes = [each(body([http('f')])), value('caught', 1)]
    const run = new TestRun(graph(nodes, ['each:error>caught']), { list: [1, 2, 3] })
    run.settle('each[0].f', success('a'))
    run.settle('each[1].f', FINAL)
    expect(run.state.phase.status).toBe('completed')
    expect(replay(run, { from: 'each[0].f' })).toEqual(['each[0].f', 'each[1].f', 'each[2].f'])
    expect(run.state.reruns).toEqual({ 'each[0].f': 1, caught: 1 })
    for (const index of [0, 1, 2]) run.settle(`each[${index}].f`, success(index))
    expect(run.node('each')).toMatchObject({ status: 'completed', output: [0, 1, 2] })
    expect(run.node('caught').status).toBe('skipped')
  })

  it('gives an iteration the variables with which it began', () => {
    const set = { id: 'set', type: 'set-variables', config: { assign: { n: '{{ n + 1 }}' } } }
    const run = new TestRun(graph([each(body([set, value('v', '{{ n }}')], ['set>v']))], [], { variables: { n: 0 } }), {
      list: [1, 2],
    })
    replay(run, { from: 'each[1].set' })
    expect(run.state.phase).toMatchObject({ status: 'completed', output: [1, 1] })
  })

  it('of a `loop`: later rounds follow from it, each on purpose', () => {
    const config = { while: 'iteration < 3', initial: 0, body: body([http('f')]) }
    const run = new TestRun(graph([{ id: 'loop', type: 'loop', config }], []))
    for (const index of [0, 1, 2]) run.settle(`loop[${index}].f`, success(index))
    expect(replay(run, { from: 'loop[1].f' })).toEqual(['loop[1].f'])
    expect([...run.state.iterations.keys()]).toEqual(['loop[0]', 'loop[1]'])
    run.settle('loop[1].f', success('one'))
    expect(attemptTask(run.state, 'loop[2].f').run).toBe(2)
    run.settle('loop[2].f', success('two'))
    expect(run.state.phase).toMatchObject({ status: 'completed', output: 'two' })
  })

  it('inside another iteration reaches outwards', () => {
    const inner = each(body([http('f')]), { items: '{{ [1, 2] }}' }, { id: 'inner' })
    const run = new TestRun(graph([each(body([inner])), value('end', '{{ input }}')], ['each>end']), { list: ['x', 'y'] })
    for (const path of ['each[0].inner[0].f', 'each[0].inner[1].f', 'each[1].inner[0].f', 'each[1].inner[1].f'])
      run.settle(path, success(path.length))
    expect(replay(run, { from: 'each[1].inner[0].f' })).toEqual(['each[1].inner[0].f'])
    expect(nodeAt(run, 'each[0].inner').status).toBe('completed')
    run.settle('each[1].inner[0].f', success('again'))
    expect(run.state.phase).toMatchObject({
      status: 'completed',
      output: [
        [18, 18],
        ['again', 18],
      ],
    })
  })
})

describe('replay with another version', () => {
  it('runs what differs, is new or follows from that; edges find their places again', () => {
    const run = chain()
    const nodes = [http('d'), http('new'), http('a'), http('b'), value('c', '{{ outputs.b }}'), value('e', '{{ outputs.new }}')]
    const plan = version(graph(nodes, ['new>e', 'a>b', 'b>c']))
    expect(replay(run, plan)).toEqual(['new'])
    expect(run.statuses()).toMatchObject({ a: 'completed', b: 'completed', c: 'completed', d: 'completed', new: 'running' })
    expect(run.state.identity).toMatchObject({ workflowVersion: 2, configHash: configHash(plan.version.definition) })
    run.settle('new', success('N'))
    expect(run.state.phase).toMatchObject({ status: 'completed', output: { c: 'B', d: 'D', e: 'N' } })
  })

  it('runs a node again whose join or incoming edges differ', () => {
    const nodes = [value('a', 1), value('b', 2), value('c', 3)]
    const run = new TestRun(graph(nodes, ['a>c', 'b>c']))
    expect(planOf(run, version(graph(nodes, ['a>c']))).rerun).toEqual(['c'])
    expect(
      planOf(run, version(graph([nodes[0] ?? {}, nodes[1] ?? {}, { ...nodes[2], join: 'any' }], ['a>c', 'b>c']))).rerun,
    ).toEqual(['c'])
    expect(planOf(run, version(graph(nodes, ['a>c', 'b>c'], { name: 'renamed' })))).toMatchObject({ rerun: [], unfinished: [] })
  })

  it('asks the `when` of an edge that is new', () => {
    const run = new TestRun(graph([value('a', 1), value('b', 2)], ['a>b']))
    replay(run, version(graph([value('a', 1), value('b', 2), value('c', 3)], ['a>b', { from: 'a', to: 'c', when: 'input > 1' }])))
    expect(run.statuses()).toEqual({ a: 'completed', b: 'completed', c: 'skipped' })
  })

  it('forgets nodes and loops that are gone', () => {
    const run = new TestRun(graph([each(body([value('v', '{{ item }}')])), value('a', 1)], ['each>a']), { list: [1, 2] })
    replay(run, version(graph([value('a', 1)], [])))
    expect([run.statuses(), run.state.iterations.size, run.state.instances]).toEqual([{ a: 'completed' }, 0, 0])
    expect(run.state.phase).toMatchObject({ status: 'completed', output: 1 })
  })

  it('that asks for other inputs is refused', () => {
    const schema = { type: 'object', required: ['x'], properties: { x: {} } }
    expect(issuesOf(chain(), version(graph([http('a')], [], { input_schema: schema })))).toHaveLength(1)
    const required = { variables: [{ name: 'need', required: true }] }
    expect(issuesOf(chain(), version(graph([http('a')], [], required)))).toMatchObject([
      { code: 'REQUIRED', path: 'inputs.need' },
    ])
  })

  it('takes the time limit of that version, unless another was set', () => {
    const limited = graph([http('a')], [], { settings: { timeout_seconds: 9 } })
    const run = chain()
    replay(run, { from: 'a', ...version(limited) })
    expect(run.state.timeoutSeconds).toBe(9)
  })
})

describe('what cannot be replayed', () => {
  const run = chain()
  const looped = new TestRun(graph([each(body([value('v', 1)]))], []), { list: [1] })
  const sent = { nodes: [{ id: 'inner', config: {} }], edges: [] }
  const posting = new TestRun(graph([http('post', { config: { url: 'https://example.com/', method: 'POST', body: sent } })], []))
  posting.settle('post', success(1))

  it.each<[string, TestRun, ReplayRequest, string, string]>([
    ['an unknown node', run, { from: 'x' }, 'UNKNOWN_NODE', 'from'],
    ['an iteration that there never was', looped, { from: 'each[7].v' }, 'UNKNOWN_NODE', 'from'],
    ['a node of a body without its iteration', looped, { from: 'each.v' }, 'UNKNOWN_NODE', 'from'],
    ['an unknown node’s output', run, patch('x', { output: 1 }), 'UNKNOWN_NODE', 'patch.x.output'],
    ['the output of no single iteration', looped, patch('each.v', { output: 1 }), 'UNKNOWN_NODE', 'patch["each.v"].output'],
    [
      'what a request sends as `body`',
      posting,
      patch('post.inner', { config: { value: 2 } }),
      'UNKNOWN_NODE',
      'patch["post.inner"].config',
    ],
    ['an unknown node’s config', run, patch('x', { config: {} }), 'UNKNOWN_NODE', 'patch.x.config'],
    ['the config of one iteration', looped, patch('each[0].v', { config: {} }), 'UNKNOWN_NODE', 'patch["each[0].v"].config'],
    ['a config that does not fit', run, patch('b', { config: { url: 5 } }), 'BAD_CONFIG', 'nodes[1].config.url'],
    ['an output too large', run, patch('b', { output: 'x'.repeat(MAX_OUTPUT_BYTES - 1) }), 'TOO_LARGE', 'patch.b.output'],
  ])('%s', (_, of, request, code, path) => {
    expect(issuesOf(of, request)).toMatchObject([{ code, path }])
  })

  it('tells everything that is wrong at once', () => {
    const request = { from: 'nope', patch: { x: { config: {} }, 'each[9].f': { output: 1 } } }
    expect(issuesOf(run, request).map(({ path }) => path)).toEqual(['patch.x.config', 'patch["each[9].f"].output', 'from'])
  })

  it('an output inside what the replay runs again', () => {
    const config = { while: 'iteration < 2', initial: 0, body: body([value('v', 1)]) }
    const rounds = new TestRun(graph([{ id: 'loop', type: 'loop', config }], []))
    expect(issuesOf(rounds, { from: 'loop[0].v', ...patch('loop[1].v', { output: 1 }) })).toHaveLength(1)
    expect(issuesOf(looped, { from: 'each', ...patch('each[0].v', { output: 1 }) })).toHaveLength(1)
  })

  it('what has run in shards, other than as a whole', () => {
    const sharded = new TestRun(graph([each(body([value('v', '{{ item }}')]))], []), { list: Array(1_001).fill(1) })
    sharded.cancel()
    expect(issuesOf(sharded, { from: 'each[0]' })).toMatchObject([{ code: 'UNKNOWN_NODE' }])
    expect(issuesOf(sharded, { from: 'each[0].shard' })).toMatchObject([{ code: 'UNKNOWN_NODE' }])
    expect(planOf(sharded, { from: 'each' })).toMatchObject({ rerun: ['each'] })
    expect(planOf(sharded, patch('each.v', { config: { value: 2 } }))).toMatchObject({ rerun: ['each'] })
  })

  it('an output of full size can be given', () => {
    expect(issuesOf(run, patch('b', { output: 'x'.repeat(MAX_OUTPUT_BYTES - 2) }))).toEqual([])
  })
})
