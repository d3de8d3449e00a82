// Sub-workflows as their parent sees them: whatever they give, in numbers, and through several levels.
import { describe, expect, it } from 'vitest'
import type { ChildEnd } from '../../../src/core/command.ts'
import type { Json } from '../../../src/core/json.ts'
import { nodeError } from '../../../src/core/node-error.ts'
import { nextWakeAt } from '../../../src/core/timers.ts'
import { attemptTask } from '../../../src/execution/attempt-task.ts'
import { body, loop, restored, runningIn, statusAt, upTo, value } from '../../support/loops.ts'
import { graph, TestRun } from '../../support/run.ts'
import { assign, childEnds, givenOut, PAUSE, RECOVER, RESUME, ringAt, starts, wait } from '../../support/scenario.ts'

const done = (output: Json): ChildEnd => ({ status: 'completed', output })
const OUT_OF_STOCK: ChildEnd = { status: 'failed', error: { ...nodeError('HTTP_STATUS', 'none left'), code: 'OUT_OF_STOCK' } }
const awaitChild = (run: TestRun, node: string, child: string) => run.settle(node, { kind: 'child', executionId: child })

describe('what a child gives', () => {
  it.each([[null], [false], [0], ['text'], [[1, null]], [{ a: 1 }]])(
    'is the output of the node, whatever it is: %j',
    (output) => {
      const run = new TestRun(graph([starts('a'), value('z', '{{ outputs.a }}')], ['a>z']))
      awaitChild(run, 'a', 'child')
      childEnds(run, 'a', 'child', done(output))
      expect(run.state.phase).toMatchObject({ status: 'completed', output })
    },
  )

  it('is null where its failure is to be passed over', () => {
    const run = new TestRun(graph([starts('a', {}, { on_error: 'continue' }), value('z', '{{ input }}')], ['a>z']))
    awaitChild(run, 'a', 'child')
    childEnds(run, 'a', 'child', OUT_OF_STOCK)
    expect(run.state.phase).toMatchObject({ status: 'completed', output: null })
    expect(run.state.errors).toMatchObject([{ node: 'a', error: { code: 'CHILD_FAILED' } }])
  })
})

describe('a child that ran out of time', () => {
  it('tells the code of its deadline as the cause', () => {
    const run = new TestRun(graph([starts('a')], []))
    awaitChild(run, 'a', 'child')
    childEnds(run, 'a', 'child', { status: 'failed', error: nodeError('EXECUTION_TIMEOUT', 'exceeded 5s') })
    expect(run.state.phase).toMatchObject({
      error: { code: 'CHILD_FAILED', cause: { execution_id: 'child', status: 'failed', error: { code: 'EXECUTION_TIMEOUT' } } },
    })
  })
})

describe('three levels', () => {
  it("tell the leaf's code in the cause of the cause", () => {
    const parentOf = (end: ChildEnd): ChildEnd => {
      const run = new TestRun(graph([starts('a')], []))
      awaitChild(run, 'a', 'child')
      childEnds(run, 'a', 'child', end)
      const { phase } = run.state
      return { status: 'failed', error: phase.status === 'failed' ? phase.error : null }
    }
    expect(parentOf(parentOf(OUT_OF_STOCK))).toMatchObject({
      error: { code: 'CHILD_FAILED', cause: { error: { code: 'CHILD_FAILED', cause: { error: { code: 'OUT_OF_STOCK' } } } } },
    })
  })
})

