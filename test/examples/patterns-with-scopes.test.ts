// The workflow patterns that need loops, waits and signals: each example of examples/patterns does what proves its pattern.
import { describe, expect, it } from 'vitest'
import { mustInstance, stateOf } from '../../src/core/instance.ts'
import type { Json } from '../../src/core/json.ts'
import { answer, runPattern } from '../support/pattern.ts'
import { EPOCH_START, type TestRun } from '../support/run.ts'

const signal = (run: TestRun, name: string, payload: Json = {}) =>
  run.send({ type: 'signal', name, payload, key: null, by: 'tester' })

const status = (run: TestRun, path: string) => stateOf(run.state, mustInstance(run.state, path)).status

/** Paths of the nodes that completed, in order, from the n-th journal row on. */
const completedFrom = (run: TestRun, row = 0) =>
  run.told(row).flatMap((line) => (line.startsWith('node.completed ') ? [line.slice('node.completed '.length)] : []))

/** Requests given out and not yet settled. */
const underWay = (run: TestRun) => {
  const open = new Set<string>()
  for (const line of run.told()) {
    const [event, node = ''] = line.split(' ')
    if (event === 'node.started') open.add(node)
    else open.delete(node)
  }
  return [...open]
}

const HOUR_MS = 3_600_000

describe('merges and cycles', () => {
  it('8 multi-merge: the step after the merge runs once for each way, without waiting for the other', () => {
    const run = runPattern('08-multi-merge')
    run.settle('inspections[1].exhaust', answer({ result: 'fails' }))
    expect(status(run, 'inspections[1].file')).toBe('completed')
    expect(status(run, 'inspections[0].brakes')).toBe('running')
    run.settle('inspections[0].brakes', answer({ result: 'passes' }))
    expect(completedFrom(run).filter((path) => path.endsWith('.file'))).toEqual(['inspections[1].file', 'inspections[0].file'])
    expect(run.state.phase).toMatchObject({ status: 'completed', output: ['brakes: passes', 'exhaust: fails'] })
  })

  it('10 arbitrary cycles: two cycles that cross, with more than one way in', () => {
    const whole = runPattern('10-arbitrary-cycles')
    expect(whole.state.phase).toMatchObject({
      status: 'completed',
      output: ['drafting', 'review', 'drafting', 'review', 'legal', 'drafting', 'review', 'legal'],
    })
    const fromReview = runPattern('10-arbitrary-cycles', { enter_at: 'review' })
    expect(fromReview.state.phase).toMatchObject({
      output: ['review', 'drafting', 'review', 'drafting', 'review', 'legal', 'drafting', 'review', 'legal'],
    })
  })

  it('21 structured loop: checked before each round, be it none', () => {
    expect(runPattern('21-structured-loop').state.phase).toMatchObject({ output: { balance: 1331, years: 3 } })
    expect(runPattern('21-structured-loop', { target: 500 }).state.phase).toMatchObject({ output: { balance: 1000, years: 0 } })
  })

  it('22 recursion: all of a tree, however deep, in order', () => {
    expect(runPattern('22-recursion').state.phase).toMatchObject({
      status: 'completed',
      output: ['lamp', 'socket', 'screw', 'spring', 'shade'],
    })
  })

  it('38 general synchronizing merge: waits for a way that repeats, no longer for one that leads elsewhere', () => {
    const run = runPattern('38-general-synchronizing-merge')
    run.settle('repair[0].work', answer({ result: 'still damaged' }))
    run.settle('appraisal', answer({ covered: false }))
    expect(status(run, 'pay')).toBe('pending')
    run.settle('repair[1].work', answer({ result: 'repaired' }))
    expect(run.node('pay')).toMatchObject({ status: 'completed', output: 'paid for repair' })

    const covered = runPattern('38-general-synchronizing-merge')
    covered.settle('repair[0].work', answer({ result: 'repaired' }))
    expect(status(covered, 'pay')).toBe('pending')
    covered.settle('appraisal', answer({ covered: true }))
    expect(covered.node('pay')).toMatchObject({ output: 'paid for repair and loss_of_value' })
  })
})

