// Random `for-each` and `loop` nodes. In `ordered` workflows what they give must not depend on which of their iterations is faster.
import type { Json, JsonObject } from '../../src/core/json.ts'
import { WHILES } from './meanings.ts'
import type { Random } from './random.ts'
import type { Found, GraphKind, GraphPlace } from './random-graph.ts'

export interface LoopPlace extends GraphPlace {
  readonly type: 'for-each' | 'loop'
  readonly id: string
}

type DrawGraph = (random: Random, place: GraphPlace, found: Found) => JsonObject

interface RandomLoop {
  readonly config: JsonObject
  /** Variables that its body sets for those who come after it. */
  readonly writes: readonly string[]
}

/** @param drawGraph draws a body, in which there may be loops again */
export function randomBody(random: Random, place: LoopPlace, found: Found, drawGraph: DrawGraph): RandomLoop {
  const { family, type, id, prefix, loops } = place
  const kind: GraphKind = family === 'free' ? 'any' : random.pick(['chain', 'safe'])
  const before = found.variables.length
  const isEach = type === 'for-each'
  const ofWorkflow = isEach && random.chance(0.12)
  const around: GraphPlace = { ...place, kind, prefix: `${prefix}${id}.`, loops: [...loops, isEach ? 'each' : 'while'] }
  const body: JsonObject = ofWorkflow
    ? { workflow_id: 'child', ...(random.chance(0.5) ? { inputs: { item: '{{ item }}' } } : {}) }
    : { body: drawGraph(random, around, found) }
  // Of a for-each each iteration has variables of its own; so have those inside it.
  const writes = isEach ? [] : found.variables.slice(before).filter((name) => isWrittenOutside(name, around.prefix, body))
  return {
    config: { ...body, ...(isEach ? randomEach(random, place, ofWorkflow ? 'chain' : kind) : randomWhile(random, place)) },
    writes,
  }
}

/** Only what the body's own nodes set: what a loop inside it sets may be a copy's. */
const isWrittenOutside = (name: string, prefix: string, { body }: JsonObject): boolean =>
  (body as { readonly nodes: readonly { readonly id: string }[] }).nodes.some(
    ({ id }) => name === `v_${prefix}${id}`.replaceAll('.', '_'),
  ) // `randomGraph` made it.

function randomEach(random: Random, { family, loops }: LoopPlace, kind: GraphKind): JsonObject {
  const onItemError = random.pick(['fail', 'continue', 'drop'])
  // With several under way, which of two failures comes first is a matter of order.
  const oneByOne = family === 'ordered' && kind === 'chain' && onItemError === 'fail'
  return {
    items: random.pick(loops.length === 0 ? [...SHORT_LISTS, ...LONG_LISTS] : SHORT_LISTS),
    ...(random.chance(0.2) && !oneByOne ? {} : { concurrency: oneByOne ? 1 : random.int(1, 3) }),
    ...(onItemError === 'fail' && random.chance(0.5) ? {} : { on_item_error: onItemError }),
  }
}

const SHORT_LISTS = ['[inputs.n, "two"]', '[[1], {"a": 2}]', '[7]', '[]', '[3, 4, 5]', 'inputs.list', 'inputs.n']
const LONG_LISTS = ['[0, 1, 2, 3, 4, 5]', '{{ inputs.list }}', '[null, true, "x", 1.5]', 'input', 'inputs.missing']

function randomWhile(random: Random, { loops }: LoopPlace): JsonObject {
  const initials: Json[] = [0, 5, null, 'text', '{{ inputs.n }}']
  const weighted = [...Object.keys(WHILES), 'iteration < 2', 'iteration < 3', 'iteration < 2']
  return {
    while: random.pick(weighted),
    ...(random.chance(0.7) ? { initial: random.pick(initials) } : {}),
    max_iterations: random.int(1, loops.length === 0 ? 5 : 3),
  }
}
