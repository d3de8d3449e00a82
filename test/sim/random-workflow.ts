// Random definitions that pass validation. Two families: in `ordered` graphs the outcome depends on no order and no moment (law 4),
// so it must survive every fault; `free` ones have all there is.
import type { WorkflowDefinition } from '../../src/core/definition.ts'
import type { JsonObject } from '../../src/core/json.ts'
import { nodeTypes } from '../../src/nodes/registry.ts'
import { workflow } from '../support/run.ts'
import type { Random } from './random.ts'
import { randomConfig } from './random-config.ts'
import { type JoinTree, printJoin, randomJoinTree } from './random-join.ts'

export type Family = 'ordered' | 'free'

export interface RandomWorkflow {
  readonly family: Family
  readonly definition: WorkflowDefinition
  readonly inputs: JsonObject
  /** The meaning of each `join.when`, by node, for those who check it without the engine's parser. */
  readonly joins: ReadonlyMap<string, JoinTree>
  /** For each join with `cancel_rest`: the nodes from which all paths lead into it. */
  readonly rests: ReadonlyMap<string, ReadonlySet<string>>
}

/** `when` of edges, with what each gives wherever it is evaluated; null where it fails. */
export const EDGE_CONDITIONS: Readonly<Record<string, boolean | null>> = {
  'inputs.yes': true,
  'inputs.no': false,
  '1 < 2 && inputs.yes': true,
  'inputs.n < 0': false,
  'inputs.n >= 0': true,
  'inputs.missing': null,
}

/** Ids that objects, sorting and number keys are sensitive to. */
const ODD_IDS = ['constructor', 'toString', '7', '10', '2', 'my-node', 'out', 'error']

export function randomWorkflow(random: Random, family: Family): RandomWorkflow {
  const size = random.int(1, 25)
  const ids = random
    .shuffle([...Array.from({ length: size }, (_, n) => `n${n}`), ...(random.chance(0.2) ? ODD_IDS : [])])
    .slice(0, size)
  const sources = ids.map((_, rank) => pickSources(random, ids, rank))
  const ancestors = ancestorsOf(ids, sources)
  const joins = new Map<string, JoinTree>()
  const nodes = ids.map((id, rank) => {
    const node = randomNode(random, family, id, ancestors.get(id) ?? new Set())
    return { ...node, ...(family === 'free' ? randomJoin(random, id, sources[rank] ?? [], joins) : {}) }
  })
  const byId = new Map(nodes.map((node) => [node.id, node]))
  const edges = ids.flatMap((to, rank) => (sources[rank] ?? []).flatMap((from) => randomEdges(random, byId.get(from), to)))
  const definition = workflow({
    nodes: random.shuffle(nodes),
    edges: random.shuffle(edges),
    variables: { count: 0, shared: 'default', ...Object.fromEntries(ids.map((id) => [`v_${id}`, 0])) },
    settings: randomSettings(random, family),
  })
  const targets = new Map(ids.map((id) => [id, edges.filter(({ from }) => from === id).map(({ to }) => String(to))]))
  const rests = new Map(nodes.flatMap((node) => ('cancel_rest' in node ? [[node.id, restOf(node.id, targets)] as const] : [])))
  return {
    family,
    definition,
    joins,
    rests,
    inputs: { yes: true, no: false, n: random.int(0, 9), list: [1, 5, 9], count: random.int(0, 3) },
  }
}

function pickSources(random: Random, ids: readonly string[], rank: number): readonly string[] {
  if (rank === 0 || random.chance(0.08)) return []
  const wanted = random.pick([1, 1, 1, 2, 2, 3, 4])
  const near = ids.slice(Math.max(0, rank - 6), rank)
  return random.shuffle(near).slice(0, wanted)
}

function ancestorsOf(ids: readonly string[], sources: readonly (readonly string[])[]): ReadonlyMap<string, ReadonlySet<string>> {
  const ancestors = new Map<string, ReadonlySet<string>>()
  for (const [rank, id] of ids.entries()) {
    const own = sources[rank] ?? []
    ancestors.set(id, new Set(own.flatMap((source) => [source, ...(ancestors.get(source) ?? [])])))
  }
  return ancestors
}

/** Said by definition, not as the engine computes it: from each node, do all edges lead there. */
function restOf(join: string, targets: ReadonlyMap<string, readonly string[]>): ReadonlySet<string> {
  const known = new Map<string, boolean>([[join, true]])
  const leadsThere = (id: string): boolean => {
    const next = targets.get(id) ?? []
    const answer = known.get(id) ?? (next.length > 0 && next.every(leadsThere))
    known.set(id, answer)
    return answer
  }
  return new Set([...targets.keys()].filter((id) => id !== join && leadsThere(id)))
}

