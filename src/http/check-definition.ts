// Reads and validates definitions that callers send, all problems at once. Callers start the same inline graph again and again,
// so what passed is remembered by the digest of its text.

import { configHash } from '../core/config-hash.ts'
import type { Issue, WorkflowDefinition } from '../core/definition.ts'
import { byteLength, isJsonObject } from '../core/json.ts'
import type { NodeTypes } from '../core/node-type.ts'
import { findBadJson } from '../core/reading/json-tree.ts'
import { checkDefinition } from '../core/validate-definition.ts'
import { BoundedMemo } from './bounded-memo.ts'
import { sha256Hex } from './digest.ts'
import { ApiError, type ErrorCode } from './errors.ts'
import { MAX_CACHED_DEFINITION_BYTES } from './limits.ts'

export interface CheckedDefinition {
  /** Canonical. */
  readonly definition: WorkflowDefinition
  readonly configHash: string
  readonly warnings: readonly Issue[]
}

/** `path` is where the definition stands in the body; empty where it is the body. @throws ApiError with every problem */
export type CheckDefinition = (value: unknown, path: string) => Promise<CheckedDefinition>

export function createDefinitionCheck(nodeTypes: NodeTypes): CheckDefinition {
  const passed = new BoundedMemo<CheckedDefinition>(MAX_CACHED_DEFINITION_BYTES)
  return async (value, path) => {
    const bad = isJsonObject(value) ? findBadJson(value) : null
    if (bad !== null) throw refuseDefinition([bad], path)
    const text = JSON.stringify(value)
    const digest = await sha256Hex(text)
    const known = passed.get(digest)
    if (known !== undefined) return known
    const { definition, issues } = checkDefinition(value, nodeTypes)
    if (definition === null) throw refuseDefinition(issues, path)
    const checked = { definition, configHash: configHash(definition), warnings: issues }
    passed.set(digest, checked, byteLength(text))
    return checked
  }
}

const isError = (issue: Issue): boolean => issue.severity === 'error'

function refuseDefinition(issues: readonly Issue[], path: string): ApiError {
  const placed = issues.map((issue) => ({ ...issue, path: [path, issue.path].filter((part) => part !== '').join('.') }))
  const errors = placed.filter(isError)
  const code: ErrorCode = errors.every((issue) => issue.code === 'NOT_SUPPORTED') ? 'NOT_SUPPORTED' : 'VALIDATION_FAILED'
  const message = `The workflow has ${errors.length === 1 ? 'a problem' : `${errors.length} problems`}: ${errors[0]?.message ?? 'unreadable'}`
  return new ApiError(code, message, { issues: placed })
}
