// An execution of a stored workflow that another execution starts by itself, as a node's child or because it has failed: what it
// may be given, and what it takes from where it comes.
import { AttemptError } from '../core/attempt-error.ts'
import type { ExecutionIdentity, ParentNode } from '../core/event.ts'
import { validateInputs } from '../core/input-schema.ts'
import type { JsonObject } from '../core/json.ts'
import { MAX_CHILD_DEPTH } from '../core/limits.ts'
import { linksOf } from '../core/links.ts'
import { nodeError } from '../core/node-error.ts'
import type { StoredWorkflow } from '../history/workflow-store.ts'

export interface Origin
  extends Pick<
    ExecutionIdentity,
    | 'executionId'
    | 'communityId'
    | 'traceId'
    | 'correlationId'
    | 'sessionId'
    | 'triggeredBy'
    | 'authority'
    | 'priority'
    | 'captureIo'
  > {
  /** Workflows around the new one. */
  readonly depth: number
  readonly rootExecutionId: string
  /** Where signed links lead; absent where there are none. */
  readonly linkOrigin?: string
}

export interface Descendant {
  readonly executionId: string
  readonly stored: StoredWorkflow
  readonly triggerType: string
  /** Who waits for its end. */
  readonly parent?: ParentNode
  readonly idempotency: NonNullable<ExecutionIdentity['idempotency']>
}

export function descendantIdentity(origin: Origin, descendant: Descendant, linkSecret: string | undefined): ExecutionIdentity {
  const { executionId: parentExecutionId, linkOrigin, priority, captureIo, ...inherited } = origin
  const { executionId, stored, triggerType, parent, idempotency } = descendant
  const { settings } = stored.definition
  return {
    ...inherited,
    authority: { ...inherited.authority, workflow: stored.workflow_id },
    executionId,
    workflowId: stored.workflow_id,
    workflowVersion: stored.version,
    configHash: stored.config_hash,
    parentExecutionId,
    ...(parent !== undefined && { parent }),
    triggerType,
    priority: settings?.priority ?? priority,
    metadata: {},
    captureIo: captureIo || settings?.capture_io === true,
    idempotency,
    ...linksOf(linkSecret, linkOrigin, executionId),
  }
}

/** @throws AttemptError where workflows would start each other for ever */
export function assertDepth(depth: number): void {
  if (depth <= MAX_CHILD_DEPTH) return
  const message = `Workflows start each other at most ${MAX_CHILD_DEPTH} deep; this one would be deeper.`
  throw new AttemptError(nodeError('CONFIG_INVALID', message))
}

/** @throws AttemptError where the workflow refuses them */
export function assertInputs({ workflow_id: id, definition }: StoredWorkflow, inputs: JsonObject): void {
  const missing = (definition.required_variables ?? []).find((name) => !Object.hasOwn(inputs, name))
  if (missing !== undefined) throw inputInvalid(`The workflow ${id} needs the variable ${missing}.`)
  const [issue] = definition.input_schema === undefined ? [] : validateInputs(definition.input_schema, inputs)
  if (issue !== undefined) throw inputInvalid(`The workflow ${id} refuses its inputs: ${issue.path}: ${issue.message}`)
}

export const inputInvalid = (message: string): AttemptError => new AttemptError(nodeError('INPUT_INVALID', message))
