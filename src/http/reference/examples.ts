// Examples of requests and answers, by operation. A test holds them against their schemas, and that no operation has none.
import type { JsonObject } from '../../core/json.ts'
import { ADMINISTRATION } from './examples/administration.ts'
import { EXECUTIONS } from './examples/executions.ts'
import { WAITING } from './examples/waiting.ts'
import { WORKFLOWS } from './examples/workflows.ts'

export interface Example {
  readonly body?: unknown
  /** Of the envelope, what `success` is followed by. */
  readonly answer?: { readonly message?: string; readonly data: unknown; readonly meta?: JsonObject }
}

const EXAMPLES: Readonly<Record<string, Example>> = { ...WORKFLOWS, ...EXECUTIONS, ...WAITING, ...ADMINISTRATION }

export const exampleOf = (action: string): Example | undefined => EXAMPLES[action]
