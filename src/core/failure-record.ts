// A failure is told in several places of a state: at its node, in the list of errors, as what ends its run. In a snapshot its error
// stands at the node, and null in the other places. Called by `snapshot.ts` alone.
import { splitPath } from './instance.ts'
import type { NodeError, NodeFailure } from './node-error.ts'
import type { ExecutionState, GraphRun, NodeState } from './state.ts'

type Failure = NonNullable<GraphRun['failure']>
type Nodes = GraphRun['nodes']

/** An error that is null is the node's. */
export type FailureRecord = Omit<Failure, 'error'> & { readonly error: NodeError | null }
export type ErrorRecord = Omit<ExecutionState['errors'][number], 'error'> & { readonly error: NodeFailure | null }

export function writeFailure({ failure, nodes }: Pick<GraphRun, 'failure' | 'nodes'>): FailureRecord | null {
  if (failure === null) return null
  const { node, error } = failure
  const own = errorOf(nodes, node)
  const isOwn = own !== null && own.code === error.code && own.message === error.message && own.cause === error.cause
  return isOwn ? { node, error: null } : failure
}

export function readFailure(record: FailureRecord | null, nodes: Nodes): Failure | null {
  if (record === null) return null
  const { node, error } = record
  if (error !== null) return { node, error }
  const { attempts: _attempts, ...own } = mustErrorOf(nodes, node)
  return { node, error: own }
}

/** `nodesOf`: the nodes of the run of that path. */
export const writeErrors = (
  errors: ExecutionState['errors'],
  nodesOf: (run: string) => Nodes | undefined,
): readonly ErrorRecord[] =>
  errors.map((entry) => {
    const nodes = nodesOf(splitPath(entry.node).iteration)
    return nodes !== undefined && errorOf(nodes, entry.node) === entry.error ? { ...entry, error: null } : entry
  })

export const readErrors = (records: readonly ErrorRecord[], nodesOf: (run: string) => Nodes): ExecutionState['errors'] =>
  records.map(({ node, error, at }) => ({
    node,
    error: error ?? mustErrorOf(nodesOf(splitPath(node).iteration), node),
    at,
  }))

function errorOf(nodes: Nodes, path: string): NodeFailure | null {
  const node: NodeState | undefined = nodes.get(splitPath(path).id)
  return node?.status === 'failed' ? node.error : null
}

function mustErrorOf(nodes: Nodes, path: string): NodeFailure {
  const error = errorOf(nodes, path)
  if (error === null) throw new Error(`snapshot: ${path} has not failed`)
  return error
}
