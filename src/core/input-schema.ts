// Holds the inputs of a start against the definition's `input_schema` (JSON Schema 2020-12). Whoever starts an execution calls
// it; the schema itself has passed validation.
import { type OutputUnit, type Schema, Validator } from '@cfworker/json-schema'
import type { ConfigPath } from './config-path.ts'
import type { Issue } from './definition.ts'
import { errorAt } from './issue.ts'
import type { Json, JsonObject } from './json.ts'
import { valueAt } from './value-at.ts'

/** Keywords whose errors only say that there is one below them. */
const WRAPPERS = new Set(['properties', 'patternProperties', 'items', 'prefixItems', '$ref', 'allOf'])

/**
 * All findings at once; paths begin with `inputs`. `BAD_SCHEMA` where the schema cannot be evaluated on these inputs: a `$ref`
 * may lead back to itself.
 */
export function validateInputs(schema: JsonObject, inputs: JsonObject): Issue[] {
  try {
    const { errors } = new Validator(copyOfSchema(schema), '2020-12', false).validate(inputs)
    return errors.filter(({ keyword }) => !WRAPPERS.has(keyword)).map((unit) => inputIssue(unit, inputs))
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    return [errorAt('BAD_SCHEMA', { path: ['input_schema'] }, `the schema cannot be evaluated: ${reason}`)]
  }
}

/** The library writes into the schemas it is given; that this is one, validation has found. */
export const copyOfSchema = (schema: JsonObject): Schema => structuredClone(schema) as Schema

const inputIssue = ({ keyword, instanceLocation, error }: OutputUnit, inputs: Json): Issue =>
  errorAt(keyword === 'required' ? 'REQUIRED' : 'BAD_INPUT', { path: ['inputs', ...pathOf(instanceLocation, inputs)] }, error)

/** `#/items/1/price` as a path. The library percent-encodes JSON pointers; which parts are indexes the inputs tell. */
function pathOf(pointer: string, inputs: Json): ConfigPath {
  const keys = pointer
    .split('/')
    .slice(1)
    .map((part) => decodeURIComponent(part).replaceAll('~1', '/').replaceAll('~0', '~'))
  return keys.map((key, depth) => (Array.isArray(valueAt(inputs, keys.slice(0, depth))) ? Number(key) : key))
}
