// Holds the inputs of a start against the definition's `input_schema` (JSON Schema 2020-12), and the form of an answer against its
// approval's. Whoever starts an execution, or answers an approval, calls it; the schema itself has passed validation, which refuses what takes more than time in schema times inputs: `pattern`,
// `patternProperties`, `uniqueItems`, references that lead back to themselves or multiply.
import { type OutputUnit, type Schema, validate } from '@cfworker/json-schema'
import type { ConfigPath } from './config-path.ts'
import type { Issue } from './definition.ts'
import { errorAt } from './issue.ts'
import type { Json, JsonObject } from './json.ts'
import { MAX_INPUT_CHECKS, MAX_INPUT_CHECKS_FOR_ALL, MAX_INPUT_ISSUES } from './limits.ts'
import { followReferences } from './schema-references.ts'
import { valueAt } from './value-at.ts'

/** Keywords whose errors only say that there is one below them. */
const WRAPPERS = new Set(['properties', 'items', 'prefixItems', '$ref', 'allOf'])

/** How findings name the places of the value and of the schema. */
const INPUTS = { value: 'inputs', schema: 'input_schema' }
const FORM = { value: 'form', schema: 'form' }
const ANSWER = { value: 'answer', schema: 'response_schema' }

/** What a model has answered; paths begin with `answer`. */
export const validateAnswer = (schema: JsonObject, answer: Json): Issue[] => validateInputs(schema, answer, ANSWER)

export const validateForm = (schema: JsonObject, form: JsonObject): Issue[] => validateInputs(schema, form, FORM)

/** All findings at once, at most `MAX_INPUT_ISSUES`, one where there is too much to look at; paths begin with `inputs`. `BAD_SCHEMA` where the schema cannot be evaluated. */
export function validateInputs(schema: JsonObject, inputs: Json, places = INPUTS): Issue[] {
  const { targets, weight } = followReferences(schema)
  const steps = weight * countValues(inputs)
  if (steps > MAX_INPUT_CHECKS) {
    return [
      errorAt('TOO_LARGE', { path: [places.value] }, `too many values to hold against a schema of ${weight} steps for each`),
    ]
  }
  try {
    // With targets of our own: the library's search for them rewrites the schema and follows every `$id` twice.
    const { errors } = validate(inputs, schema as Schema, '2020-12', targets, steps > MAX_INPUT_CHECKS_FOR_ALL)
    const findings = errors.filter(({ keyword }) => !WRAPPERS.has(keyword)).slice(0, MAX_INPUT_ISSUES)
    return findings.map((unit) => inputIssue(unit, inputs, places.value))
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    return [errorAt('BAD_SCHEMA', { path: [places.schema] }, `the schema cannot be evaluated: ${reason}`)]
  }
}

function countValues(root: Json): number {
  let count = 0
  const open: Json[] = [root]
  for (let value = open.pop(); value !== undefined; value = open.pop()) {
    count += 1
    if (typeof value === 'object' && value !== null) for (const member of Object.values(value)) open.push(member)
  }
  return count
}

const inputIssue = ({ keyword, instanceLocation, error }: OutputUnit, inputs: Json, place: string): Issue =>
  errorAt(keyword === 'required' ? 'REQUIRED' : 'BAD_INPUT', { path: [place, ...pathOf(instanceLocation, inputs)] }, error)

/** `#/items/1/price` as a path. The library percent-encodes JSON pointers; which parts are indexes the inputs tell. */
function pathOf(pointer: string, inputs: Json): ConfigPath {
  const keys = pointer
    .split('/')
    .slice(1)
    .map((part) => decodeURIComponent(part).replaceAll('~1', '/').replaceAll('~0', '~'))
  return keys.map((key, depth) => (Array.isArray(valueAt(inputs, keys.slice(0, depth))) ? Number(key) : key))
}
