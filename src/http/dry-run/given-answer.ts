// How a mock or pin answers an approval: in the words in which the API is answered, and with a form that fits.
import { validateForm } from '../../core/input-schema.ts'
import { isJsonObject, type Json, type JsonObject } from '../../core/json.ts'
import { answerSchema } from '../waiting/approval-schema.ts'

export interface GivenAnswer {
  readonly decision: 'approved' | 'rejected'
  readonly by: string
  readonly comment: string | null
  readonly form: JsonObject | null
}

/** @param schema `form` of the node; `problem`: what is wrong with it, as the end of a sentence */
export function readGivenAnswer(given: Json, schema: Json | undefined): GivenAnswer | { readonly problem: string } {
  const { data, error } = answerSchema.safeParse(given)
  if (data === undefined) {
    const [issue] = error.issues
    return { problem: `is no answer as { "decision": "approve" }: ${issue?.path.join('.') ?? ''}: ${issue?.message ?? ''}` }
  }
  const { decision, by = 'dry-run', comment = null, form = null } = data
  const mayLackForm = !isJsonObject(schema) || (form === null && decision === 'rejected')
  const [issue] = mayLackForm ? [] : validateForm(schema, form ?? {})
  if (issue !== undefined) return { problem: `has a form that does not fit: ${issue.path}: ${issue.message}` }
  return { decision, by, comment, form: mayLackForm ? form : (form ?? {}) }
}
