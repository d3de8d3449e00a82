// Finds mocks that no node of the workflow can ever ask for.
import { createSuggester } from '../../core/close-name.ts'
import type { WorkflowDefinition } from '../../core/definition.ts'
import { compileGraph, type Graph, type GraphNode } from '../../core/graph.ts'
import type { NodeTypes } from '../../core/node-type.ts'
import type { RequestIssue } from '../errors.ts'
import { type GivenMocks, INSIDE, placeOf } from './mocks.ts'

/** What is behind a `/` is in a stored workflow, and is not looked at. */
export function checkMocks(
  definition: WorkflowDefinition,
  { outputs, errors }: GivenMocks,
  nodeTypes: NodeTypes,
): RequestIssue[] {
  const places = new Map(placesIn(compileGraph(definition, nodeTypes)))
  const suggest = createSuggester()
  const check = (field: string, name: string): RequestIssue[] => {
    const [own = '', inside] = name.split(INSIDE, 2)
    const node = findNode(places, placeOf(own))
    if (node === undefined) {
      const message = `the workflow has no node \`${own}\`${suggest(placeOf(own), places.keys())}`
      return [issueAt(field, name, message)]
    }
    const isParent = node.type.kind === 'handed_off' && node.type.startsChild === true
    return inside === undefined || isParent ? [] : [issueAt(field, name, `the node \`${own}\` starts no workflow`)]
  }
  return [
    ...Object.keys(outputs).flatMap((name) => check('mocks', name)),
    ...Object.keys(errors).flatMap((name) => check('mock_errors', name)),
  ]
}

/** By place, else by an id that may stand anywhere. */
const findNode = (places: ReadonlyMap<string, GraphNode>, place: string): GraphNode | undefined =>
  places.get(place) ?? [...places.values()].find(({ id }) => id === place)

function* placesIn({ nodes }: Graph, prefix = ''): Iterable<readonly [string, GraphNode]> {
  for (const node of nodes.values()) {
    yield [prefix + node.id, node]
    if (node.body !== null) yield* placesIn(node.body, `${prefix}${node.id}.`)
  }
}

const issueAt = (field: string, name: string, message: string): RequestIssue => ({
  severity: 'error',
  code: 'UNKNOWN_NODE',
  path: `${field}.${name}`,
  message,
})
