// The contract of every node type, as tests of such types.
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import type { NodeType, NodeTypes } from '../../src/core/node-type.ts'
import { validateDefinition } from '../../src/core/validate-definition.ts'
import { configIssues } from './config-issues.ts'

/** @param nodeTypes the registry that has the types */
export function describeNodeTypes(types: readonly NodeType[], nodeTypes: NodeTypes): void {
  describe.each(types.map((type) => [type.type, type] as const))('node type %s', (_name, type) => {
    it('is found by its name and its aliases', () => {
      for (const name of [type.type, ...type.aliases]) expect(nodeTypes.get(name)).toBe(type)
    })

    it('has an example that its schema takes', () => {
      expect(configIssues(type, type.example)).toEqual([])
    })

    it('has an example that validation takes, its expressions included', () => {
      const definition = {
        nodes: [
          { id: 'start', type: 'start', config: {} },
          { id: 'tested', type: type.type, config: type.example },
        ],
        edges: [{ from: 'start', to: 'tested' }],
      }
      expect(validateDefinition(definition, nodeTypes)).toEqual([])
    })

    it('keeps and ignores keys it does not know', () => {
      const config = { ...type.example, editor_note: { x: 1 } }
      expect(type.config.parse(config)).toMatchObject(config)
    })

    it('names at least one port, none of them error, whatever the config', () => {
      for (const config of [type.example, {}, { cases: 1 }]) {
        expect(type.ports(config).length).toBeGreaterThan(0)
        expect(type.ports(config)).not.toContain('error')
        expect(new Set(type.ports(config)).size).toBe(type.ports(config).length)
      }
    })

    it('goes on after a failure over a port it has, or not at all', () => {
      expect([...type.ports(type.example), null]).toContain(type.continuePort(type.example))
    })

    it('describes its config as JSON Schema', () => {
      expect(z.toJSONSchema(type.config, { io: 'input', unrepresentable: 'any' })).toBeTypeOf('object')
    })

    it('says what it does', () => {
      expect(type.summary).toMatch(/^[A-Z].+\.$/)
    })
  })
}
