// The workflow of docs/waiting.md does what that page says.
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { expect, it } from 'vitest'
import type { Json } from '../../src/core/json.ts'
import { linkKey } from '../../src/core/links.ts'
import { TestRun } from '../support/run.ts'

const page = readFileSync(path.join(import.meta.dirname, '../../docs/waiting.md'), 'utf8')
const workflow = JSON.parse(/```json\n(.*?)```/s.exec(page)?.[1] ?? '')
const bodies = [...page.matchAll(/-d '(\{.*?\})'/g)].map(([, body = '']) => JSON.parse(body))
const [variables, answer, event] = [bodies[0].variables, bodies[1], bodies[2]]

const links = { origin: 'http://127.0.0.1:8787', key: linkKey('secret', '0123456789abcdef') }
const asked = () => new TestRun(workflow, variables, { links })
const decide = (run: TestRun, decision: 'approved' | 'rejected') =>
  run.send({
    type: 'approve',
    epoch: 1,
    node: 'decide',
    answer: { decision, by: answer.by, via: 'link', comment: answer.comment, form: answer.form },
  })
const pay = (run: TestRun, payload: Json) => run.send({ type: 'signal', name: 'paid', payload, key: null, by: 'admin' })

it('asks, waits for the payment, and is done', () => {
  const run = asked()
  expect(run.node('decide')).toMatchObject({ status: 'waiting', on: { kind: 'approval', prompt: 'Refund 20 to ada?' } })
  expect(run.state.outputs.links).toEqual({
    decide: expect.stringMatching('/approvals/'),
    paid: expect.stringMatching('/events/'),
  })
  decide(run, 'approved')
  pay(run, { customer: 'bob' })
  expect(run.node('payment').status).toBe('waiting')
  pay(run, event)
  expect(run.state.phase).toMatchObject({ status: 'completed', output: '15 paid, R-1' })
})

it('takes a payment that comes before the answer', () => {
  const run = asked()
  pay(run, event)
  decide(run, 'approved')
  expect(run.state.phase).toMatchObject({ status: 'completed', output: '15 paid, R-1' })
})

it('declines, by hand or by time', () => {
  const rejected = asked()
  decide(rejected, 'rejected')
  expect(rejected.state.phase).toMatchObject({ status: 'completed', output: 'no refund' })
  const forgotten = asked()
  forgotten.wakeAfter(259_200_000)
  expect(forgotten.state.phase).toMatchObject({ status: 'completed', output: 'no refund' })
})
