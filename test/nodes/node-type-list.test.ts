import { expect, it } from 'vitest'
import { listNodeTypes } from '../../src/nodes/node-type-list.ts'
import { nodeTypes } from '../../src/nodes/registry.ts'

it('lists every type with its schema and an example', () => {
  const entries = listNodeTypes(nodeTypes)
  expect(entries.map(({ type }) => type)).toEqual(nodeTypes.all.map(({ type }) => type))
  expect(entries.find(({ type }) => type === 'condition')).toEqual({
    type: 'condition',
    aliases: ['if'],
    summary: 'Takes the port true or false; passes its input on.',
    kind: 'inline',
    ports: ['true', 'false'],
    config_schema: expect.objectContaining({ type: 'object', required: ['condition'] }),
    example: { condition: "status == 'active'" },
  })
})
