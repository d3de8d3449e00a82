// A model's answer as a checked definition, or what is wrong with it.
import { z } from 'zod'
import type { Issue, WorkflowDefinition } from '../../core/definition.ts'
import { byteLength, type JsonObject } from '../../core/json.ts'
import { MAX_DEFINITION_BYTES } from '../../core/limits.ts'
import type { NodeTypes } from '../../core/node-type.ts'
import { findBadJson } from '../../core/reading/json-tree.ts'
import { checkDefinition } from '../../core/validate-definition.ts'
import { readJsonAnswer } from '../../nodes/model-json.ts'

export interface Assigned {
  /** Null: the definition has none. */
  readonly workflowId: string | null
  /** Null: the model's. */
  readonly name: string | null
}

export type Draft =
  | {
      readonly kind: 'valid'
      readonly definition: WorkflowDefinition
      readonly explanation: string
      readonly issues: readonly Issue[]
    }
  | { readonly kind: 'declined'; readonly reason: string }
  /** `workflow`: as far as there is one that may be shown. */
  | { readonly kind: 'invalid'; readonly workflow: JsonObject | null; readonly issues: readonly Issue[] }

const ANSWER_SCHEMA: JsonObject = {
  type: 'object',
  required: ['workflow', 'explanation'],
  properties: { workflow: { type: ['object', 'null'] }, explanation: { type: 'string' } },
}

const answerSchema = z.object({ workflow: z.custom<JsonObject>().nullable(), explanation: z.string() })

export function readGenerated(text: string, assigned: Assigned, nodeTypes: NodeTypes): Draft {
  const read = readJsonAnswer(text, ANSWER_SCHEMA)
  if ('issues' in read) return { kind: 'invalid', workflow: null, issues: read.issues.map(unreadable) }
  const { workflow: written, explanation } = answerSchema.parse(read.value)
  if (written === null) return { kind: 'declined', reason: explanation }
  const workflow = assign(written, assigned)
  const bad = findBadJson(workflow)
  if (bad !== null) return { kind: 'invalid', workflow: null, issues: [bad] }
  const { definition, issues } = checkDefinition(workflow, nodeTypes)
  if (definition !== null) return { kind: 'valid', definition, explanation, issues }
  return { kind: 'invalid', workflow: isShowable(workflow) ? workflow : null, issues }
}

function assign({ workflow_id: _, ...written }: JsonObject, { workflowId, name }: Assigned): JsonObject {
  return { ...(workflowId !== null && { workflow_id: workflowId }), ...written, ...(name !== null && { name }) }
}

const unreadable = (message: string): Issue => ({
  severity: 'error',
  code: 'INVALID_TYPE',
  path: '',
  message: `The model's answer: ${message}`,
})

const isShowable = (workflow: JsonObject): boolean => byteLength(JSON.stringify(workflow)) <= MAX_DEFINITION_BYTES
