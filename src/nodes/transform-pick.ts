// `pick`: keeps only the named fields of an object, or of each object of a list. Absent ones stay absent.
import { z } from 'zod'
import type { Json } from '../core/json.ts'
import type { InlineContext } from '../core/node-type.ts'
import { mapObjects, resolveSubject } from './elements.ts'
import { fieldsField, itemsField } from './schema.ts'

export const pickConfig = z.looseObject({
  transform_type: z.literal('pick'),
  items: itemsField,
  fields: fieldsField('pick'),
})

export const pick = ({ items, fields }: z.output<typeof pickConfig>, context: InlineContext): Json =>
  mapObjects(
    'pick',
    resolveSubject(items, context),
    (element) => Object.fromEntries(Object.entries(element).filter(([name]) => fields.includes(name))),
    context,
  )