const NODE_WEIGHTS = {
  'http-request': 34,
  value: 14,
  operation: 5,
  condition: 7,
  switch: 6,
  filter: 5,
  merge: 6,
  delay: 8,
  'set-variables': 6,
  transformer: 2,
  log: 4,
  fail: 3,
  start: 2,
  end: 2,
} as const

function randomNode(
  random: Random,
  family: Family,
  id: string,
  ancestors: ReadonlySet<string>,
): JsonObject & { readonly id: string } {
  const type = random.pickWeighted(NODE_WEIGHTS)
  const handedOff = type === 'http-request'
  const retried = random.chance(handedOff ? 0.6 : 0.15)
  return {
    id,
    type,
    config: randomConfig(random, { type, family, id, ancestors: [...ancestors] }),
    ...(retried ? { retry: randomRetry(random, family) } : {}),
    ...(handedOff ? randomTimeout(random) : {}),
    ...(type !== 'filter' && random.chance(handedOff || type === 'operation' ? 0.75 : 0.6) ? { on_error: 'continue' } : {}),
    ...(random.chance(0.05) ? { disabled: true } : {}),
    ...(family === 'free' && handedOff && random.chance(0.1) ? { at_most_once: true } : {}),
  }
}

/** Below, at and above what a Runner keeps. */
const randomTimeout = (random: Random): JsonObject =>
  random.chance(0.5) ? {} : { timeout_seconds: random.pick([0.5, 5, 20, 21, 60, 600, 840]) }

function randomRetry(random: Random, family: Family): JsonObject {
  return {
    strategy: random.pick(['none', 'fixed', 'linear', 'exponential', 'exponential']),
    max_attempts: random.int(1, 5),
    initial_delay_ms: random.pick([0, 1, 100, 1000, 5000]),
    ...(random.chance(0.3) ? { max_delay_ms: random.pick([0, 500, 3000]) } : {}),
    ...(random.chance(0.3) ? { multiplier: random.pick([1, 1.5, 3]) } : {}),
    jitter: random.pick(['full', 'none']),
    ...(random.chance(0.2) ? { retry_on: ['RESPONSE_INVALID'] } : {}),
    ...(random.chance(0.2) ? { give_up_on: ['NODE_TIMEOUT'] } : {}),
    // Whether time suffices for another attempt depends on when the last one ended.
    ...(family === 'free' && random.chance(0.2) ? { max_elapsed_seconds: random.pick([0, 1, 30]) } : {}),
  }
}

function randomJoin(random: Random, id: string, sources: readonly string[], joins: Map<string, JoinTree>): JsonObject {
  if (sources.length === 0) return {}
  const cancelRest = sources.length > 1 && random.chance(0.3) ? { cancel_rest: true } : {}
  switch (random.pick(['all', 'any', 'count', 'when'])) {
    case 'all':
      return random.chance(0.5) ? { join: 'all', ...cancelRest } : {}
    case 'any':
      return { join: 'any', ...cancelRest }
    case 'count':
      return { join: { count: random.int(1, sources.length) }, ...cancelRest }
    default: {
      const tree = randomJoinTree(random, sources)
      joins.set(id, tree)
      return { join: { when: printJoin(tree) }, ...cancelRest }
    }
  }
}

/** One edge, or several from the same source that differ in port or condition. */
function randomEdges(random: Random, source: JsonObject | undefined, to: string): readonly JsonObject[] {
  const { id: from, type, config } = source ?? {}
  if (typeof from !== 'string' || typeof type !== 'string') throw new Error('an edge without a source')
  const ports = nodeTypes.get(type)?.ports(config as JsonObject) ?? [] // A node's config is an object: `randomConfig` made it.
  const first = { from, to, ...randomPort(random, ports), ...randomCondition(random) }
  if (!random.chance(0.12)) return [first]
  const other = random.chance(0.4) ? 'error' : random.pick(ports)
  return [first, { from, to, port: other, when: 'inputs.n >= 0' }]
}

function randomPort(random: Random, ports: readonly string[]): JsonObject {
  if (random.chance(0.1)) return { port: 'error' }
  return random.chance(ports.length > 1 ? 0.2 : 0.7) ? {} : { port: random.pick(ports) }
}

const randomCondition = (random: Random): JsonObject =>
  random.chance(0.15)
    ? {
        when: random.pick([
          'inputs.yes',
          'inputs.yes',
          '1 < 2 && inputs.yes',
          'inputs.no',
          'inputs.n < 0',
          'inputs.no',
          'inputs.yes',
          'inputs.missing',
        ]),
      }
    : {}

function randomSettings(random: Random, family: Family): JsonObject {
  return {
    ...(random.chance(0.3) ? { retry: randomRetry(random, family) } : {}),
    ...(family === 'free' && random.chance(0.25) ? { timeout_seconds: random.pick([1, 5, 30, 120, 900]) } : {}),
  }
}
