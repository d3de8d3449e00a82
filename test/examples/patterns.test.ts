// The workflow patterns that branches, joins and timers express: each example of examples/patterns does what proves its pattern.
// Those with loops, waits and signals are in patterns-with-scopes.test.ts.
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { answer, patternFiles, runPattern } from '../support/pattern.ts'

const PATTERNS = [
  'Sequence',
  'Parallel Split',
  'Synchronization',
  'Exclusive Choice',
  'Simple Merge',
  'Multi-Choice',
  'Structured Synchronizing Merge',
  'Multi-Merge',
  'Structured Discriminator',
  'Arbitrary Cycles',
  'Implicit Termination',
  'Multiple Instances without Synchronization',
  'Multiple Instances with a Priori Design-Time Knowledge',
  'Multiple Instances with a Priori Run-Time Knowledge',
  'Multiple Instances without a Priori Run-Time Knowledge',
  'Deferred Choice',
  'Interleaved Parallel Routing',
  'Milestone',
  'Cancel Task',
  'Cancel Case',
  'Structured Loop',
  'Recursion',
  'Transient Trigger',
  'Persistent Trigger',
  'Cancel Region',
  'Cancel Multiple Instance Activity',
  'Complete Multiple Instance Activity',
  'Blocking Discriminator',
  'Cancelling Discriminator',
  'Structured Partial Join',
  'Blocking Partial Join',
  'Cancelling Partial Join',
  'Generalised AND-Join',
  'Static Partial Join for Multiple Instances',
  'Cancelling Partial Join for Multiple Instances',
  'Dynamic Partial Join for Multiple Instances',
  'Local Synchronizing Merge',
  'General Synchronizing Merge',
  'Critical Section',
  'Interleaved Routing',
  'Thread Merge',
  'Thread Split',
  'Explicit Termination',
]

describe('branches', () => {
  it('1 sequence: each step comes after the one before it', () => {
    const run = runPattern('01-sequence')
    expect(run.told()).toEqual([
      'execution.created',
      'execution.started',
      'node.completed net',
      'node.completed gross',
      'node.completed invoice',
      'execution.completed',
    ])
    expect(run.state.phase).toMatchObject({ output: 'Ada owes 60 EUR' })
  })

  it('2 parallel split: both ways are under way at once', () => {
    const run = runPattern('02-parallel-split')
    expect(run.statuses()).toEqual({ paid: 'completed', pack: 'running', receipt: 'running' })
    run.settle('receipt', answer())
    expect(run.statuses()).toMatchObject({ pack: 'running', receipt: 'completed' })
  })

  it('3 synchronization: goes on once, when both have come', () => {
    const run = runPattern('03-synchronization')
    run.settle('label', answer({ carrier: 'post' }))
    expect(run.node('dispatch').status).toBe('pending')
    run.settle('pack', answer({ box: 4 }))
    expect(run.state.phase).toMatchObject({ status: 'completed', output: 'Box 4 leaves with post' })
    expect(run.told().filter((line) => line === 'node.completed dispatch')).toHaveLength(1)
  })

  it.each([
    [20, 'paid_at_once'],
    [240, 'ask_manager'],
    [5000, 'ask_director'],
  ])('4 exclusive choice: %d takes one way only', (amount, chosen) => {
    const ways = { paid_at_once: 'skipped', ask_manager: 'skipped', ask_director: 'skipped' }
    expect(runPattern('04-exclusive-choice', { amount }).statuses()).toMatchObject({ ...ways, [chosen]: 'completed' })
  })

  it('5 simple merge: either way leads to the one step, which runs once', () => {
    const byPhone = runPattern('05-simple-merge')
    expect(byPhone.state.phase).toMatchObject({ output: { customer: 'Alan', reach: { phone: '+442079460000' } } })
    expect(byPhone.statuses()).toMatchObject({ from_form: 'skipped', from_call: 'completed', register: 'completed' })
    const byWeb = runPattern('05-simple-merge', { channel: 'web', contact: ' Ada@Example.com ' })
    expect(byWeb.state.phase).toMatchObject({ output: { reach: { email: 'ada@example.com' } } })
    expect(byWeb.statuses()).toMatchObject({ from_form: 'completed', from_call: 'skipped', register: 'completed' })
  })

  it('6 multi-choice: every way whose condition holds, be it none or all', () => {
    const sent = (variables = {}) => Object.entries(runPattern('06-multi-choice', variables).statuses()).flatMap(completed)
    expect(sent()).toEqual(['call', 'fire_brigade', 'ambulance'])
    expect(sent({ fire: false, injured: 0 })).toEqual(['call'])
    expect(sent({ crime: true })).toEqual(['call', 'police', 'fire_brigade', 'ambulance'])
  })
})

