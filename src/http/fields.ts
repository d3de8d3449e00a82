// `fields=`: the members of an answer that a caller wants, and no others.
import { z } from '@hono/zod-openapi'

/** A query parameter that names some of these members, separated by commas. */
export const fieldsQuery = (names: readonly string[]) =>
  z
    .string()
    .transform((text, context) => {
      const fields = text.split(',').map((name) => name.trim())
      const unknown = fields.filter((name) => !names.includes(name))
      if (unknown.length === 0) return fields
      context.addIssue({ code: 'custom', message: `Unknown field: ${unknown.join(', ')}; there are ${names.join(', ')}` })
      return z.NEVER
    })
    .optional()
    .openapi({ type: 'string', description: 'Members to answer with, separated by commas; all others are left out.' })

/** The object itself where nothing was named. */
export const pickFields = <Shown extends object>(shown: Shown, fields: readonly string[] | undefined): Partial<Shown> =>
  fields === undefined
    ? shown
    : (Object.fromEntries(Object.entries(shown).filter(([name]) => fields.includes(name))) as Partial<Shown>) // a part of it
