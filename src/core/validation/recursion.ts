// Refuses a workflow that starts itself: every one of its executions would start another, down to the bound on their depth. Ways round
// by other workflows are not known here; that bound ends them.
import type { Issue } from '../definition.ts'
import { errorAt } from '../issue.ts'
import type { Subject } from './subject.ts'

export function checkRecursion(subject: Subject): Issue[] {
  const own = ownId(subject)
  // The body of a loop that names a workflow is made of that name, which is reported where it stands.
  if (own === undefined || subject.outer?.node.definition.config.workflow_id !== undefined) return []
  return subject.nodes.flatMap(({ index, definition, type }) => {
    const startsOthers = type?.kind === 'handed_off' ? type.startsChild === true : type?.body !== undefined
    if (!startsOthers || definition.config.workflow_id !== own) return []
    const message = `the workflow \`${own}\` starts itself: a \`loop\` over what is still to do, as its state, does what recursion would`
    return [errorAt('CYCLE', { path: ['nodes', index, 'config', 'workflow_id'], nodeId: definition.id }, message)]
  })
}

const ownId = ({ definition, outer }: Subject): string | undefined =>
  outer === null ? definition.workflow_id : ownId(outer.subject)
