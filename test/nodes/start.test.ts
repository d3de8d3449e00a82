import { expect, it } from 'vitest'
import { start } from '../../src/nodes/start.ts'
import { inlineContext } from '../support/inline-context.ts'

it('passes the inputs of the execution on', () => {
  const context = inlineContext({ executionInputs: { name: 'Ada' } })
  expect(start.run({}, context)).toEqual({ kind: 'completed', output: { name: 'Ada' } })
})
