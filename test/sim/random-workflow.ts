// Random definitions that pass validation. Two families: in `ordered` graphs the outcome depends on no order and no moment (law 4),
// so it must survive every fault; `free` ones have all there is.
import type { WorkflowDefinition } from '../../src/core/definition.ts'
import type { JsonObject } from '../../src/core/json.ts'
import { workflow } from '../support/run.ts'
import type { Random } from './random.ts'
import { type Found, randomGraph } from './random-graph.ts'
import type { JoinTree } from './random-join.ts'
import { randomRetry } from './random-retry.ts'

export type Family = 'ordered' | 'free'

/** Nodes and joins are named by their place in the definition, `each.fetch`: what all iterations have in common. */
export interface RandomWorkflow {
  readonly family: Family
  readonly definition: WorkflowDefinition
  readonly inputs: JsonObject
  /** The meaning of each `join.when`, for those who check it without the engine's parser. */
  readonly joins: ReadonlyMap<string, JoinTree>
  /** For each join with `cancel_rest`: the nodes from which all paths lead into it. */
  readonly rests: ReadonlyMap<string, ReadonlySet<string>>
  /** Names of events that some node waits for. */
  readonly events: readonly string[]
  /** Places of approvals. */
  readonly approvals: readonly string[]
}

export function randomWorkflow(random: Random, family: Family): RandomWorkflow {
  const found: Found = { joins: new Map(), rests: new Map(), variables: [], events: new Set(), approvals: [] }
  const graph = randomGraph(random, { family, kind: 'any', prefix: '', loops: [], visible: [], readable: [] }, found)
  const definition = workflow({
    ...graph,
    variables: { count: 0, shared: 'default', ...Object.fromEntries(found.variables.map((name) => [name, 0])) },
    settings: randomSettings(random, family),
  })
  return {
    family,
    definition,
    joins: found.joins,
    rests: found.rests,
    events: [...found.events],
    approvals: found.approvals,
    inputs: { yes: true, no: false, n: random.int(0, 9), list: [1, 5, 9], count: random.int(0, 3) },
  }
}

function randomSettings(random: Random, family: Family): JsonObject {
  return {
    ...(random.chance(0.3) ? { retry: randomRetry(random, family) } : {}),
    ...(family === 'free' && random.chance(0.25) ? { timeout_seconds: random.pick([1, 5, 30, 120, 900]) } : {}),
  }
}
