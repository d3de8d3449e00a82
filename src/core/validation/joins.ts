// Checks that a join can come true: a count within reach, conditions on sources there are.
import type { Suggest } from '../close-name.ts'
import type { Issue, Join } from '../definition.ts'
import { errorAt, type Place } from '../issue.ts'
import { JoinSyntaxError, joinSources, parseJoinExpression } from '../join-expression.ts'
import { byteLength } from '../json.ts'
import { MAX_EXPRESSION_BYTES } from '../limits.ts'
import { type CheckedNode, type Subject, sourceIds } from './subject.ts'

export const checkJoins = (subject: Subject): Issue[] =>
  subject.nodes.flatMap((node) => {
    const { join, cancel_rest: cancelRest } = node.definition
    if (join === undefined && cancelRest !== true) return []
    const sources = sourceIds(subject, node)
    return [
      ...(join === undefined ? [] : checkJoin(join, placeOf(node, 'join'), sources, subject.suggest)),
      ...(cancelRest === true ? checkCancelRest(placeOf(node, 'cancel_rest'), sources) : []),
    ]
  })

const placeOf = ({ index, definition }: CheckedNode, member: string): Place => ({
  path: ['nodes', index, member],
  nodeId: definition.id,
})

function checkJoin(join: Join, place: Place, sources: ReadonlySet<string>, suggest: Suggest): Issue[] {
  if (join === 'all') return []
  return 'count' in join
    ? checkCount(join.count, { ...place, path: [...place.path, 'count'] }, sources.size)
    : checkWhen(join.when, { ...place, path: [...place.path, 'when'] }, sources, suggest)
}

function checkCount(count: number, place: Place, sources: number): Issue[] {
  if (Number.isInteger(count) && count >= 1 && count <= sources) return []
  const message =
    sources === 0
      ? 'a node without incoming edges has nothing to join'
      : `a join counts 1 to ${sources} (the node's sources), not ${count}`
  return [errorAt('BAD_JOIN', place, message)]
}

function checkWhen(when: string, place: Place, sources: ReadonlySet<string>, suggest: Suggest): Issue[] {
  if (byteLength(when) > MAX_EXPRESSION_BYTES) {
    return [errorAt('TOO_LARGE', place, `${byteLength(when)} bytes in one expression; the limit is ${MAX_EXPRESSION_BYTES}`)]
  }
  try {
    return joinSources(parseJoinExpression(when))
      .filter(({ id }) => !sources.has(id))
      .map(({ id, position }) => errorAt('BAD_JOIN', place, noSource(id, position, sources, suggest(id, sources))))
  } catch (error) {
    if (!(error instanceof JoinSyntaxError)) throw error
    return [errorAt('BAD_JOIN', place, `${error.message}; a join knows only source ids, && || ! ( )`)]
  }
}

function noSource(id: string, position: number, sources: ReadonlySet<string>, hint: string): string {
  const names =
    sources.size === 0 ? 'it has none' : `they are ${[...sources].slice(0, 10).join(', ')}${sources.size > 10 ? ', …' : ''}`
  return `\`${id}\` at position ${position} is no source of this node${hint}; ${names}`
}

const checkCancelRest = (place: Place, sources: ReadonlySet<string>): Issue[] =>
  sources.size > 1 ? [] : [errorAt('BAD_JOIN', place, '`cancel_rest` needs a join of at least two sources')]
