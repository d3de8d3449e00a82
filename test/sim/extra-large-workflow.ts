// Graphs with more inline nodes than one transition may handle, in themselves or in their iterations, so that `continue` and its loss
// are simulated too.
import type { JsonObject } from '../../src/core/json.ts'
import { MAX_STEPS_PER_TRANSITION } from '../../src/core/limits.ts'
import { workflow } from '../support/run.ts'
import type { Random } from './random.ts'
import type { RandomWorkflow } from './random-workflow.ts'

export function extraLargeWorkflow(random: Random): RandomWorkflow {
  const definition = workflow(random.pick([manyNodes, manyItems, manyRounds])(random))
  return {
    family: 'ordered',
    definition,
    inputs: { n: 1 },
    joins: new Map(),
    rests: new Map(),
    events: [],
    approvals: [],
  }
}

function manyNodes(random: Random): JsonObject {
  const size = MAX_STEPS_PER_TRANSITION + random.int(1, MAX_STEPS_PER_TRANSITION / 4)
  const ids = Array.from({ length: size }, (_, n) => `n${n}`)
  const nodes = ids.map((id) => ({ id, ...randomWork(random), on_error: 'continue' }))
  const edges = ids.flatMap((to, rank) =>
    rank === 0 || random.chance(0.3) ? [] : [{ from: `n${random.int(Math.max(0, rank - 300), rank - 1)}`, to }],
  )
  return { nodes: random.shuffle(nodes), edges }
}

const BODY = {
  nodes: [
    { id: 'a', type: 'value', config: { value: 1 } },
    { id: 'b', type: 'log', config: { message: 'passing' } },
  ],
  edges: [{ from: 'a', to: 'b' }],
}

function manyItems(random: Random): JsonObject {
  const items = `[${Array.from({ length: random.int(340, 500) }, (_, n) => n).join()}]`
  return loopThenEnd({ type: 'for-each', config: { items, concurrency: random.pick([1, 400, 1000]), body: BODY } })
}

function manyRounds(random: Random): JsonObject {
  const rounds = random.int(340, 500)
  return loopThenEnd({ type: 'loop', config: { while: `iteration < ${rounds}`, body: BODY } })
}

const loopThenEnd = (loop: JsonObject): JsonObject => ({
  nodes: [
    { id: 'loop', ...loop },
    { id: 'end', type: 'end', config: {} },
  ],
  edges: [{ from: 'loop', to: 'end' }],
})

function randomWork(random: Random) {
  switch (random.pickWeighted({ value: 160, log: 60, 'http-request': 1, delay: 1 })) {
    case 'value':
      return { type: 'value', config: { value: random.int(0, 9) } }
    case 'log':
      return { type: 'log', config: { message: 'passing' } }
    case 'http-request':
      return { type: 'http-request', config: { url: 'https://example.com/' } }
    case 'delay':
      return { type: 'delay', config: { delay_seconds: random.int(1, 9) } }
  }
}