describe('multiple instances', () => {
  it('12 without synchronization: what stands beside them does not wait', () => {
    const run = runPattern('12-instances-without-synchronization')
    expect(run.node('publish').status).toBe('completed')
    expect(underWay(run)).toEqual(['owners[0].write', 'owners[1].write', 'owners[2].write'])
  })

  it('13 known at design time: goes on when all three are done', () => {
    const run = runPattern('13-instances-known-at-design-time')
    for (const index of [2, 0]) run.settle(`signatures[${index}].sign`, answer())
    expect(status(run, 'cleared')).toBe('pending')
    run.settle('signatures[1].sign', answer())
    expect(run.state.phase).toMatchObject({ output: 'ML 402 cleared by 3' })
  })

  it('14 known at run time: as many as the order has lines, and their results in that order', () => {
    const run = runPattern('14-instances-known-at-run-time')
    run.settle('lines[1].pick', answer())
    expect(status(run, 'close_box')).toBe('pending')
    run.settle('lines[0].pick', answer())
    expect(run.state.phase).toMatchObject({ output: '1 x lamp, 2 x bulb' })

    const empty = runPattern('14-instances-known-at-run-time', { order: { lines: [] } })
    expect(empty.state.phase).toMatchObject({ status: 'completed', output: '' })
  })

  it('15 not known beforehand: instances begin while others are under way, and all are waited for', () => {
    const run = runPattern('15-instances-not-known-beforehand')
    signal(run, 'witness_named', { name: 'Ada' })
    signal(run, 'witness_named', { name: 'Grace' })
    expect(underWay(run)).toEqual(['witnesses[0].hear', 'witnesses[1].hear'])
    run.settle('witnesses[1].hear', answer({ statement: 'saw it' }))
    signal(run, 'witness_named', { name: 'Alan' })
    expect(underWay(run)).toEqual(['witnesses[0].hear', 'witnesses[2].hear'])
    run.settle('witnesses[0].hear', answer({ statement: 'heard it' }))
    run.settle('witnesses[2].hear', answer({ statement: 'was elsewhere' }))
    expect(status(run, 'report')).toBe('pending')
    run.wakeAfter(24 * HOUR_MS)
    expect(run.state.phase).toMatchObject({
      status: 'completed',
      output: ['Ada: heard it', 'Grace: saw it', 'Alan: was elsewhere'],
    })
  })

  it('26 cancel instances: all are withdrawn, and the execution goes on', () => {
    const run = runPattern('26-cancel-instances')
    run.settle('candidates[0].test', answer())
    signal(run, 'position_filled', { by: 'Grace' })
    expect(['[0].test', '[0].thank', '[1].test', '[1].thank'].map((path) => status(run, `candidates${path}`))).toEqual([
      'completed',
      'cancelled',
      'cancelled',
      'skipped',
    ])
    expect(run.state.phase).toMatchObject({ status: 'completed', output: 'Grace has the position' })
  })

  it('27 complete instances: what has come by the deadline is kept, the rest withdrawn', () => {
    const run = runPattern('27-complete-instances')
    signal(run, 'quote', { supplier: 'west', price: 90 })
    signal(run, 'quote', { supplier: 'north', price: 80 })
    expect(status(run, 'compare')).toBe('pending')
    run.wakeAfter(HOUR_MS)
    expect(status(run, 'requests[1].quote')).toBe('cancelled')
    expect(run.state.phase).toMatchObject({
      status: 'completed',
      output: [
        { supplier: 'north', price: 80 },
        { supplier: 'west', price: 90 },
      ],
    })
  })

  it('34 static partial join: the third answer goes on, the instances take their course', () => {
    const run = runPattern('34-static-partial-join-for-instances')
    for (const stars of [5, 4]) signal(run, 'book_judged', { stars })
    expect(status(run, 'judge')).toBe('pending')
    signal(run, 'book_judged', { stars: 2 })
    expect(run.node('judge')).toMatchObject({ status: 'completed', output: '3.7 stars' })
    signal(run, 'book_judged', { stars: 1 })
    for (const index of [0, 1, 2, 3]) run.settle(`readers[${index}].send_book`, answer())
    run.wakeAfter(14 * 24 * HOUR_MS)
    for (const index of [0, 1, 2, 3]) run.settle(`readers[${index}].take_back`, answer())
    expect(run.state.phase).toMatchObject({ status: 'completed', output: '3.7 stars' })
    expect(completedFrom(run).filter((path) => path === 'judge')).toHaveLength(1)
  })

  it('35 cancelling partial join: the second agreement goes on, the other instances are withdrawn', () => {
    const run = runPattern('35-cancelling-partial-join-for-instances')
    for (const index of [0, 1, 2]) run.settle(`donors[${index}].call`, answer())
    signal(run, 'donor_agreed', { donor: 'Alan' })
    expect(run.state.phase.status).toBe('open')
    signal(run, 'donor_agreed', { donor: 'Ada' })
    expect(status(run, 'donors[1].an_hour')).toBe('cancelled')
    expect(status(run, 'donors[3].call')).toBe('cancelled')
    expect(run.state.phase).toMatchObject({ status: 'completed', output: ['Alan', 'Ada'] })
  })

  it('36 dynamic partial join: how many are needed changes while they come', () => {
    const run = runPattern('36-dynamic-partial-join-for-instances', { members: 3 })
    signal(run, 'petition', { kind: 'signed' })
    signal(run, 'petition', { kind: 'joined', member: 'Ada' })
    run.settle('vote[1].invite', answer())
    signal(run, 'petition', { kind: 'joined', member: 'Grace' })
    run.settle('vote[2].invite', answer())
    signal(run, 'petition', { kind: 'signed' })
    expect(run.state.phase.status).toBe('open')
    signal(run, 'petition', { kind: 'signed' })
    expect(run.state.phase).toMatchObject({ status: 'completed', output: 'carried by 3 of 5' })
  })

  it('41 thread merge: many threads become one', () => {
    const run = runPattern('41-thread-merge')
    for (const index of [2, 0, 1]) run.settle(`pages[${index}].read`, answer({ text: `page ${index}` }))
    expect(run.state.phase).toMatchObject({ status: 'completed', output: 'page 0 page 1 page 2' })
    expect(completedFrom(run).filter((path) => path === 'book')).toHaveLength(1)
  })

  it('42 thread split: one thread becomes three, each on its own', () => {
    const run = runPattern('42-thread-split')
    expect(underWay(run)).toEqual(['copies[0].print', 'copies[1].print', 'copies[2].print'])
    run.settle('copies[2].print', answer())
    expect(status(run, 'copies[2].number')).toBe('completed')
    expect(underWay(run)).toEqual(['copies[0].print', 'copies[1].print'])
  })
})

