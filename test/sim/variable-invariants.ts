// Variables as the specification has them (§4): defaults overlaid by the inputs, then assignments in journal order; a copy for each
// iteration of a for-each, shared by the rounds of a `loop`.
import type { JsonObject } from '../../src/core/json.ts'
import { findDifference } from './find-difference.ts'
import { around, ownerOf } from './instances.ts'
import { loopOf, stateAt } from './loop-oracle.ts'
import { type CheckedStep, first, type Invariant, isRerun } from './step.ts'

/** Variables by the iteration that has its own; those of the execution under the empty path. */
type Copies = Map<string, JsonObject>

export const variablesFold: Invariant = (step) => {
  if (step.decision.events.length === 0) return null
  const copies = copiesBefore(step)
  for (const event of step.decision.events) {
    if (event.type === 'iteration.started' && isEach(step, event.node))
      copies.set(`${event.node}[${event.index}]`, copies.get(placeOf(step, event.node)) ?? {})
    if (event.type === 'node.completed' && event.assign !== undefined) {
      const place = placeOf(step, event.node)
      copies.set(place, { ...copies.get(place), ...event.assign })
    }
  }
  const difference = findDifference(step.after.variables, copies.get(''))
  if (difference !== null) return difference
  return first(step.after.iterations, ([path, { variables }]) => {
    if (!isEach(step, ownerOf(path).owner)) return variables === null ? null : `${path} has variables of its own`
    const own = findDifference(variables, copies.get(path))
    return own === null ? null : `${path}${own}`
  })
}

function copiesBefore(step: CheckedStep): Copies {
  const { before, after, workflow, iterationsBefore, instances } = step
  const copies: Copies = new Map([['', before?.variables ?? { ...workflow.definition.variables, ...workflow.inputs }]])
  for (const [path, { variables }] of iterationsBefore) if (variables !== null) copies.set(path, variables)
  if (before === null || !isRerun(step.decision)) return copies
  // Assignments of nodes that run again are taken back: each copy is what it was at first, with those that were kept.
  for (const place of copies.keys()) {
    const first =
      place === '' ? { ...workflow.definition.variables, ...workflow.inputs } : after.iterations.get(place)?.variablesBefore
    const kept = instances.flatMap(({ path, state }) =>
      state.status === 'completed' && state.assigned !== null && state.assigned.seq <= before.seq && placeOf(step, path) === place
        ? [state.assigned]
        : [],
    )
    kept.sort((a, b) => a.seq - b.seq)
    copies.set(place, Object.assign({}, first, ...kept.map(({ values }) => values)))
  }
  return copies
}

const isEach = ({ after }: CheckedStep, owner: string): boolean => loopOf(stateAt(after, owner))?.kind === 'each'

/** Whose variables a node of that path sets. */
const placeOf = (step: CheckedStep, path: string): string =>
  around(path).find((iteration) => isEach(step, ownerOf(iteration).owner)) ?? ''
