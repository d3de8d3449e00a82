// Random requests to replay an execution that has ended.
import type { ReplayRequest } from '../../src/core/plan-replay.ts'
import type { ExecutionState } from '../../src/core/state.ts'
import { instancesOf, shapeOf } from './instances.ts'
import type { Random } from './random.ts'

export function randomReplay(random: Random, state: ExecutionState): ReplayRequest {
  const instances = instancesOf(state)
  const { path } = random.pick(instances)
  switch (random.pick(['all', 'from', 'from', 'iteration', 'output', 'config'])) {
    case 'from':
      return { from: path }
    case 'iteration':
      return state.iterations.size === 0 ? { from: path } : { from: random.pick([...state.iterations.keys()]) }
    case 'output':
      return { patch: { [path]: { output: random.pick([null, 'patched', { patched: true }]) } } }
    case 'config': {
      const values = instances.filter(({ node }) => node.type.type === 'value')
      return values.length === 0 ? {} : { patch: { [shapeOf(random.pick(values).path)]: { config: { value: 'patched' } } } }
    }
    default:
      return {}
  }
}