const completed = ([node, status]: [string, string]) => (status === 'completed' ? [node] : [])

describe('merges that wait for what may still come', () => {
  it('7 structured synchronizing merge: waits for the chosen ways', () => {
    const run = runPattern('07-structured-synchronizing-merge')
    run.settle('ambulance', answer())
    expect(run.statuses()).toMatchObject({ police: 'skipped', report: 'pending' })
    run.settle('fire_brigade', answer())
    expect(run.state.phase).toMatchObject({ output: 'back from 12 Mill Lane: fire_brigade, ambulance' })

    const single = runPattern('07-structured-synchronizing-merge', { fire: false })
    single.settle('ambulance', answer())
    expect(single.state.phase).toMatchObject({ output: 'back from 12 Mill Lane: ambulance' })
  })

  it('11 implicit termination: ends when nothing is left to do, not before', () => {
    const run = runPattern('11-implicit-termination')
    run.wakeAfter(60_000)
    expect(run.node('meter_reading').status).toBe('completed')
    expect(run.state.phase.status).toBe('open')
    run.wakeAfter(240_000)
    expect(run.state.phase).toMatchObject({
      status: 'completed',
      output: { meter_reading: 'meter read at 12 Mill Lane', final_bill: 'final bill to Ada' },
    })
  })

  it('37 local synchronizing merge: overlapping merges each wait for those of their own ways that are taken', () => {
    const run = runPattern('37-local-synchronizing-merge')
    expect(run.statuses()).toMatchObject({ scan: 'skipped', specialist: 'pending', letter: 'pending' })
    run.settle('blood', answer())
    expect(run.statuses()).toMatchObject({ specialist: 'completed', letter: 'pending' })
    run.settle('interview', answer())
    expect(run.state.phase).toMatchObject({ output: 'rests on interview, specialist' })

    const talkOnly = runPattern('37-local-synchronizing-merge', { needed: ['interview'] })
    talkOnly.settle('interview', answer())
    expect(talkOnly.node('specialist').status).toBe('skipped')
    expect(talkOnly.state.phase).toMatchObject({ output: 'rests on interview' })

    const scanned = runPattern('37-local-synchronizing-merge', { needed: ['scan', 'blood'] })
    scanned.settle('scan', answer())
    expect(scanned.statuses()).toMatchObject({ specialist: 'pending', letter: 'pending' })
    scanned.settle('blood', answer())
    expect(scanned.state.phase).toMatchObject({ output: 'rests on scan, specialist' })
  })
})

describe('joins that need not have all', () => {
  it('9 structured discriminator: the first goes on, the second changes nothing, and both are waited for', () => {
    const run = runPattern('09-structured-discriminator')
    run.settle('agency_b', answer({ score: 710 }))
    expect(run.statuses()).toMatchObject({ decide: 'completed', agency_a: 'running' })
    expect(run.state.phase.status).toBe('open')
    run.settle('agency_a', answer({ score: 300 }))
    expect(run.state.phase).toMatchObject({ status: 'completed', output: 'lend' })
    expect(run.node('file_a').status).toBe('completed')
    expect(run.told().filter((line) => line === 'node.completed decide')).toHaveLength(1)
  })

  it('29 cancelling discriminator: the first goes on, the other is withdrawn', () => {
    const run = runPattern('29-cancelling-discriminator')
    run.settle('service_b', answer({ translation: 'Bom dia' }))
    expect(run.node('service_a').status).toBe('cancelled')
    expect(run.state.phase).toMatchObject({ status: 'completed', output: 'Bom dia' })
    expect(run.settle('service_a', answer({ translation: 'Guten Morgen' })).noOp).toBe('ALREADY_FINISHED')
  })

  it('30 structured partial join: two of three go on, the third is waited for at the end', () => {
    const run = runPattern('30-structured-partial-join')
    run.settle('reviewer_3', answer({ accept: true }))
    expect(run.node('decide').status).toBe('pending')
    run.settle('reviewer_1', answer({ accept: true }))
    expect(run.statuses()).toMatchObject({ decide: 'completed', reviewer_2: 'running' })
    run.settle('reviewer_2', answer({ accept: false }))
    expect(run.state.phase).toMatchObject({ status: 'completed', output: 'accepted' })
  })

  it('32 cancelling partial join: two of three go on, the third is withdrawn', () => {
    const run = runPattern('32-cancelling-partial-join')
    run.settle('replica_2', answer())
    expect(run.statuses()).toMatchObject({ replica_1: 'running', replica_3: 'running', safe: 'pending' })
    run.settle('replica_3', answer())
    expect(run.node('replica_1').status).toBe('cancelled')
    expect(run.state.phase).toMatchObject({ output: { key: 'profile-7', replicas: ['replica_2', 'replica_3'] } })
  })
})

