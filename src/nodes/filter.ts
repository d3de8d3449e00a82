// `filter`: of a list, keeps the elements for which the condition holds (`out`) and gives the others to `rejected`; both
// ports are taken, empty lists included. Anything else passes as a whole, over one port.
import { z } from 'zod'
import type { Json } from '../core/json.ts'
import { elementScope, resolveSubject } from './elements.ts'
import { evaluateBoolean } from './evaluate-boolean.ts'
import { inlineNode } from './inline-node.ts'
import { isJsonArray } from './json-array.ts'
import { expressionField, itemsField } from './schema.ts'

export const filter = inlineNode({
  type: 'filter',
  summary: 'Parts a list by a condition, or lets a single value pass or not.',
  config: z.looseObject({
    condition: expressionField(`filter node requires a 'condition' field: an expression such as "value > 10"`),
    items: itemsField,
  }),
  expressions: ['condition', 'items'],
  ports: () => ['out', 'rejected'],
  continuePort: null,
  example: { condition: 'value > 10' },
  run(config, context) {
    const holds = (element: Json, index: number) =>
      evaluateBoolean(config.condition, 'condition', context, elementScope(element, index, context))
    const subject = resolveSubject(config.items, context)
    if (!isJsonArray(subject)) {
      // As it came: an input that is passed on is not kept a second time.
      const output = config.items === undefined ? context.input : subject
      return { kind: 'completed', output, ports: [holds(subject, 0) ? 'out' : 'rejected'] }
    }

    const verdicts = subject.map(holds)
    const kept = subject.filter((_, index) => verdicts[index])
    const rejected = subject.filter((_, index) => !verdicts[index])
    return { kind: 'completed', output: kept, ports: ['out', 'rejected'], portOutputs: { rejected } }
  },
})
