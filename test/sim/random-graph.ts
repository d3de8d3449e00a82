// One random graph: the top level of a workflow, or the body of a loop in it, bodies within bodies included.
import type { JsonObject } from '../../src/core/json.ts'
import { nodeTypes } from '../../src/nodes/registry.ts'
import type { Random } from './random.ts'
import { randomConfig } from './random-config.ts'
import { type JoinTree, printJoin, randomJoinTree } from './random-join.ts'
import { randomBody } from './random-loop.ts'
import { randomRetry } from './random-retry.ts'
import type { Family } from './random-workflow.ts'

/**
 * What may fail in a graph. `any`: everything. In bodies of `ordered` workflows, where one failure ends the iteration, its moment must
 * not matter: a `chain` has one node after the other, in a `safe` graph no failure goes up.
 */
export type GraphKind = 'any' | 'chain' | 'safe'

export interface GraphPlace {
  readonly family: Family
  readonly kind: GraphKind
  /** Place in the definition, `each.inner.`; empty at the top level. */
  readonly prefix: string
  /** Loops around it, the outermost first. */
  readonly loops: readonly ('each' | 'while')[]
  /** Nodes of enclosing graphs whose outputs are there before this graph begins. */
  readonly visible: readonly string[]
  /** Variables that no other order or moment could give another value. */
  readonly readable: readonly string[]
}

/** What is noted of a whole workflow while it is drawn. */
export interface Found {
  readonly joins: Map<string, JoinTree>
  readonly rests: Map<string, ReadonlySet<string>>
  readonly variables: string[]
  readonly events: Set<string>
  readonly approvals: string[]
}

/** Ids that objects, sorting and number keys are sensitive to. */
const ODD_IDS = ['constructor', 'toString', '7', '10', '2', 'my-node', 'out', 'error']

export function randomGraph(random: Random, place: GraphPlace, found: Found): JsonObject {
  const ids = randomIds(random, place)
  const sources = ids.map((_, rank) =>
    place.kind === 'chain' ? ids.slice(Math.max(0, rank - 1), rank) : pickSources(random, ids, rank),
  )
  const ancestors = ancestorsOf(ids, sources)
  const visible = place.visible.filter((id) => !ids.includes(id))
  const nodes: (JsonObject & { readonly id: string })[] = []
  const written = new Map<string, readonly string[]>()
  for (const [rank, id] of ids.entries()) {
    const before = [...(ancestors.get(id) ?? [])]
    const readable = [...place.readable, ...before.flatMap((ancestor) => written.get(ancestor) ?? [])]
    const node = randomNode(random, { ...place, visible: [...visible, ...before], readable }, id, found)
    written.set(id, node.writes)
    nodes.push({
      ...node.json,
      ...(place.family === 'free' ? randomJoin(random, place.prefix + id, sources[rank] ?? [], found) : {}),
    })
  }
  const byId = new Map(nodes.map((node) => [node.id, node]))
  const edges = ids.flatMap((to, rank) =>
    (sources[rank] ?? []).flatMap((from) => randomEdges(random, byId.get(from), to, place.kind === 'safe')),
  )
  const targets = new Map(ids.map((id) => [id, edges.filter(({ from }) => from === id).map(({ to }) => String(to))]))
  for (const node of nodes)
    if ('cancel_rest' in node) found.rests.set(place.prefix + node.id, restOf(node.id, targets, place.prefix))
  return { nodes: random.shuffle(nodes), edges: random.shuffle(edges) }
}

