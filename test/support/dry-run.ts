// Runs a workflow dry, without an API around it; stored workflows are what a test gives.
import { configHash } from '../../src/core/config-hash.ts'
import type { WorkflowDefinition } from '../../src/core/definition.ts'
import type { Json, JsonObject } from '../../src/core/json.ts'
import { linksOf } from '../../src/core/links.ts'
import type { StoredWorkflow } from '../../src/history/workflow-store.ts'
import { DryRunBudget } from '../../src/http/dry-run/budget.ts'
import { DryExecution } from '../../src/http/dry-run/dry-execution.ts'
import { DryFamily } from '../../src/http/dry-run/dry-family.ts'
import { viewDryRun } from '../../src/http/dry-run/dry-run-view.ts'
import { type MockError, Mocks } from '../../src/http/dry-run/mocks.ts'
import { ROOT_PLACE } from '../../src/http/dry-run/place.ts'
import { nodeTypes } from '../../src/nodes/registry.ts'
import { runCode } from './code-run.ts'
import { EPOCH_START, identity, workflow } from './run.ts'

export interface DryGiven {
  readonly inputs?: JsonObject
  readonly mocks?: JsonObject
  readonly errors?: Readonly<Record<string, MockError>>
  /** Definitions by the id under which they are stored. */
  readonly stored?: Readonly<Record<string, JsonObject>>
  /** Stored workflows that the caller may start and not look into. */
  readonly hidden?: readonly string[]
  readonly clock?: () => number
  readonly startAt?: number
  readonly showsConfigs?: boolean
}

const storedAs = (id: string, value: JsonObject): StoredWorkflow => {
  const definition = { ...workflow(value), workflow_id: id }
  return {
    workflow_id: id,
    version: 1,
    definition,
    config_hash: configHash(definition),
    created_at: EPOCH_START,
    created_by: 'ada',
  }
}

const secret = 'nobody knows'

/** Of a canonical definition. */
export async function runDryDefinition(definition: WorkflowDefinition, given: DryGiven = {}): Promise<DryExecution> {
  const { inputs = {}, mocks = {}, errors = {}, stored = {}, hidden = [], clock = () => 0, startAt } = given
  const family = new DryFamily({
    nodeTypes,
    budget: new DryRunBudget(clock),
    runCode,
    findWorkflow: async (_, id) => {
      const found = stored[id]
      return found === undefined ? null : storedAs(id, found)
    },
    mayStart: async () => true,
    mayView: async (id) => !hidden.includes(id),
    linkSecret: secret,
  })
  const who = identity({ ...linksOf(secret, 'http://127.0.0.1:8787', '0123456789abcdef') })
  const order = { identity: who, definition, inputs, ...(startAt !== undefined && { startAt }) }
  const root = Mocks.of({ outputs: mocks, errors }, definition.nodes)
  const execution = new DryExecution(family, order, { now: EPOCH_START, place: ROOT_PLACE, mocks: root })
  await execution.run()
  return execution
}

export const runDry = (definition: JsonObject, given: DryGiven = {}): Promise<DryExecution> =>
  runDryDefinition(workflow(definition), given)

type View = ReturnType<typeof viewDryRun>

/** The answer, with its trace by node. */
export async function testDry(
  definition: JsonObject,
  given: DryGiven = {},
): Promise<View & { readonly node: (id: string) => JsonObject }> {
  const view = viewDryRun(await runDry(definition, given), given.showsConfigs ?? true)
  const node = (id: string): JsonObject => {
    const entry = view.trace.find(({ node_id }) => node_id === id)
    if (entry === undefined) throw new Error(`no entry of ${id}`)
    return entry
  }
  return { ...view, node }
}

export const outOf = (entry: JsonObject): Json => (entry.output as { readonly out?: Json }).out ?? null // As `viewDryRun` makes it.