describe('cancellation', () => {
  it('19 cancel task: what is under way is withdrawn, and the rest goes on', () => {
    const late = runPattern('19-cancel-task')
    late.wakeAfter(300_000)
    expect(late.node('find_courier').status).toBe('cancelled')
    expect(late.state.phase).toMatchObject({ status: 'completed', output: 'stays until tomorrow' })

    const found = runPattern('19-cancel-task')
    found.settle('find_courier', answer({ courier: 'Bo' }))
    expect(found.node('closing_time').status).toBe('cancelled')
    expect(found.state.phase).toMatchObject({ status: 'completed', output: 'goes with Bo' })
  })

  it('20 cancel case: from inside by a failure, from outside by a command', () => {
    const fraud = runPattern('20-cancel-case')
    fraud.settle('screening', answer({ fraud: true }))
    expect(fraud.state.phase).toMatchObject({ status: 'failed', error: { code: 'FRAUD' } })
    expect(fraud.statuses()).toMatchObject({ valuation: 'cancelled', cooling_off: 'cancelled', pay_out: 'skipped' })

    const withdrawn = runPattern('20-cancel-case')
    withdrawn.cancel()
    expect(withdrawn.state.phase.status).toBe('cancelled')
    expect(withdrawn.statuses()).toMatchObject({ screening: 'cancelled', valuation: 'cancelled', cooling_off: 'cancelled' })
  })

  it('25 cancel region: all of the region ends where it stands, what is outside goes on', () => {
    const run = runPattern('25-cancel-region')
    run.settle('flight', answer())
    run.settle('budget', answer({ granted: false }))
    expect(run.statuses()).toMatchObject({
      flight: 'completed',
      ticket: 'cancelled',
      hotel: 'cancelled',
      voucher: 'skipped',
      booked: 'skipped',
      trip: 'completed',
      diary: 'running',
    })
    run.settle('diary', answer({ entry: 5 }))
    expect(run.state.phase).toMatchObject({ status: 'completed', output: { trip: 'refused' } })

    const granted = runPattern('25-cancel-region')
    granted.settle('budget', answer({ granted: true }))
    for (const node of ['flight', 'hotel', 'ticket', 'voucher']) granted.settle(node, answer())
    expect(granted.node('trip')).toMatchObject({ status: 'completed', output: 'booked' })
  })

  it('43 explicit termination: reaching the end withdraws everything else and completes the execution', () => {
    const run = runPattern('43-explicit-termination')
    run.settle('drone', answer({ found: false }))
    expect(run.state.phase.status).toBe('open')
    run.settle('dogs', answer({ found: true, place: 'the old mill' }))
    expect(run.statuses()).toMatchObject({ until_dawn: 'cancelled', helicopter: 'skipped', found: 'completed' })
    expect(run.state.phase).toMatchObject({ status: 'completed', output: 'found at the old mill' })
  })
})

describe('docs/patterns.md', () => {
  const document = () => readFileSync(path.join(import.meta.dirname, '../../docs/patterns.md'), 'utf8')

  it('names all 43 patterns, in order', () => {
    const headings = [...document().matchAll(/^### (\d+)\. (.+)$/gm)].map(([, number, name]) => `${number} ${name}`)
    expect(headings).toEqual(PATTERNS.map((name, index) => `${index + 1} ${name}`))
  })

  it('links exactly the examples that there are', () => {
    const links = [...document().matchAll(/\]\(\.\.\/examples\/patterns\/([^)]+)\)/g)].map(([, file]) => file)
    expect([...new Set(links)].sort()).toEqual(patternFiles())
  })
})