describe('a parent', () => {
  it('waits without a timer of its own, whatever the child waits for', () => {
    const run = new TestRun(graph([starts('a')], []))
    awaitChild(run, 'a', 'child')
    expect(nextWakeAt(run.state)).toBeNull()
  })

  it('that does not wait ends first', () => {
    const run = new TestRun(graph([starts('a', { wait: false }), value('z', '{{ outputs.a.execution_id }}')], ['a>z']))
    run.settle('a', { kind: 'completed', output: { execution_id: 'child' } })
    expect(run.state.phase).toMatchObject({ status: 'completed', output: 'child' })
    expect(run.state.orphans).toEqual([])
    expect(childEnds(run, 'a', 'child', OUT_OF_STOCK).noOp).toBe('ALREADY_FINISHED')
  })

  it('of two nodes with the same workflow has a child of each, told apart by path', () => {
    const run = new TestRun(graph([starts('a'), starts('b')], []))
    expect(['a', 'b'].map((node) => attemptTask(run.state, node).child?.parent)).toMatchObject([{ node: 'a' }, { node: 'b' }])
    awaitChild(run, 'a', 'one')
    awaitChild(run, 'b', 'two')
    expect(childEnds(run, 'b', 'one', done('stray')).noOp).toBe('NOT_WAITING_FOR_IT')
    childEnds(run, 'b', 'two', done(2))
    childEnds(run, 'a', 'one', done(1))
    expect(run.state.phase).toMatchObject({ output: { a: 1, b: 2 } })
  })

  it('in a loop has another child in every round', () => {
    const run = new TestRun(graph([loop(body([starts('a')]), { while: 'iteration < 3' })], []))
    for (const round of upTo(3)) {
      const path = `loop[${round}].a`
      expect(attemptTask(run.state, path).child?.parent.node).toBe(path)
      awaitChild(run, path, `child ${round}`)
      childEnds(run, path, `child ${round}`, done(round))
    }
    expect(run.state.phase).toMatchObject({ status: 'completed', output: 2 })
  })

  it('keeps its variables to itself', () => {
    const nodes = [assign('set', { secret: 'mine' }), starts('a', { inputs: { n: '{{ secret.size() }}' } })]
    const run = new TestRun(graph(nodes, ['set>a'], { variables: { secret: '' } }))
    expect(attemptTask(run.state, 'a').config).toMatchObject({ inputs: { n: 4 } })
    awaitChild(run, 'a', 'child')
    childEnds(run, 'a', 'child', done({ secret: 'theirs' }))
    expect(run.state.variables).toEqual({ secret: 'mine' })
  })

  it('while paused hears the end; what follows begins on resume', () => {
    const run = new TestRun(graph([starts('a'), wait('w')], ['a>w']))
    awaitChild(run, 'a', 'child')
    run.send(PAUSE)
    childEnds(run, 'a', 'child', done(1))
    expect(run.statuses()).toEqual({ a: 'completed', w: 'pending' })
    run.send(RESUME)
    expect(run.node('w').status).toBe('waiting')
  })
})

describe('300 items with a child each', () => {
  const list = upTo(300)
  const many = (more = {}) =>
    new TestRun(
      graph(
        [{ id: 'each', type: 'for-each', config: { items: 'inputs.list', workflow_id: 'other', concurrency: 10, ...more } }],
        [],
      ),
      { list },
    )
  const childAt = (index: number) => `child ${index}`
  const underWay = (run: TestRun) =>
    [...run.state.iterations.values()].filter(({ phase, nodes }) => phase === 'open' && nodes.get('run')?.status !== 'pending')
      .length

  it('are at most ten at once, and give 300 results in order', () => {
    const run = many()
    for (let index = 0; index < list.length; index += 1) {
      expect(underWay(run)).toBe(Math.min(10, list.length - index))
      // The newest first: the order of the ends is not that of the items.
      const path = runningIn(run).at(-1) ?? 'none'
      const child = /\d+/.exec(path)?.[0] ?? ''
      awaitChild(run, path, child)
      childEnds(run, path, child, done(Number(child)))
    }
    expect(run.state.phase).toMatchObject({ status: 'completed', output: list })
  })

  it('of which one fails: those started are let go of, no other begins', () => {
    const run = many()
    for (let index = 0; index < 150; index += 1) {
      awaitChild(run, `each[${index}].run`, childAt(index))
      childEnds(run, `each[${index}].run`, childAt(index), done(index))
    }
    const open = [151, 152, 153]
    for (const index of [150, ...open]) awaitChild(run, `each[${index}].run`, childAt(index))
    const { effects } = childEnds(run, 'each[150].run', childAt(150), OUT_OF_STOCK)
    expect(givenOut({ effects })).toEqual([])
    expect(run.state.phase).toMatchObject({
      status: 'failed',
      node: 'each',
      error: { code: 'CHILD_FAILED', cause: { index: 150, node: 'each[150].run', error: { code: 'OUT_OF_STOCK' } } },
    })
    expect(run.state.orphans).toEqual(open.map(childAt))
    expect(statusAt(run, 'each[155].run')).toBe('cancelled')
    expect(run.state.iterations.size).toBe(160)
  })
})

describe('what is let go of', () => {
  it('is nothing to the node any more: a late end changes no status', () => {
    const run = new TestRun(
      graph(
        [starts('a'), { id: 'f', type: 'delay', config: { delay_seconds: 5 } }, { id: 'boom', type: 'fail', config: {} }],
        ['f>boom'],
      ),
    )
    awaitChild(run, 'a', 'child')
    ringAt(run, 5)
    expect(run.node('a').status).toBe('cancelled')
    expect(run.state.orphans).toEqual(['child'])
    childEnds(run, 'a', 'child', done(1))
    expect(run.node('a').status).toBe('cancelled')
  })

  it('is followed by another child after a recover, which alone is heard', () => {
    const run = new TestRun(graph([starts('a')], []))
    awaitChild(run, 'a', 'old')
    run.cancel()
    run.send(RECOVER)
    run.state = restored(run)
    awaitChild(run, 'a', 'new')
    run.send({
      type: 'child_ended',
      executionId: 'old',
      end: done('old'),
      parent: { executionId: run.state.identity.executionId, epoch: 1, node: 'a', failures: 0 },
    })
    childEnds(run, 'a', 'new', done('new'))
    expect(run.state.phase).toMatchObject({ status: 'completed', output: 'new' })
  })
})
