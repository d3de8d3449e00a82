// Recover and replay as operators use them: again and again, after a crash, with branches that flip.
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { foldEntries } from '../../../src/core/apply.ts'
import type { Json } from '../../../src/core/json.ts'
import { planReplay, type ReplayRequest } from '../../../src/core/plan-replay.ts'
import { nodeTypes } from '../../../src/nodes/registry.ts'
import { body, each, loop, nodeAt, restored, runningIn, statusAt, upTo, value } from '../../support/loops.ts'
import { graph, success, TestRun } from '../../support/run.ts'
import { assign, call, delay, FINAL, givenOut, keyOf, RECOVER, ringAt, signal, wait } from '../../support/scenario.ts'

function replay(run: TestRun, request: ReplayRequest) {
  const planning = planReplay(run.state, request, nodeTypes)
  if ('issues' in planning) throw new Error(JSON.stringify(planning.issues))
  return run.send({ type: 'replay', by: 'operator', plan: planning.plan })
}

/** The object dies, and the next one folds the journal. */
function crash(run: TestRun): void {
  const state = foldEntries(null, run.journal, nodeTypes)
  expect(state).toEqual(run.state)
  if (state !== null) run.state = state
}

const outputOf = (run: TestRun, id: string): Json | undefined => run.state.outputs[id]

describe('recover', () => {
  it('twice in a row is one epoch', () => {
    const run = new TestRun(graph([call('a')], []))
    run.settle('a', FINAL)
    run.send(RECOVER)
    expect(run.send(RECOVER)).toMatchObject({ noOp: 'NOTHING_DUE', effects: [] })
    expect(run.state.epoch).toBe(2)
    expect(givenOut(run)).toEqual(['a', 'a'])
  })

  it('of an open one whose attempt was lost gives it out again, once', () => {
    const run = new TestRun(graph([call('a')], []))
    run.now += 30_000
    expect(givenOut(run.send(RECOVER))).toEqual(['a'])
    expect(givenOut(run.send(RECOVER))).toEqual([])
    expect(run.state.epoch).toBe(1)
    expect(keyOf(run, 'a')).toBe('a.1')
  })

  it('after a deadline that cancelled only a delay goes on, and may fail again', () => {
    const run = new TestRun(graph([delay('d', 60), call('a')], ['d>a'], { settings: { timeout_seconds: 100 } }))
    run.send({ type: 'set_timeout', by: 'operator', seconds: 30 })
    ringAt(run, 30)
    expect(run.state.phase).toMatchObject({ status: 'failed', node: null })
    run.send({ type: 'recover', by: 'operator' })
    run.send({ type: 'set_timeout', by: 'operator', seconds: 200 })
    ringAt(run, 90)
    run.settle('a', FINAL)
    expect(run.state.phase).toMatchObject({ status: 'failed', node: 'a', error: { code: 'HTTP_STATUS' } })
    expect(run.told().filter((line) => line.startsWith('execution.failed'))).toHaveLength(2)
  })

  it('repeats of two failures the one that was not caught', () => {
    const run = new TestRun(
      graph([call('a'), value('instead', 1), call('b', { on_error: 'continue' }), call('c')], ['a:error>instead']),
    )
    for (const node of ['a', 'b', 'c']) run.settle(node, FINAL)
    expect(givenOut(run.send(RECOVER))).toEqual(['c'])
    run.settle('c', success('C'))
    expect(run.state.phase).toMatchObject({ status: 'completed', output: { instead: 1, c: 'C' } })
    // What took an error edge is no error of the execution.
    expect(run.state.errors.map(({ node }) => node)).toEqual(['b'])
  })

  it('of a for-each that failed keeps what was done, and gives the whole list in order', () => {
    const run = new TestRun(graph([each(body([call('f')]), { concurrency: 3 })], []), { list: upTo(5) })
    run.settle('each[0].f', success(0))
    run.settle('each[2].f', success(2))
    run.settle('each[1].f', FINAL)
    crash(run)
    expect(givenOut(run.send(RECOVER))).toEqual(['each[1].f', 'each[3].f', 'each[4].f'])
    crash(run)
    expect([1, 3].map((index) => keyOf(run, `each[${index}].f`))).toEqual(['each[1].f.1', 'each[3].f.1'])
    for (const index of [4, 3, 1]) run.settle(`each[${index}].f`, success(index))
    expect(run.state.phase).toMatchObject({ status: 'completed', output: upTo(5) })
    expect(run.told().filter((line) => line === 'node.started each[0].f')).toHaveLength(1)
  })
})

