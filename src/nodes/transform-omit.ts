// `omit`: leaves the named fields out of an object, or of each object of a list.
import { z } from 'zod'
import type { Json } from '../core/json.ts'
import type { InlineContext } from '../core/node-type.ts'
import { mapObjects, resolveSubject } from './elements.ts'
import { fieldsField, itemsField } from './schema.ts'

export const omitConfig = z.looseObject({
  transform_type: z.literal('omit'),
  items: itemsField,
  fields: fieldsField('omit'),
})

export const omit = ({ items, fields }: z.output<typeof omitConfig>, context: InlineContext): Json =>
  mapObjects(
    'omit',
    resolveSubject(items, context),
    (element) => Object.fromEntries(Object.entries(element).filter(([name]) => !fields.includes(name))),
    context,
  )
