// What `filter` and `transformer` work on: the value of `items`, or the input. A list is worked on element by element,
// anything else as a whole, and in both cases an expression sees it as `item`.
import type { Json, JsonArray, JsonObject } from '../core/json.ts'
import { isJsonObject, jsonByteLength } from '../core/json.ts'
import { MAX_LIST_ELEMENTS, MAX_OUTPUT_BYTES } from '../core/limits.ts'
import { nodeError } from '../core/node-error.ts'
import type { InlineContext } from '../core/node-type.ts'
import { describeJson } from './describe-json.ts'
import { isJsonArray } from './json-array.ts'
import { inputInvalid, NodeFailed } from './node-failed.ts'

/** The value to work on. @throws NodeFailed where it is a list above `MAX_LIST_ELEMENTS` */
export function resolveSubject(items: string | undefined, context: InlineContext): Json {
  const subject = items === undefined ? context.read(context.input) : context.evaluate(items)
  if (isJsonArray(subject) && subject.length > MAX_LIST_ELEMENTS) {
    throw inputInvalid(`the list has ${subject.length} elements, and a node takes at most ${MAX_LIST_ELEMENTS}: split it before`)
  }
  return subject
}

/** As `resolveSubject`, for operations that only make sense on a list. */
export function resolveList(operation: string, items: string | undefined, context: InlineContext): JsonArray {
  const subject = resolveSubject(items, context)
  if (isJsonArray(subject)) return subject
  throw inputInvalid(`'${operation}' needs a list, and got ${describeJson(subject)}: name the list with 'items'`)
}

/** What `read` gives for each element. @throws NodeFailed as soon as that passes what an output may have: memory is bounded, too. */
export function collect(list: JsonArray, read: (element: Json, index: number) => Json): JsonArray {
  let bytes = 0
  return list.map((element, index) => {
    const value = read(element, index)
    bytes += jsonByteLength(value)
    if (bytes <= MAX_OUTPUT_BYTES) return value
    const message = `what the elements give passes ${MAX_OUTPUT_BYTES} bytes of JSON at element ${index}: take less of each, or fewer`
    throw new NodeFailed(nodeError('OUTPUT_TOO_LARGE', message))
  })
}

/** Applies `change` to each object of a list, or to one object. @throws NodeFailed where anything else is found */
export function mapObjects(
  operation: string,
  subject: Json,
  change: (element: JsonObject) => Json,
  { read }: InlineContext,
): Json {
  const refuse = (found: string) => inputInvalid(`'${operation}' needs an object or a list of objects, and ${found}`)
  if (isJsonObject(subject)) return change(subject)
  if (!isJsonArray(subject)) throw refuse(`got ${describeJson(subject)}`)
  return subject.map((given, index) => {
    const element = read(given)
    if (isJsonObject(element)) return change(element)
    throw refuse(`element ${index} is ${describeJson(element)}`)
  })
}

/** The names an expression sees for an element: `item`, `index`, and `value` (the element's own `value` where it has one). */
export const elementScope = (element: Json, index: number, { valueIn }: InlineContext): JsonObject => ({
  item: element,
  index,
  value: valueIn(element),
})

/** The field of an object; null where it has none. */
export const readField = (element: Json, field: string): Json =>
  isJsonObject(element) && Object.hasOwn(element, field) ? (element[field] ?? null) : null
