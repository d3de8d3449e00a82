// `variables` as a list, `[{ name, default | value, required, … }]`, made a map of defaults and the names that a start must
// give. What else a list says of a variable (type, description) is kept as `variable_details`, and never executed.
import type { Issue } from '../definition.ts'
import { errorAt } from '../issue.ts'
import { isJsonObject, type Json, type JsonObject } from '../json.ts'

interface Declared {
  readonly defaults: Map<string, Json>
  readonly required: string[]
  readonly details: Map<string, JsonObject>
}

/**
 * The members of a definition that its `variables` become. A map stays as it is, and so does what is neither map nor list: the
 * shape check reports that.
 */
export function canonicalVariables(raw: Json, issues: Issue[]): JsonObject {
  if (!Array.isArray(raw)) return { variables: raw }
  const declared: Declared = { defaults: new Map(), required: [], details: new Map() }
  const seen = new Set<string>()
  for (const [index, entry] of raw.entries()) declare(entry, index, { declared, seen, issues })
  return {
    variables: Object.fromEntries(declared.defaults),
    ...(declared.required.length === 0 ? {} : { required_variables: declared.required }),
    ...(declared.details.size === 0 ? {} : { variable_details: Object.fromEntries(declared.details) }),
  }
}

interface Target {
  readonly declared: Declared
  readonly seen: Set<string>
  readonly issues: Issue[]
}

function declare(entry: Json, index: number, { declared, seen, issues }: Target): void {
  const problem = problemOf(entry, index, seen)
  if (problem !== null) issues.push(problem)
  if (!isJsonObject(entry) || typeof entry.name !== 'string') return
  const { name, default: standard, value, required, ...details } = entry
  seen.add(name)
  const initial = standard ?? value ?? null
  if (required === true) declared.required.push(name)
  // A declared variable exists: without a default it is null, unless the start must give it.
  if (initial !== null || required !== true) declared.defaults.set(name, initial)
  if (Object.keys(details).length > 0) declared.details.set(name, details)
}

function problemOf(entry: Json, index: number, seen: ReadonlySet<string>): Issue | null {
  const path = ['variables', index]
  if (!isJsonObject(entry)) return errorAt('INVALID_TYPE', { path }, 'a variable is an object { "name", "default", "required" }')
  const { name, required, secret } = entry
  if (name === undefined) return errorAt('REQUIRED', { path: [...path, 'name'] }, 'a variable needs a name')
  if (typeof name !== 'string' || name === '__proto__') {
    return errorAt('INVALID_TYPE', { path: [...path, 'name'] }, 'the name of a variable is text, and not `__proto__`')
  }
  if (seen.has(name)) return errorAt('DUPLICATE_ID', { path: [...path, 'name'] }, `the variable \`${name}\` is listed twice`)
  if (required !== undefined && required !== null && typeof required !== 'boolean') {
    return errorAt('INVALID_TYPE', { path: [...path, 'required'] }, '`required` is true or false')
  }
  if (secret === true) {
    return errorAt(
      'NOT_SUPPORTED',
      { path: [...path, 'secret'] },
      'secret variables are not supported: the value would be stored as it is',
    )
  }
  return null
}
