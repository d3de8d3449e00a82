// Checks the inputs of a start against what its definition asks for, before anything exists.
import type { WorkflowDefinition } from '../../core/definition.ts'
import { validateInputs } from '../../core/input-schema.ts'
import { errorAt } from '../../core/issue.ts'
import type { JsonObject } from '../../core/json.ts'
import { ApiError } from '../errors.ts'

/** @throws ApiError naming every required variable that is missing and every place that the schema refuses */
export function checkInputs(definition: WorkflowDefinition, inputs: JsonObject): void {
  const missing = (definition.required_variables ?? []).filter((name) => !Object.hasOwn(inputs, name))
  const issues = [
    ...missing.map((name) => errorAt('REQUIRED', { path: ['inputs', name] }, `the workflow needs the variable ${name}`)),
    ...(definition.input_schema === undefined ? [] : validateInputs(definition.input_schema, inputs)),
  ]
  if (issues.length === 0) return
  throw new ApiError('VALIDATION_FAILED', `The inputs do not fit: ${issues[0]?.message}`, { issues })
}
