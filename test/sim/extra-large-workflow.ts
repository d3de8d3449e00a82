// A graph with more inline nodes than one transition may handle, so that `continue` and its loss are simulated too.
import { MAX_STEPS_PER_TRANSITION } from '../../src/core/limits.ts'
import { workflow } from '../support/run.ts'
import type { Random } from './random.ts'
import type { RandomWorkflow } from './random-workflow.ts'

export function extraLargeWorkflow(random: Random): RandomWorkflow {
  const size = MAX_STEPS_PER_TRANSITION + random.int(1, MAX_STEPS_PER_TRANSITION - 1)
  const ids = Array.from({ length: size }, (_, n) => `n${n}`)
  const nodes = ids.map((id) => ({ id, ...randomWork(random), on_error: 'continue' }))
  const edges = ids.flatMap((to, rank) =>
    rank === 0 || random.chance(0.3) ? [] : [{ from: `n${random.int(Math.max(0, rank - 300), rank - 1)}`, to }],
  )
  const definition = workflow({ nodes: random.shuffle(nodes), edges })
  return { family: 'ordered', definition, inputs: { n: 1 }, joins: new Map(), rests: new Map() }
}

function randomWork(random: Random) {
  switch (random.pickWeighted({ value: 80, log: 30, 'http-request': 1, delay: 1 })) {
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
