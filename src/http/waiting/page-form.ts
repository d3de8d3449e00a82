// What the page of an approval sends: `application/x-www-form-urlencoded`, whose values are text. It is turned into the JSON that the
// route reads, and, where the schema of the form is known, into values of the types that this asks for.
import { isJsonObject, type Json, type JsonObject } from '../../core/json.ts'

/** How the fields of the node's own form are called on the page. */
export const FIELD_PREFIX = 'form.'

/** `curl -d '{…}'` sends JSON under this type too. */
export const isPageForm = (contentType: string | null, text: string): boolean =>
  contentType?.startsWith('application/x-www-form-urlencoded') === true && !text.trimStart().startsWith('{')

/** The same as JSON text. What was left empty is left out. */
export function pageFormAsJson(text: string): string {
  const filled = [...new URLSearchParams(text)].filter(([, value]) => value !== '')
  const own = filled.filter(([name]) => !name.startsWith(FIELD_PREFIX))
  const fields = filled.flatMap(([name, value]) =>
    name.startsWith(FIELD_PREFIX) ? [[name.slice(FIELD_PREFIX.length), value] as const] : [],
  )
  return JSON.stringify({ ...Object.fromEntries(own), fields: Object.fromEntries(fields) })
}

export type FieldKind = 'choice' | 'boolean' | 'number' | 'text' | 'json'

/** How a property of a form's schema is asked for. */
export function fieldKind(schema: Json): FieldKind {
  if (!isJsonObject(schema)) return 'json'
  if (Array.isArray(schema.enum)) return 'choice'
  const types = [schema.type].flat().filter((type) => type !== 'null')
  if (types.length !== 1) return 'json'
  if (types[0] === 'boolean') return 'boolean'
  if (types[0] === 'number' || types[0] === 'integer') return 'number'
  return types[0] === 'string' ? 'text' : 'json'
}

/** The properties that a form's schema names. */
export const formProperties = (schema: JsonObject | null): readonly (readonly [string, Json])[] =>
  schema !== null && isJsonObject(schema.properties) ? Object.entries(schema.properties) : []

/** Text that is no value of the type stays text: the schema then says what is wrong with it. */
export const formOfFields = (schema: JsonObject | null, fields: Readonly<Record<string, string>>): JsonObject =>
  Object.fromEntries(
    formProperties(schema).flatMap(([name, property]) => {
      const text = Object.hasOwn(fields, name) ? fields[name] : undefined
      const value = typedValue(property, text)
      return value === undefined ? [] : [[name, value] as const]
    }),
  )

function typedValue(property: Json, text: string | undefined): Json | undefined {
  const kind = fieldKind(property)
  // A box that is not ticked is not sent.
  if (kind === 'boolean') return text !== undefined
  if (text === undefined || kind === 'text') return text
  if (kind === 'number') return Number.isFinite(Number(text)) ? Number(text) : text
  if (kind === 'choice') return choices(property).find((choice) => choiceText(choice) === text) ?? text
  return parsed(text)
}

export const choices = (property: Json): readonly Json[] =>
  isJsonObject(property) && Array.isArray(property.enum) ? property.enum : []

export const choiceText = (choice: Json): string => (typeof choice === 'string' ? choice : JSON.stringify(choice))

function parsed(text: string): Json {
  try {
    // What JSON.parse gives is JSON.
    return JSON.parse(text) as Json
  } catch {
    return text
  }
}
