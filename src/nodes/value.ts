// `value`: a constant or a rendered template. Numbers stay numbers. A text node may call its field `text` and then gives
// text, whatever its template holds. Where both are there, `value` wins.
import { z } from 'zod'
import { completed, inlineNode } from './inline-node.ts'
import { jsonText } from './json-text.ts'
import { jsonField } from './schema.ts'

const missing = "number node requires a 'value' field (a text node: 'value' or a non-empty 'text')"

export const value = inlineNode({
  type: 'value',
  aliases: ['number', 'text'],
  summary: 'A constant, or the value of a template.',
  config: z
    .looseObject({
      value: jsonField(missing).optional(),
      text: jsonField(missing)
        .refine((text) => text !== '', { error: "text node requires a non-empty 'text' field" })
        .optional(),
    })
    .refine(({ value, text }) => value !== undefined || text !== undefined, { path: ['value'], error: missing }),
  example: { value: 10 },
  run: ({ value, text }) => completed(value === undefined ? jsonText(text ?? '') : value),
})
