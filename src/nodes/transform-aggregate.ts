// `aggregate`: an object of figures over a list. Each operation reads a field or an expression of every element; without
// either, the element itself. As in SQL, sum, avg, min and max leave null and absent values out.
import { z } from 'zod'
import type { Json, JsonArray } from '../core/json.ts'
import type { InlineContext } from '../core/node-type.ts'
import { describeJson } from './describe-json.ts'
import { collect, elementScope, readField, resolveList } from './elements.ts'
import { inputInvalid } from './node-failed.ts'
import { expressionField, itemsField } from './schema.ts'

const names = ['sum', 'avg', 'min', 'max', 'count', 'first', 'last', 'list'] as const
const rule = `aggregate requires 'operations', such as { "total": { "op": "sum", "field": "price" } }`

const operationConfig = z
  .looseObject(
    {
      op: z.enum(names, { error: `'op' must be one of ${names.join(', ')}` }),
      field: z.string({ error: "'field' must be the name of a field" }).optional(),
      expression: expressionField(`'expression' must be an expression over 'item', such as "item.price * item.count"`).optional(),
    },
    { error: rule },
  )
  .refine(({ field, expression }) => field === undefined || expression === undefined, {
    path: ['expression'],
    error: "an operation takes 'field' or 'expression', not both",
  })
type Operation = z.output<typeof operationConfig>

export const aggregateConfig = z.looseObject({
  transform_type: z.literal('aggregate'),
  items: itemsField,
  operations: z
    .record(z.string(), operationConfig, { error: rule })
    .refine((operations) => Object.keys(operations).length > 0, { error: rule }),
})

export function aggregate({ items, operations }: z.output<typeof aggregateConfig>, context: InlineContext): Json {
  const list = resolveList('aggregate', items, context)
  return Object.fromEntries(
    Object.entries(operations).map(([name, operation]) => {
      const values = collect(list, (element, index) => readValue(operation, element, index, context))
      return [name, summarize(name, operation.op, values)]
    }),
  )
}

function readValue({ field, expression }: Operation, element: Json, index: number, context: InlineContext): Json {
  if (expression !== undefined) return context.evaluate(expression, elementScope(element, index, context))
  return field === undefined ? element : readField(context.read(element), field)
}

/** Of an empty list: sum and count 0, list [], all others null. */
function summarize(name: string, op: Operation['op'], values: JsonArray): Json {
  switch (op) {
    case 'sum':
      return sum(name, values)
    case 'avg': {
      const numbers = numbersOf(name, values)
      return numbers.length === 0 ? null : sum(name, numbers) / numbers.length
    }
    case 'min':
      return numbersOf(name, values).reduce<number | null>((least, next) => (least === null || next < least ? next : least), null)
    case 'max':
      return numbersOf(name, values).reduce<number | null>((most, next) => (most === null || next > most ? next : most), null)
    case 'count':
      // False does not count, so that an expression can say which elements do.
      return values.filter((value) => value !== null && value !== false).length
    case 'first':
      return values[0] ?? null
    case 'last':
      return values.at(-1) ?? null
    case 'list':
      return values
  }
}

function sum(name: string, values: JsonArray): number {
  const total = numbersOf(name, values).reduce((left, right) => left + right, 0)
  if (!Number.isFinite(total)) throw inputInvalid(`the sum of '${name}' is not a finite number`)
  return total
}

const numbersOf = (name: string, values: JsonArray): readonly number[] =>
  values.flatMap((value, index) => {
    if (value === null) return []
    if (typeof value === 'number') return [value]
    throw inputInvalid(`'${name}' needs numbers, and element ${index} gives ${describeJson(value)}`)
  })
