import { expect, it } from 'vitest'
import { end } from '../../src/nodes/end.ts'
import { inlineContext } from '../support/inline-context.ts'

it.each([
  ['without output, its input', {}, { done: true }],
  ['output', { output: 'Hello' }, 'Hello'],
  ['an output of null', { output: null }, null],
  ['an output of false', { output: false }, false],
])('gives %s', (_name, config, output) => {
  expect(end.run(config, inlineContext({ input: { done: true } }))).toEqual({ kind: 'completed', output })
})
