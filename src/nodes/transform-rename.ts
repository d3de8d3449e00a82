// `rename`: gives fields of an object, or of each object of a list, new names. The others stay, and the order with them.
// A field that is there already is replaced by one renamed to its name, whatever their order.
import { z } from 'zod'
import type { Json, JsonObject } from '../core/json.ts'
import type { InlineContext } from '../core/node-type.ts'
import { mapObjects, resolveSubject } from './elements.ts'
import { itemsField } from './schema.ts'

const rule = `rename requires 'fields': an object of { "<old name>": "<new name>" }`

export const renameConfig = z.looseObject({
  transform_type: z.literal('rename'),
  items: itemsField,
  fields: z
    .record(z.string(), z.string({ error: rule }), { error: rule })
    .refine((fields) => Object.keys(fields).length > 0, { error: rule }),
})

export const rename = ({ items, fields }: z.output<typeof renameConfig>, context: InlineContext): Json =>
  mapObjects('rename', resolveSubject(items, context), (element) => renameFields(element, fields), context)

function renameFields(element: JsonObject, fields: Readonly<Record<string, string>>): JsonObject {
  const newName = (name: string) => (Object.hasOwn(fields, name) ? (fields[name] ?? name) : name)
  const taken = new Set(
    Object.keys(element)
      .filter((name) => newName(name) !== name)
      .map(newName),
  )
  const kept = Object.entries(element).filter(([name]) => newName(name) !== name || !taken.has(name))
  return Object.fromEntries(kept.map(([name, value]) => [newName(name), value]))
}
