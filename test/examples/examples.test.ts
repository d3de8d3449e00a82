// Every workflow of examples/ runs and gives what a newcomer is told. (The end-to-end tests run them through the server, too.)
import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import type { JsonObject } from '../../src/core/json.ts'
import { failure, success, TestRun } from '../support/run.ts'

const FOLDER = path.join(import.meta.dirname, '../../examples')

const read = (name: string): { workflow: JsonObject; variables: JsonObject } =>
  JSON.parse(readFileSync(path.join(FOLDER, `${name}.json`), 'utf8'))

function run(name: string, variables: JsonObject = {}): TestRun {
  const example = read(name)
  return new TestRun(example.workflow, { ...example.variables, ...variables })
}

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

  it('the workflow of the README waits, then greets', () => {
    const readme = readFileSync(path.join(FOLDER, '../README.md'), 'utf8')
    const stored = /\/workflows -H \S+ \S+ -d '(\{[^']+\})'/.exec(readme)?.[1]
    const started = /\/hello\/execute -H \S+ \S+ -d '(\{[^']+\})'/.exec(readme)?.[1]
    const hello = new TestRun(JSON.parse(stored ?? ''), JSON.parse(started ?? '').variables)
    expect(hello.node('wait').status).toBe('waiting')
    hello.wakeAfter(10_000)
    expect(hello.state.phase).toMatchObject({ status: 'completed', output: 'Hello Ada' })
  })

  it('this test knows every example', () => {
    const names = readdirSync(FOLDER).map((file) => path.basename(file, '.json'))
    expect(names.sort()).toEqual(['clean-up', 'first-answer', 'greeting', 'http-with-retries', 'order', 'reminder', 'router'])
  })
})
