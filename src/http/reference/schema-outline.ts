// A JSON Schema as a person reads it: what type, which members, which bounds. Named schemas are links to where they stand.
import { html } from 'hono/html'
import type { ReferenceSchema } from './document.ts'

export type Html = ReturnType<typeof html>

/** What the reference shows of members inside members; deeper ones stand in `/openapi.json`. */
const MAX_DEPTH = 6

/** `string`, `integer 1 to 100`, `Execution`, `array of NodeState` */
export function typeOf(schema: ReferenceSchema): Html {
  const { $ref, enum: words, const: only, items, type } = schema
  if ($ref !== undefined) {
    const name = $ref.split('/').at(-1) ?? $ref
    return html`<a href="#schema-${name}">${name}</a>`
  }
  if (only !== undefined) return html`<code>${JSON.stringify(only)}</code>`
  if (words !== undefined) return joined(words.map((word) => html`<code>${JSON.stringify(word)}</code>`))
  const options = schema.anyOf ?? schema.oneOf
  if (options !== undefined) return joined(options.map(typeOf))
  if (schema.allOf !== undefined) return joined(schema.allOf.map(typeOf), ' and ')
  if (items !== undefined) return html`array of ${typeOf(items)}`
  const name = typeof type === 'string' ? type : (type?.join(' or ') ?? 'any JSON')
  return html`${name}${schema.format !== undefined && ` (${schema.format})`}${bounds(schema)}`
}

const joined = (parts: readonly Html[], separator = ' or '): Html =>
  html`${parts.map((part, index) => html`${index > 0 && separator}${part}`)}`

function bounds({ minimum, maximum, maxLength, maxItems, default: byDefault }: ReferenceSchema): string {
  const range =
    minimum !== undefined && maximum !== undefined && maximum < Number.MAX_SAFE_INTEGER
      ? ` ${minimum} to ${maximum}`
      : minimum !== undefined
        ? `, at least ${minimum}`
        : ''
  const length = maxLength ?? maxItems
  const most = length === undefined ? '' : `, at most ${length}`
  return `${range}${most}${byDefault === undefined ? '' : `; ${JSON.stringify(byDefault)} unless given`}`
}

/** The members of an object, and of the objects in it. */
export function outlineOf(schema: ReferenceSchema, depth = 0): Html {
  const parts = [schema, ...(schema.allOf ?? []), ...(schema.anyOf ?? []), ...(schema.oneOf ?? [])]
  const outlines = parts.map((part) => members(part, depth))
  const inside = isObject(schema.additionalProperties) ? [schema.additionalProperties] : []
  const nested = [...(schema.items === undefined ? [] : [schema.items]), ...inside].map((part) => outlineOf(part, depth + 1))
  return html`${outlines}${depth < MAX_DEPTH && nested}`
}

const isObject = (value: ReferenceSchema | boolean | undefined): value is ReferenceSchema => typeof value === 'object'

function members({ properties, required = [] }: ReferenceSchema, depth: number): Html | string {
  if (properties === undefined || depth > MAX_DEPTH) return ''
  return html`<ul class="members">${Object.entries(properties).map(
    ([name, schema]) =>
      html`<li><code>${name}</code>${required.includes(name) && html`<b title="required">*</b>`} <span>${typeOf(schema)}</span>
${schema.description !== undefined && html`<p>${prose(schema.description)}</p>`}${outlineOf(schema, depth + 1)}</li>`,
  )}</ul>`
}

/** Text with its `code` set apart. */
export const prose = (text: string): Html =>
  html`${text.split('`').map((part, index) => (index % 2 === 1 ? html`<code>${part}</code>` : part))}`
