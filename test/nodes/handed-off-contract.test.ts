// The contract of every node type that touches the world (test/support/handed-off-contracts.ts has the cases).
import { expect, it } from 'vitest'
import { nodeTypes } from '../../src/nodes/registry.ts'
import { contracts } from '../support/handed-off-contracts.ts'
import { describeHandedOff } from '../support/handed-off-suite.ts'

const handedOff = nodeTypes.all.filter((type) => type.kind === 'handed_off')

it('every handed-off type has its row, and no other', () => {
  expect(Object.keys(contracts).sort()).toEqual(handedOff.map(({ type }) => type).sort())
})

describeHandedOff(handedOff, contracts, nodeTypes)
