// Every workflow of examples/ runs and gives what a newcomer is told. (The end-to-end tests run them through the server, too.)
import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import type { Command } from '../../src/core/command.ts'
import type { JsonObject } from '../../src/core/json.ts'
import { linkKey } from '../../src/core/links.ts'
import { runAttempt } from '../support/code-run.ts'
import { runningIn, upTo } from '../support/loops.ts'
import { failure, success, TestRun } from '../support/run.ts'

const FOLDER = path.join(import.meta.dirname, '../../examples')

const read = (name: string): { workflow: JsonObject; variables: JsonObject } =>
  JSON.parse(readFileSync(path.join(FOLDER, `${name}.json`), 'utf8'))

const links = { origin: 'http://127.0.0.1:8787', key: linkKey('secret', '0123456789abcdef') }

function run(name: string, variables: JsonObject = {}): TestRun {
  const example = read(name)
  return new TestRun(example.workflow, { ...example.variables, ...variables }, { links })
}

const answered = (body: JsonObject) => success({ status: 200, headers: {}, body })
const refused = () => failure({ code: 'HTTP_STATUS', status: 404, retryable: false })

const output = (name: string, variables: JsonObject = {}) => run(name, variables).state.phase

describe('examples', () => {
  it('greeting: branches on a condition', () => {
    expect(output('greeting')).toMatchObject({ status: 'completed', output: 'Welcome, Ada!' })
    expect(output('greeting', { user_name: 'Bo', age: 7 })).toMatchObject({ output: 'Come back in 11 years, Bo.' })
  })

  it('order: two of three checks decide, either way', () => {
    expect(output('order')).toMatchObject({ output: { order: 'A-1042', decision: 'ship', agreed: 2 } })
    expect(output('order', { total_due: 100 })).toMatchObject({ output: { decision: 'review', objections: 2 } })
  })

  it('http-with-retries: retries what may pass, and takes the error edge when it does not', () => {
    const found = run('http-with-retries')
    found.settle('fetch_user', failure({ code: 'HTTP_STATUS', status: 503 }))
    found.wakeAfter(200)
    found.settle('fetch_user', success({ status: 200, headers: {}, body: { name: 'Leanne' } }), 2)
    expect(found.state.phase).toMatchObject({ status: 'completed', output: 'Hello, Leanne' })

    const missing = run('http-with-retries')
    missing.settle('fetch_user', failure({ code: 'HTTP_STATUS', status: 404, retryable: false }))
    expect(missing.state.phase).toMatchObject({ status: 'completed', output: 'Hello, somebody' })
  })

  it('reminder: holds for its delay', () => {
    const reminder = run('reminder')
    expect(reminder.node('wait').status).toBe('waiting')
    reminder.wakeAfter(5_000)
    expect(reminder.state.phase).toMatchObject({ status: 'completed', output: 'Ada, do not forget: the engine needs a card' })
  })

  it('clean-up: filters, maps, sorts and adds up', () => {
    expect(output('clean-up')).toMatchObject({
      status: 'completed',
      output: {
        figures: { customers: 3, revenue: 200, best: 'Ada' },
        customers: [
          { email: 'ada@example.com', name: 'Ada', spent: 120.5 },
          { email: 'alan@example.com', name: 'Alan', spent: 79.5 },
          { email: 'grace@example.com', name: 'Grace', spent: 0 },
        ],
        rejected: 1,
      },
    })
  })

  it('code: the lines that are prices, and what they come to', async () => {
    const prices = run('code')
    prices.settle('prices', await runAttempt(prices, 'prices'))
    expect(prices.state.phase).toMatchObject({ status: 'completed', output: '3 items, 10.3 EUR' })
    expect(prices.node('prices')).toMatchObject({ metadata: { console: [{ message: 'line 3 is no price: see the board' }] } })
  })

  it('router: the first case that matches, else the default', () => {
    expect(output('router')).toMatchObject({ output: { ticket: 7, team: 'on call', answer_within_minutes: 15 } })
    const ticket = { id: 8, kind: 'praise', priority: 'normal', text: 'Nice' }
    expect(output('router', { ticket })).toMatchObject({ output: { ticket: 8, team: 'support', answer_within_minutes: 1440 } })
  })

  it('first-answer: the first mirror wins, the other call is cancelled; without any the result is null', () => {
    const won = run('first-answer')
    won.settle('mirror_b', success({ status: 200, headers: {}, body: 'from b' }))
    expect(won.node('mirror_a').status).toBe('cancelled')
    expect(won.state.phase).toMatchObject({ status: 'completed', output: 'from b' })

    const lost = run('first-answer')
    lost.settle('mirror_a', failure({ retryable: false }))
    lost.settle('mirror_b', failure({ retryable: false }))
    expect(lost.state.phase).toMatchObject({ status: 'completed', output: null })
    expect(lost.state.errors).toHaveLength(2)
  })

  it('parallel-calls: three calls at a time, results in the order of the items, what failed left out', () => {
    const posts = run('parallel-calls')
    expect(runningIn(posts)).toEqual([0, 1, 2].map((index) => `titles[${index}].fetch`))
    posts.settle('titles[2].fetch', refused())
    for (const index of [3, 1, 0]) posts.settle(`titles[${index}].fetch`, answered({ title: `post ${index}` }))
    expect(posts.state.phase).toMatchObject({
      status: 'completed',
      output: { titles: ['post 0', 'post 1', 'post 3'], missing: 1 },
    })
  })

  it('approval: waits for the decision of a person, and no longer than it may', () => {
    const decided = (decision: 'approved' | 'rejected') => {
      const asked = run('approval')
      expect(asked.state.outputs.link).toMatch('/approvals/')
      asked.send({
        type: 'approve',
        epoch: 1,
        node: 'decide',
        answer: { decision, by: 'Bob', via: 'link', comment: null, form: null },
      })
      return asked.state.phase
    }
    expect(decided('approved')).toMatchObject({ status: 'completed', output: 'Bob approved: Babbage & Co gets 1200' })
    expect(decided('rejected')).toMatchObject({ status: 'completed', output: 'Bob rejected: Babbage & Co gets nothing' })
    const forgotten = run('approval')
    forgotten.wakeAfter(600_000)
    expect(forgotten.state.phase).toMatchObject({ status: 'completed', output: 'Nobody decided within 600 s' })
  })

  it('poll-until-done: asks again after each delay until the job is done, or gives up', () => {
    const polling = run('poll-until-done')
    for (const round of [0, 1, 2]) {
      polling.settle(`job[${round}].ask`, answered({ completed: false }))
      expect(runningIn(polling)).toEqual([])
      polling.wakeAfter(2_000)
    }
    polling.settle('job[3].ask', answered({ completed: true }))
    expect(polling.state.phase).toMatchObject({ status: 'completed', output: 'Done after 4 looks' })

    const endless = run('poll-until-done', { every_seconds: 0 })
    for (const round of upTo(20)) endless.settle(`job[${round}].ask`, answered({ completed: false }))
    expect(endless.state.phase).toMatchObject({ status: 'completed', output: expect.stringContaining('Gave up: ') })
  })

  it('ai-summary: JSON of a schema decides whether a second answer is drafted', () => {
    const read = (mood: string) => success({ summary: 'late', mood })
    const unhappy = run('ai-summary')
    unhappy.settle('read', read('unhappy'))
    unhappy.settle('draft', success('We are sorry.'))
    expect(unhappy.state.phase).toMatchObject({
      status: 'completed',
      output: { summary: 'late', mood: 'unhappy', draft: 'We are sorry.' },
    })
    const happy = run('ai-summary')
    happy.settle('read', read('happy'))
    expect(happy.state.phase).toMatchObject({ status: 'completed', output: { summary: 'late', mood: 'happy', draft: null } })
  })

  it('webhook: tells a partner, again where it did not get through, and notes where it never does', () => {
    const told = run('webhook')
    told.settle('tell', failure({ code: 'HTTP_STATUS', status: 503 }))
    told.wakeAfter(500)
    told.settle('tell', answered({}), 2)
    expect(told.state.phase).toMatchObject({ status: 'completed', output: 'The partner knows of A-1042 (200)' })
    const refusing = run('webhook')
    refusing.settle('tell', refused())
    expect(refusing.state.phase).toMatchObject({ status: 'completed', output: expect.stringContaining('Not delivered: ') })
  })

  it('database: books with the id of the execution as key, and says what is left', () => {
    const booking = run('database')
    expect(booking.node('book')).toMatchObject({ config: { params: ['0123456789abcdef', '7A', { name: 'Ada' }] } })
    booking.settle('book', success({ rows_affected: 1 }))
    booking.settle('left', success({ seats: 12 }))
    expect(booking.state.phase).toMatchObject({ status: 'completed', output: '7A is yours, Ada; 12 seats are left' })

    const taken = run('database')
    taken.settle('book', failure({ code: 'QUERY_ERROR', message: 'the seat is taken', retryable: false }))
    expect(taken.state.phase).toMatchObject({ status: 'completed', output: '7A could not be booked: the seat is taken' })
  })

  it('email: confirms an order, and tells whom it did not reach', () => {
    const given = { message_id: '<1@example.com>', accepted: ['ada@example.com'], rejected: ['books@example.com'] }
    const confirmed = run('email')
    confirmed.settle('confirm', failure({ code: 'MAIL_REFUSED', status: 451, retryable: true }))
    confirmed.wakeAfter(1_000)
    confirmed.settle('confirm', success(given), 2)
    expect(confirmed.state.phase).toMatchObject({
      status: 'completed',
      output: { reached: ['ada@example.com'], not_reached: ['books@example.com'] },
    })
    const refused = run('email')
    refused.settle('confirm', failure({ code: 'MAIL_REFUSED', status: 550, retryable: false }))
    expect(refused.state.phase).toMatchObject({ status: 'completed', output: expect.stringContaining('Not sent: ') })
  })

  it('data-source: gives what is kept, else asks and keeps it; without a namespace it asks each time', () => {
    const known = run('data-source')
    known.settle('kept', success('Of Mills'))
    expect(known.state.phase).toMatchObject({ status: 'completed', output: 'Of Mills' })
    const unknown = run('data-source')
    unknown.settle('kept', success(null))
    unknown.settle('ask', answered({ title: 'Of Engines' }))
    expect(unknown.node('keep')).toMatchObject({ config: { key: 'post/1', value: 'Of Engines' } })
    unknown.settle('keep', success({ key: 'post/1' }))
    expect(unknown.state.phase).toMatchObject({ status: 'completed', output: 'Of Engines' })
    const unbound = run('data-source')
    unbound.settle('kept', refused())
    unbound.settle('ask', answered({ title: 'Of Engines' }))
    unbound.settle('keep', refused())
    expect(unbound.state.phase).toMatchObject({ status: 'completed', output: 'Of Engines' })
  })

  it('the workflow of the README waits, then greets', () => {
    const readme = readFileSync(path.join(FOLDER, '../README.md'), 'utf8')
    const stored = /\/workflows -H \S+ \S+ -d '(\{[^']+\})'/.exec(readme)?.[1]
    const started = /\/hello\/execute -H \S+ \S+ -d '(\{[^']+\})'/.exec(readme)?.[1]
    const hello = new TestRun(JSON.parse(stored ?? ''), JSON.parse(started ?? '').variables)
    expect(hello.node('wait').status).toBe('waiting')
    hello.wakeAfter(10_000)
    expect(hello.state.phase).toMatchObject({ status: 'completed', output: 'Hello Ada' })
  })

  it('task: waits for a worker, and takes what it gives', () => {
    const result = (told: Extract<Command, { readonly type: 'settle_task' }>['result']) => {
      const task = run('task')
      const node = task.node('render')
      const since = node.status === 'waiting' ? node.sinceSeq : 0
      task.send({ type: 'settle_task', node: 'render', since, by: 'box', result: told })
      return task.state.phase
    }
    const error = { code: 'TASK_FAILED', message: 'no such scene', retryable: false }
    expect(result({ kind: 'completed', output: { url: 'x.png' } })).toMatchObject({ output: 'The picture: x.png' })
    expect(result({ kind: 'failed', error })).toMatchObject({ output: 'No picture: no such scene' })
  })

  it('this test knows every example', () => {
    const files = readdirSync(FOLDER).filter((file) => file.endsWith('.json'))
    const names = files.map((file) => path.basename(file, '.json'))
    expect(names.sort()).toEqual([
      'ai-summary',
      'approval',
      'clean-up',
      'code',
      'data-source',
      'database',
      'email',
      'first-answer',
      'greeting',
      'http-with-retries',
      'order',
      'parallel-calls',
      'poll-until-done',
      'reminder',
      'router',
      'task',
      'webhook',
    ])
  })
})
