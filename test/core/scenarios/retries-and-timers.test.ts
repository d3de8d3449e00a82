// Retries and timers where several of them meet: budgets apart, deadlines between, late alarms.
import { describe, expect, it } from 'vitest'
import { foldEntries } from '../../../src/core/apply.ts'
import { nextWakeAt } from '../../../src/core/timers.ts'
import { nodeTypes } from '../../../src/nodes/registry.ts'
import { body, each, loop, nodeAt, restored, upTo, value } from '../../support/loops.ts'
import { failure, graph, success, TestRun } from '../../support/run.ts'
import { call, delay, everySeconds, givenOut, keyOf, ringAt, secondOf } from '../../support/scenario.ts'

const retried = { retry: everySeconds(1) }

describe('nodes side by side that fail twice', () => {
  it('have budgets of their own', () => {
    const run = new TestRun(graph([call('a', retried), call('b', retried)], []))
    for (const attempt of [1, 2]) {
      for (const node of ['a', 'b']) run.settle(node, failure(), attempt)
      expect(givenOut(ringAt(run, attempt))).toEqual(['a', 'b'])
    }
    for (const node of ['a', 'b']) run.settle(node, success(node), 3)
    expect(run.state.phase).toMatchObject({ status: 'completed', output: { a: 'a', b: 'b' } })
    for (const node of ['a', 'b']) expect(run.node(node)).toMatchObject({ attempt: 3, failures: 2 })
  })

  it('are apart in two iterations too, each under its own key', () => {
    const run = new TestRun(graph([each(body([call('f', retried)]))], []), { list: [1, 2] })
    const paths = ['each[0].f', 'each[1].f']
    for (const attempt of [1, 2]) {
      for (const path of paths) run.settle(path, failure(), attempt)
      expect(givenOut(ringAt(run, attempt))).toEqual(paths)
    }
    expect(paths.map((path) => keyOf(run, path))).toEqual(['each[0].f.1', 'each[1].f.1'])
    for (const path of paths) run.settle(path, success(path), 3)
    for (const path of paths) expect(nodeAt(run, path)).toMatchObject({ attempt: 3, failures: 2 })
    expect(run.state.phase).toMatchObject({ output: paths })
  })

  it('one that succeeded is never given out again', () => {
    const run = new TestRun(graph([call('a', retried), call('b', retried), value('z', 1)], ['a>z', 'b>z']))
    run.settle('a', success())
    run.settle('b', failure())
    ringAt(run, 1)
    run.settle('b', success(), 2)
    expect(run.state.phase.status).toBe('completed')
    expect(givenOut(run)).toEqual(['a', 'b', 'b'])
  })
})

describe('a retry behind the deadline', () => {
  const late = graph([call('a', { retry: everySeconds(20) })], [], { settings: { timeout_seconds: 10 } })

  it('is waited for until then, and never made', () => {
    const run = new TestRun(late)
    run.settle('a', failure())
    expect(secondOf(nextWakeAt(run.state))).toBe(10)
    ringAt(run, 9.999)
    expect(run.node('a').status).toBe('retrying')
    ringAt(run, 10)
    expect(run.state.phase).toMatchObject({ status: 'failed', node: null, error: { code: 'EXECUTION_TIMEOUT' } })
    expect(run.node('a').status).toBe('cancelled')
    ringAt(run, 20)
    expect(givenOut(run)).toEqual(['a'])
  })
})

describe('an attempt that took too long', () => {
  const TIMEOUT = failure({ code: 'NODE_TIMEOUT', retryable: true })

  it('is followed by another; its own result comes in vain', () => {
    const run = new TestRun(graph([call('a', retried)], []))
    run.settle('a', TIMEOUT)
    ringAt(run, 1)
    expect(run.settle('a', success('late'), 1).noOp).toBe('SUPERSEDED_ATTEMPT')
    run.settle('a', success('in time'), 2)
    expect(run.state.phase).toMatchObject({ status: 'completed', output: 'in time' })
  })

  it('is the last where the policy gives up on that', () => {
    const run = new TestRun(graph([call('a', { retry: everySeconds(1, { give_up_on: ['NODE_TIMEOUT'] }) })], []))
    run.settle('a', TIMEOUT)
    expect(run.state.phase).toMatchObject({ status: 'failed', error: { code: 'NODE_TIMEOUT' } })
  })
})

describe('a delay', () => {
  const YEAR_SECONDS = 365 * 24 * 3600

  it('of 365 days is due then, not at once', () => {
    const run = new TestRun(graph([delay('d', YEAR_SECONDS)], []))
    expect(secondOf(nextWakeAt(run.state))).toBe(YEAR_SECONDS)
    run.state = restored(run)
    expect(secondOf(nextWakeAt(run.state))).toBe(YEAR_SECONDS)
    ringAt(run, YEAR_SECONDS - 0.001)
    expect(run.node('d').status).toBe('waiting')
    ringAt(run, YEAR_SECONDS)
    expect(run.state.phase.status).toBe('completed')
  })

  it('in each of 100 iterations: one alarm, moved from each to the next', () => {
    const items = upTo(100)
    const nodes = [delay('d', '{{ 1 + index }}'), value('v', '{{ item }} at {{ index }}')]
    const run = new TestRun(graph([each(body(nodes, ['d>v']), { concurrency: 100 })], []), { list: items })
    for (const index of items) {
      expect(secondOf(nextWakeAt(run.state))).toBe(index + 1)
      ringAt(run, index + 1)
      expect(run.node('each')).toMatchObject({ loop: { completed: index + 1 } })
    }
    expect(run.state.phase).toMatchObject({ status: 'completed', output: items.map((item) => `${item} at ${item}`) })
  })

  it('in each of three rounds: one after another, and none again after a crash', () => {
    const rounds = loop(body([delay('d', 10), value('v', '{{ iteration }}')], ['d>v']), { while: 'iteration < 3' })
    const run = new TestRun(graph([rounds], []))
    ringAt(run, 10)
    ringAt(run, 20)
    run.state = foldEntries(null, run.journal, nodeTypes) ?? run.state
    expect(secondOf(nextWakeAt(run.state))).toBe(30)
    ringAt(run, 30)
    expect(run.state.phase).toMatchObject({ status: 'completed', output: 2 })
    expect(run.told().filter((line) => line.endsWith('.d'))).toHaveLength(6)
  })

  it.each(['the answer', 'the alarm'])('that is due, and an answer before the late alarm: both once, %s first', (first) => {
    const run = new TestRun(graph([delay('d', 10), call('a'), value('z', '{{ input }}')], ['d>z', 'a>z']))
    const steps = [() => ringAt(run, 15), () => run.settle('a', success('A'))]
    run.now += 15_000
    for (const step of first === 'the alarm' ? steps : steps.reverse()) step()
    expect(run.state.phase).toMatchObject({ status: 'completed', output: { d: {}, a: 'A' } })
    for (const node of ['d', 'a', 'z']) expect(run.told().filter((line) => line === `node.completed ${node}`)).toHaveLength(1)
  })
})
