// A workflow that starts itself is refused; by way of others it is not known before it runs.
import { describe, expect, it } from 'vitest'
import type { JsonObject } from '../../src/core/json.ts'
import { checkDefinition } from '../../src/core/validate-definition.ts'
import { nodeTypes } from '../../src/nodes/registry.ts'
import { body, each, loop } from '../support/loops.ts'
import { graph } from '../support/run.ts'

const calls = (workflowId: string, more: JsonObject = {}): JsonObject => ({
  id: 'call',
  type: 'workflow',
  config: { workflow_id: workflowId, ...more },
})
const found = (node: JsonObject, own: JsonObject = { workflow_id: 'own' }) =>
  checkDefinition(graph([node], [], own), nodeTypes).issues.map(
    ({ severity, code, path, node_id }) => `${severity} ${code} ${path} ${node_id}`,
  )
const overItems: JsonObject = { id: 'each', type: 'for-each', config: { items: '[1]', workflow_id: 'own' } }
const rounds = (node: JsonObject) => loop(body([node]), { while: 'false' })

describe('a workflow that starts itself', () => {
  it.each([
    ['by a node', calls('own'), 'error CYCLE nodes[0].config.workflow_id call'],
    ['without waiting', calls('own', { wait: false }), 'error CYCLE nodes[0].config.workflow_id call'],
    ['in an older version', calls('own', { version: 1 }), 'error CYCLE nodes[0].config.workflow_id call'],
    ['for each item', overItems, 'error CYCLE nodes[0].config.workflow_id each'],
    ['in a body', each(body([calls('own')])), 'error CYCLE nodes[0].config.body.nodes[0].config.workflow_id each.call'],
    ['for each item, in a body', rounds(overItems), 'error CYCLE nodes[0].config.body.nodes[0].config.workflow_id loop.each'],
  ])('%s is refused, where it says so', (_, node, issue) => {
    expect(found(node).filter((line) => line.startsWith('error'))).toEqual([issue])
  })

  it('is told what to do instead', () => {
    const [issue] = checkDefinition(graph([calls('own')], [], { workflow_id: 'own' }), nodeTypes).issues
    expect(issue?.message).toContain('`own` starts itself')
    expect(issue?.message).toContain('`loop`')
  })
})

describe('what is no such workflow', () => {
  it.each([
    ['one that starts another', calls('other'), { workflow_id: 'own' }],
    ['one whose child is known when it runs', calls('{{ inputs.which }}'), { workflow_id: 'own' }],
    ['one without an id', calls('own'), {}],
    [
      'one whose other nodes have such a member',
      { id: 'v', type: 'value', config: { value: 1, workflow_id: 'own' } },
      { workflow_id: 'own' },
    ],
    [
      'one that is its own error workflow: that starts no other',
      calls('other'),
      { workflow_id: 'own', settings: { error_workflow: 'own' } },
    ],
  ])('%s passes', (_, node, own) => {
    expect(found(node, own).filter((line) => line.startsWith('error'))).toEqual([])
  })
})

describe('an error workflow', () => {
  const named = (name: JsonObject[string]) =>
    checkDefinition(graph([calls('other')], [], { settings: { error_workflow: name } }), nodeTypes).issues.map(
      ({ code, path }) => `${code} ${path}`,
    )

  it.each(['on-error', 'x'.repeat(64)])('is named by an id: %s', (name) => expect(named(name)).toEqual([]))

  it.each(['', 'x'.repeat(65), 'a b', '{{ inputs.handler }}'])('is not named by %j', (name) =>
    expect(named(name)).toEqual(['BAD_SETTING settings.error_workflow']),
  )

  it('is not named by anything but text', () => expect(named(7)).toEqual(['INVALID_TYPE settings.error_workflow']))
})