describe('events', () => {
  it('16 deferred choice: the first message decides, the other is no longer waited for', () => {
    const sold = runPattern('16-deferred-choice')
    expect(sold.statuses()).toMatchObject({ paid: 'waiting', withdrawn: 'waiting' })
    signal(sold, 'payment_received', { amount: 80 })
    expect(sold.statuses()).toMatchObject({ withdrawn: 'cancelled', release: 'skipped' })
    expect(sold.state.phase).toMatchObject({ status: 'completed', output: 'seat 12F sold for 80' })

    const released = runPattern('16-deferred-choice')
    signal(released, 'reservation_withdrawn')
    expect(released.statuses()).toMatchObject({ paid: 'cancelled', sell: 'skipped' })
    expect(released.state.phase).toMatchObject({ output: 'seat 12F is free again' })
  })

  it('18 milestone: possible while the state lasts, refused afterwards', () => {
    const inTime = runPattern('18-milestone')
    signal(inTime, 'address_changed', { address: '3 Weir Road' })
    expect(inTime.node('redirect').status).toBe('completed')
    inTime.wakeAfter(HOUR_MS)
    expect(inTime.state.phase).toMatchObject({ status: 'completed', output: 'sent to 3 Weir Road' })

    const late = runPattern('18-milestone')
    late.wakeAfter(HOUR_MS)
    signal(late, 'address_changed', { address: '3 Weir Road' })
    expect(late.statuses()).toMatchObject({ redirect: 'skipped', too_late: 'completed' })
    expect(late.state.phase).toMatchObject({ status: 'completed', output: 'sent to 12 Mill Lane' })

    const never = runPattern('18-milestone')
    never.wakeAfter(HOUR_MS)
    never.wakeAfter(23 * HOUR_MS)
    expect(never.state.phase).toMatchObject({ status: 'completed', output: 'sent to 12 Mill Lane' })
  })

  it('23 transient trigger: lost where nobody waited for it', () => {
    const at = (seconds: number) => ({ at: new Date(EPOCH_START + seconds * 1000).toISOString() })
    const run = runPattern('23-transient-trigger')
    signal(run, 'door_opened', at(10))
    run.wakeAfter(600_000)
    expect(status(run, 'door')).toBe('waiting')
    signal(run, 'door_opened', at(700))
    expect(run.state.phase).toMatchObject({ output: 'switched off: the door was opened at 2026-01-01T00:11:40.000Z' })

    const quiet = runPattern('23-transient-trigger')
    signal(quiet, 'door_opened', at(10))
    quiet.wakeAfter(600_000)
    quiet.wakeAfter(2 * HOUR_MS)
    expect(quiet.state.phase).toMatchObject({ status: 'completed', output: 'fired' })
  })

  it('24 persistent trigger: kept until somebody waits for it', () => {
    const run = runPattern('24-persistent-trigger')
    signal(run, 'crew_reported', { captain: 'Amelia' })
    expect(status(run, 'crew')).toBe('pending')
    run.wakeAfter(1_800_000)
    expect(run.state.phase).toMatchObject({ status: 'completed', output: 'Amelia boards ML 402' })
  })

  it('33 generalised AND-join: one side may pile up, and every pair goes on', () => {
    const run = runPattern('33-generalised-and-join')
    signal(run, 'frame_built', { number: 'f1' })
    signal(run, 'frame_built', { number: 'f2' })
    expect(completedFrom(run)).toEqual(['bicycles[0].frame'])
    signal(run, 'wheels_built', { number: 'w1' })
    expect(completedFrom(run).filter((path) => path.endsWith('.assemble'))).toEqual(['bicycles[0].assemble'])
    signal(run, 'wheels_built', { number: 'w2' })
    expect(run.state.phase).toMatchObject({ status: 'completed', output: ['f1+w1', 'f2+w2'] })
  })
})

