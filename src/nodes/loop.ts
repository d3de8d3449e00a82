// `loop`: runs its body again and again while a condition holds. Its state is `initial`, then what the body gives.
import { z } from 'zod'
import { DEFAULT_MAX_ITERATIONS, MAX_ITERATIONS } from '../core/limits.ts'
import { inlineNode } from './inline-node.ts'
import { bodyField, inlineBody } from './loop-body.ts'
import { expressionField, jsonField } from './schema.ts'

const maxRule = `'max_iterations' must be a whole number from 1 to ${MAX_ITERATIONS}`

export const loop = inlineNode({
  type: 'loop',
  aliases: ['while'],
  summary: 'Runs its body while `while` holds; `state` and `iteration` are in scope. Gives the last state.',
  config: z.looseObject({
    body: bodyField,
    while: expressionField(`loop node requires 'while': an expression such as "state.page < 10"`),
    initial: jsonField('').optional(),
    max_iterations: z
      .int({ error: maxRule })
      .min(1, { error: maxRule })
      .max(MAX_ITERATIONS, { error: maxRule })
      .default(DEFAULT_MAX_ITERATIONS),
  }),
  expressions: ['while'],
  deferred: ['body'],
  body: inlineBody,
  example: {
    initial: 1,
    while: 'state < 1000',
    body: { nodes: [{ id: 'double', type: 'value', config: { value: '{{ state * 2 }}' } }], edges: [] },
  },
  run: ({ initial = null, max_iterations: maxIterations }) => ({
    kind: 'iterating',
    plan: { kind: 'while', initial, maxIterations },
  }),
})