describe('a replay', () => {
  const chain = () => new TestRun(graph([call('a'), call('b'), call('x')], ['a>b']))
  const settleAll = (run: TestRun) => {
    for (let open = runningIn(run); open.length > 0; open = runningIn(run))
      for (const node of open) run.settle(node, success(node))
  }

  it('three times: the keys of what runs again count on, those of the rest stay', () => {
    const run = chain()
    settleAll(run)
    for (const number of [2, 3, 4]) {
      expect(givenOut(replay(run, { from: 'b' }))).toEqual(['b'])
      expect(run.state.epoch).toBe(number)
      expect(keyOf(run, 'b')).toBe(`b.${number}`)
      run.settle('b', success(number))
    }
    expect(run.state.phase).toMatchObject({ status: 'completed', output: { b: 4, x: 'x' } })
    replay(run, { from: 'a' })
    expect(keyOf(run, 'a')).toBe('a.2')
  })

  it('a completed, a failed and a cancelled one can each be', () => {
    const [completed, failed, cancelled] = [chain(), chain(), chain()]
    settleAll(completed)
    failed.settle('x', FINAL)
    cancelled.cancel()
    for (const run of [completed, failed, cancelled]) {
      replay(run, { from: 'a' })
      settleAll(run)
      expect(run.state.phase).toMatchObject({ status: 'completed', output: { b: 'b', x: 'x' } })
    }
  })

  it('draws another `uuid()` where a node runs again, and keeps the others', () => {
    const run = new TestRun(graph([value('a', '{{ uuid() }}'), value('b', '{{ uuid() }}')], ['a>b']))
    const [a, b] = [outputOf(run, 'a'), outputOf(run, 'b')]
    replay(run, { from: 'b' })
    expect(outputOf(run, 'a')).toBe(a)
    expect(outputOf(run, 'b')).not.toBe(b)
  })

  it('that dies in the middle goes on in its epoch', () => {
    const run = chain()
    settleAll(run)
    replay(run, { from: 'a' })
    run.settle('a', success('again'))
    crash(run)
    run.state = restored(run)
    expect(run.state.epoch).toBe(2)
    expect(givenOut(ringAt(run, 30))).toEqual(['b'])
    expect(keyOf(run, 'b')).toBe('b.2')
    run.settle('b', success('again'), 2)
    expect(run.state.phase).toMatchObject({ status: 'completed', output: { b: 'again', x: 'x' } })
  })

  describe.each([
    ['config', { c: { config: { condition: 'false' } } }],
    ['output', { a: { output: 1 } }],
  ])('with a patched %s that flips a condition', (_, patch) => {
    const flipped = () => {
      const run = new TestRun(
        graph(
          [
            value('a', 100),
            { id: 'c', type: 'condition', config: { condition: 'outputs.a > 10' } },
            assign('yes', { taken: 'yes', many: true }),
            assign('no', { taken: 'no' }),
            value('z', '{{ taken }}'),
          ],
          ['a>c', 'c:true>yes', 'c:false>no', 'yes>z', 'no>z'],
          { variables: { taken: '', many: false } },
        ),
      )
      expect(run.state.phase).toMatchObject({ output: 'yes' })
      replay(run, { patch })
      return run
    }

    it('runs the branch that was skipped, and skips the one that ran, with what it assigned', () => {
      const run = flipped()
      expect(run.statuses()).toEqual({ a: 'completed', c: 'completed', yes: 'skipped', no: 'completed', z: 'completed' })
      expect(run.state.phase).toMatchObject({ status: 'completed', output: 'no' })
      expect(run.state.variables).toEqual({ taken: 'no', many: false })
      crash(run)
    })
  })

  it('delivers to the repeated wait what nobody had consumed', () => {
    const run = new TestRun(graph([wait('w')], []))
    run.send(signal(1))
    expect(run.state.phase).toMatchObject({ output: 1 })
    const two = new TestRun(graph([wait('w'), call('a')], []))
    for (const payload of [1, 2]) two.send(signal(payload))
    two.settle('a', success())
    replay(two, { from: 'w' })
    expect(two.node('w')).toMatchObject({ status: 'completed', output: 2 })
    expect(two.state.signals).toEqual([])
  })

  it('of the tail of one iteration leaves the results of the others, and runs what follows from the loop', () => {
    const of = body([call('f'), value('g', '{{ input }}!')], ['f>g'])
    const run = new TestRun(graph([each(of), value('z', '{{ input }}')], ['each>z']), { list: upTo(3) })
    settleAll(run)
    expect(givenOut(replay(run, { from: 'each[1].f' }))).toEqual(['each[1].f'])
    expect(statusAt(run, 'z')).toBe('pending')
    expect(keyOf(run, 'each[1].f')).toBe('each[1].f.2')
    run.settle('each[1].f', success('new'))
    expect(run.state.phase).toMatchObject({ output: ['each[0].f!', 'new!', 'each[2].f!'] })
  })

  it('of a round of a `loop` runs the later rounds again, and no earlier one', () => {
    const run = new TestRun(graph([loop(body([call('f')]), { while: 'iteration < 3' })], []))
    settleAll(run)
    const before = nodeAt(run, 'loop[0].f')
    replay(run, { from: 'loop[1].f' })
    expect(nodeAt(run, 'loop[0].f')).toBe(before)
    settleAll(run)
    expect(run.state.phase).toMatchObject({ status: 'completed', output: 'loop[2].f' })
    expect(run.told().filter((line) => line === 'node.started loop[1].f')).toHaveLength(2)
  })
})

describe('a journal of format 1', () => {
  it('that was written by an earlier release can be replayed', () => {
    const file = path.join(import.meta.dirname, '../../fixtures/journal-format-1.json')
    const { journal } = JSON.parse(readFileSync(file, 'utf8'))
    const run = new TestRun(graph([value('v', 1)], []))
    run.state = foldEntries(null, journal, nodeTypes)
    run.journal.splice(0, Number.POSITIVE_INFINITY, ...journal)
    expect(replay(run, { from: 'long' }).effects).toEqual([{ type: 'node.enqueue', node: 'long', attempt: 1 }])
    run.settle('long', success('again'))
    expect(run.state).toMatchObject({ epoch: 2, phase: { status: 'completed', output: { race: 'hello', long: 'again' } } })
    crash(run)
  })
})