function randomIds(random: Random, { loops }: GraphPlace): readonly string[] {
  const size = loops.length > 0 ? random.int(1, 4) : random.chance(0.1) ? random.int(10, 25) : random.int(1, 9)
  const names = Array.from({ length: size }, (_, n) => `n${n}`)
  return random.shuffle([...names, ...(random.chance(0.2) ? ODD_IDS : [])]).slice(0, size)
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
function restOf(join: string, targets: ReadonlyMap<string, readonly string[]>, prefix: string): ReadonlySet<string> {
  const known = new Map<string, boolean>([[join, true]])
  const leadsThere = (id: string): boolean => {
    const next = targets.get(id) ?? []
    const answer = known.get(id) ?? (next.length > 0 && next.every(leadsThere))
    known.set(id, answer)
    return answer
  }
  return new Set([...targets.keys()].filter((id) => id !== join && leadsThere(id)).map((id) => prefix + id))
}

const NODE_WEIGHTS = {
  'http-request': 26,
  code: 4,
  value: 14,
  operation: 5,
  condition: 7,
  switch: 6,
  filter: 5,
  merge: 6,
  delay: 8,
  'set-variables': 8,
  transformer: 2,
  log: 4,
  fail: 3,
  start: 2,
  end: 2,
  'for-each': 8,
  loop: 7,
  workflow: 7,
  'wait-for-event': 6,
  approval: 5,
  task: 6,
} as const

type NodeTypeName = keyof typeof NODE_WEIGHTS

/** Types that know no way on after a failure but an error edge. */
const NO_WAY_ON: ReadonlySet<string> = new Set(['filter', 'wait-for-event', 'approval'])
const NEVER_RETRIED: ReadonlySet<string> = new Set(['for-each', 'loop', 'wait-for-event', 'approval'])
const MAX_DEPTH = 3

function randomType(random: Random, { loops, kind }: GraphPlace): NodeTypeName {
  for (;;) {
    const type = random.pickWeighted(NODE_WEIGHTS)
    const isLoop = type === 'for-each' || type === 'loop'
    if (!(isLoop && loops.length === MAX_DEPTH) && !(kind === 'safe' && NO_WAY_ON.has(type))) return type
  }
}

interface RandomNode {
  readonly json: JsonObject & { readonly id: string }
  /** Variables that it sets for those who come after it. */
  readonly writes: readonly string[]
}

function randomNode(random: Random, place: GraphPlace, id: string, found: Found): RandomNode {
  const { family, kind, prefix } = place
  const type = randomType(random, place)
  const handedOff = type === 'http-request' || type === 'code' || type === 'workflow'
  const retried = !NEVER_RETRIED.has(type) && random.chance(handedOff || type === 'task' ? 0.6 : 0.15)
  const continues = kind === 'safe' || random.chance(handedOff || type === 'operation' ? 0.75 : 0.6)
  const body = type === 'for-each' || type === 'loop' ? randomBody(random, { ...place, type, id }, found, randomGraph) : null
  const variable = `v_${prefix}${id}`.replaceAll('.', '_')
  if (type === 'set-variables') found.variables.push(variable)
  if (type === 'approval') found.approvals.push(prefix + id)
  return {
    json: {
      id,
      type,
      config: body?.config ?? randomConfig(random, { ...place, type, variable }, found),
      ...(retried ? { retry: randomRetry(random, family) } : {}),
      ...(handedOff || type === 'task' ? randomTimeout(random, type === 'workflow' || type === 'task' ? family : null) : {}),
      ...(!NO_WAY_ON.has(type) && continues ? { on_error: 'continue' } : {}),
      ...(random.chance(0.05) ? { disabled: true } : {}),
      ...(family === 'free' && handedOff && random.chance(0.1) ? { at_most_once: true } : {}),
    },
    writes: type === 'set-variables' ? [variable] : (body?.writes ?? []),
  }
}

/** Below, at and above what a Runner keeps. A child or a worker may take as long as its node's timeout says: in `ordered` graphs for ever. */
const randomTimeout = (random: Random, waitsIn: Family | null): JsonObject =>
  random.chance(0.5) || waitsIn === 'ordered' ? {} : { timeout_seconds: random.pick([0.5, 5, 20, 21, 60, 600, 840]) }

function randomJoin(random: Random, shape: string, sources: readonly string[], { joins }: Found): JsonObject {
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
      joins.set(shape, tree)
      return { join: { when: printJoin(tree) }, ...cancelRest }
    }
  }
}

/** One edge, or several from the same source that differ in port or condition. */
function randomEdges(random: Random, source: JsonObject | undefined, to: string, isSafe: boolean): readonly JsonObject[] {
  const { id: from, type, config } = source ?? {}
  if (typeof from !== 'string' || typeof type !== 'string') throw new Error('an edge without a source')
  const ports = nodeTypes.get(type)?.ports(config as JsonObject) ?? [] // A node's config is an object: `randomConfig` made it.
  const first = { from, to, ...randomPort(random, ports), ...randomCondition(random, isSafe) }
  if (!random.chance(0.12)) return [first]
  const other = random.chance(0.4) ? 'error' : random.pick(ports)
  return [first, { from, to, port: other, when: 'inputs.n >= 0' }]
}

function randomPort(random: Random, ports: readonly string[]): JsonObject {
  if (random.chance(0.1)) return { port: 'error' }
  return random.chance(ports.length > 1 ? 0.2 : 0.7) ? {} : { port: random.pick(ports) }
}

/** Where no failure may go up, no condition fails. */
function randomCondition(random: Random, isSafe: boolean): JsonObject {
  if (!random.chance(0.15)) return {}
  const sound = ['inputs.yes', 'inputs.yes', '1 < 2 && inputs.yes', 'inputs.no', 'inputs.n < 0', 'inputs.no', 'inputs.yes']
  return { when: random.pick(isSafe ? sound : [...sound, 'inputs.missing']) }
}
