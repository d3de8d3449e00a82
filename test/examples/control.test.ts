// The commands of docs/control.md do what that page says.
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { expect, it } from 'vitest'
import { planReplay, type ReplayRequest } from '../../src/core/plan-replay.ts'
import { nodeTypes } from '../../src/nodes/registry.ts'
import { failure, success, TestRun } from '../support/run.ts'

const page = readFileSync(path.join(import.meta.dirname, '../../docs/control.md'), 'utf8')
const workflow = JSON.parse(/```json\n(.*?)```/s.exec(page)?.[1] ?? '')
const bodiesOf = (verb: string) => {
  const command = new RegExp(`/${verb} -H "X-API-Key: \\$KEY" -d '(.*?)'\n`, 'gs')
  return [...page.matchAll(command)].map(([, body = '']) => JSON.parse(body))
}

const started = () => new TestRun(workflow, bodiesOf('execute')[0].variables)

function failed(): TestRun {
  const run = started()
  run.wakeAfter(60_000)
  run.settle('send', failure({ code: 'NETWORK_ERROR', retryable: false }))
  expect(run.state.phase.status).toBe('failed')
  return run
}

function recovered(): TestRun {
  const run = failed()
  run.send({ type: 'recover', by: 'admin' })
  return run
}

function replayed(request: ReplayRequest): TestRun {
  const run = recovered()
  run.settle('send', success('ok'))
  const planning = planReplay(run.state, request, nodeTypes)
  if ('issues' in planning) throw new Error(JSON.stringify(planning.issues))
  run.send({ type: 'replay', by: 'admin', plan: planning.plan })
  return run
}

const sending = (total: number) => ({ status: 'running', attempt: 1, config: { body: { total } } })

it('a pause holds the timer back until the resume', () => {
  const run = started()
  run.send({ type: 'pause', by: 'admin', reason: null })
  run.wakeAfter(60_000)
  expect(run.node('wait').status).toBe('waiting')
  run.send({ type: 'resume', by: 'admin' })
  expect(run.node('send')).toMatchObject(sending(60))
})

it('recover runs again what failed', () => expect(recovered().node('send')).toMatchObject(sending(60)))

it('replay: from a node, with another config, with another output, everything', () => {
  const [from, config, output, , everything] = bodiesOf('replay')
  expect(replayed(from).node('send')).toMatchObject(sending(60))
  expect(replayed(config).node('send')).toMatchObject(sending(62.5))
  expect(replayed(output).node('send')).toMatchObject(sending(84))
  expect(replayed(everything).node('wait').status).toBe('waiting')
})