describe('blocking joins', () => {
  it('28 blocking discriminator: the first goes on, the next round waits for the second', () => {
    const run = runPattern('28-blocking-discriminator')
    run.settle('rounds[0].buoy', answer({ level: 3.1 }))
    expect(status(run, 'rounds[0].level')).toBe('completed')
    expect(underWay(run)).toEqual(['rounds[0].pier'])
    run.settle('rounds[0].pier', answer({ level: 9.9 }))
    expect(underWay(run)).toEqual(['rounds[1].pier', 'rounds[1].buoy'])
    run.settle('rounds[1].pier', answer({ level: 3.3 }))
    run.settle('rounds[1].buoy', answer({ level: 9.9 }))
    expect(run.state.phase).toMatchObject({ status: 'completed', output: [3.1, 3.3] })
  })

  it('31 blocking partial join: the first two go on, the next round waits for the third', () => {
    const run = runPattern('31-blocking-partial-join')
    run.settle('rounds[0].left', answer({ celsius: 180 }))
    expect(status(run, 'rounds[0].mean')).toBe('pending')
    run.settle('rounds[0].right', answer({ celsius: 190 }))
    expect(status(run, 'rounds[0].mean')).toBe('completed')
    expect(underWay(run)).toEqual(['rounds[0].middle'])
    run.settle('rounds[0].middle', answer({ celsius: 20 }))
    for (const probe of ['middle', 'left', 'right']) run.settle(`rounds[1].${probe}`, answer({ celsius: 200 }))
    expect(run.state.phase).toMatchObject({ status: 'completed', output: [185, 200] })
  })
})

describe('one at a time', () => {
  it('17 interleaved parallel routing: one at a time, each after those it needs', () => {
    const run = runPattern('17-interleaved-parallel-routing')
    for (const round of [0, 1, 2]) {
      expect(underWay(run)).toEqual([`visit[${round}].examine`])
      run.settle(`visit[${round}].examine`, answer())
    }
    expect(run.state.phase).toMatchObject({ status: 'completed', output: ['blood', 'x-ray', 'doctor'] })
  })

  it('39 critical section: who comes first finishes all of its section before the other begins', () => {
    const run = runPattern('39-critical-section')
    signal(run, 'dock_requested', { work: 'loading' })
    signal(run, 'dock_requested', { work: 'unloading' })
    const section = ['dock[0].load', 'dock[0].lock', 'dock[1].unload', 'dock[1].clean']
    for (const work of section) {
      expect(underWay(run)).toEqual([work])
      run.settle(work, answer())
    }
    expect(run.state.phase).toMatchObject({ status: 'completed', output: ['loading', 'unloading'] })
  })

  it('40 interleaved routing: each once, one at a time, in an order found at run time', () => {
    const run = runPattern('40-interleaved-routing')
    for (const index of [0, 1, 2]) {
      expect(underWay(run)).toEqual([`jobs[${index}].do`])
      run.settle(`jobs[${index}].do`, answer())
    }
    expect(run.state.phase).toMatchObject({ status: 'completed', output: ['lights', 'oil', 'brakes'] })
  })
})
