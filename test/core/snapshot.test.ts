// A snapshot is a shortcut of the fold: with it or without, the state is the same.
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { expect, it } from 'vitest'
import { APPLY_VERSION } from '../../src/core/apply.ts'
import { restoreSnapshot, type Snapshot, takeSnapshot } from '../../src/core/snapshot.ts'
import { nodeTypes } from '../../src/nodes/registry.ts'
import { failure, graph, success, TestRun } from '../support/run.ts'

function someRun(): TestRun {
  const http = (id: string, more: object = {}) => ({ id, type: 'http', config: { url: 'https://example.com/' }, ...more })
  const run = new TestRun(
    graph(
      [
        http('ok'),
        http('passed_over', { on_error: 'continue' }),
        http('caught'),
        http('running'),
        { id: 'v', type: 'value', config: { value: 1 } },
        { id: 'wait', type: 'delay', config: { delay_seconds: 60 } },
        { id: 'never', type: 'value', config: { value: 2 } },
      ],
      ['ok>wait', 'caught:error>v', 'caught>never', 'running>never'],
    ),
  )
  run.settle('ok', success({ status: 200 }))
  run.settle('passed_over', failure({ retryable: false }))
  run.settle('caught', failure({ retryable: false }))
  run.settle('running', failure())
  return run
}

const restore = (run: TestRun, change: Partial<Snapshot> = {}) => {
  const created = run.journal[0]?.events[0]
  if (created?.type !== 'execution.created') throw new Error('a journal begins with the creation')
  const stored = JSON.parse(JSON.stringify(takeSnapshot(run.state)))
  return restoreSnapshot({ ...stored, ...change }, created, nodeTypes)
}

it('gives the state it was taken of', () => {
  const run = someRun()
  expect(restore(run)).toEqual(run.state)
})

it('tells an error once, however many places of the state tell it', () => {
  const boom = { id: 'boom', type: 'fail', config: { message: 'out of paper' } }
  const loop = {
    id: 'each',
    type: 'for-each',
    config: { items: '[1, 2]', on_item_error: 'continue', body: { nodes: [boom], edges: [] } },
  }
  const run = new TestRun(graph([loop, { ...boom, id: 'last' }], ['each>last']))
  expect(run.state).toMatchObject({ failure: { node: 'last' }, errors: [{ node: 'each[0].boom' }, {}, { node: 'last' }] })
  expect(restore(run)).toEqual(run.state)
  const { nodes, errors, failure } = takeSnapshot(restore(run) ?? run.state).state
  expect(JSON.stringify([errors, failure])).not.toContain('out of paper')
  expect(JSON.stringify(nodes)).toContain('out of paper')
})

it('of other code is dropped', () => {
  expect(restore(someRun(), { applyVersion: APPLY_VERSION + 1 })).toBeNull()
})

it('APPLY_VERSION changes with the code that folds', () => {
  const core = path.join(import.meta.dirname, '../../src/core')
  const hash = createHash('sha256')
  const files = [
    'apply.ts',
    'apply-iteration.ts',
    'apply-node.ts',
    'apply-rerun.ts',
    'edges.ts',
    'inputs.ts',
    'kept-characters.ts',
    'result.ts',
    'state.ts',
    'use-definition.ts',
  ]
  for (const file of files) hash.update(readFileSync(path.join(core, file)))
  // After a change of one of these files: raise APPLY_VERSION where a state folded before may differ, then put the hash here.
  expect({ version: APPLY_VERSION, hash: hash.digest('hex').slice(0, 16) }).toEqual({ version: 2, hash: 'a70596ec4dbba04c' })
})
