// The identity of a definition's content: versions, caches and journals are compared by it.
import { createHash } from 'node:crypto'
import type { WorkflowDefinition } from './definition.ts'
import { canonicalJson, type JsonObject } from './json.ts'

/** SHA-256 of the canonical JSON of everything in a definition, positions and unknown keys included: 64 hex characters. */
export function configHash(definition: WorkflowDefinition): string {
  // The reader refuses definitions in which anything is not JSON, whatever the type says about unknown keys.
  const json = definition as JsonObject
  return createHash('sha256').update(canonicalJson(json)).digest('hex')
}
