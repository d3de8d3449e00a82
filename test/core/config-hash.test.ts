import { describe, expect, it } from 'vitest'
import { configHash } from '../../src/core/config-hash.ts'
import type { WorkflowDefinition } from '../../src/core/definition.ts'

const definition: WorkflowDefinition = {
  nodes: [{ id: 'a', type: 'start', config: { x: 1, y: 2 }, position: { x: 0, y: 0 } }],
  edges: [],
}

describe('configHash', () => {
  it('is the SHA-256 of the canonical JSON', () => {
    expect(configHash({ nodes: [], edges: [] })).toBe('57501e5c6808b3e14852a4ea21dc7873abf9409032a06f9b740c973e83f62cf7')
  })

  it('does not depend on the order of keys', () => {
    const reordered: WorkflowDefinition = {
      edges: [],
      nodes: [{ position: { y: 0, x: 0 }, config: { y: 2, x: 1 }, type: 'start', id: 'a' }],
    }
    expect(configHash(reordered)).toBe(configHash(definition))
  })

  it.each<[string, WorkflowDefinition]>([
    ['a position', { ...definition, nodes: [{ id: 'a', type: 'start', config: { x: 1, y: 2 }, position: { x: 1, y: 0 } }] }],
    ['metadata', { ...definition, metadata: { owner: 'me' } }],
    ['a config', { ...definition, nodes: [{ id: 'a', type: 'start', config: { x: 1, y: 3 }, position: { x: 0, y: 0 } }] }],
  ])('changes with %s', (_, other) => {
    expect(configHash(other)).not.toBe(configHash(definition))
  })
})
