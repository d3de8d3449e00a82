// Asks the `when` of edges again whose source does not run again: a replay gave it another output, or its definition has other edges.
import { errorValue } from './inputs.ts'
import type { NodeInstance } from './instance.ts'
import type { Json } from './json.ts'
import type { NodeError } from './node-error.ts'
import { prepareRun } from './node-run.ts'
import { deadEdges, scopeAfter } from './settle-node.ts'
import type { NodeState } from './state.ts'
import type { Transition } from './transition.ts'

type Ended = Extract<NodeState, { readonly status: 'completed' | 'failed' }>

export interface Asked {
  /** By path of a node: all its out-edges whose `when` does not hold. */
  readonly deadEdges: Readonly<Record<string, readonly number[]>>
  /** By path of a node: why one of its edges cannot tell. */
  readonly errors: ReadonlyMap<string, NodeError>
}

/** @param asked by node path, the edges in question; `transition` is on trial: only its state is looked at */
export function askEdges(transition: Transition, asked: Readonly<Record<string, readonly number[]>>): Asked {
  const dead: Record<string, readonly number[]> = {}
  const errors = new Map<string, NodeError>()
  for (const [path, edges] of Object.entries(asked)) {
    const instance = transition.instance(path)
    const state = transition.nodeState(instance)
    if (state.status !== 'completed' && state.status !== 'failed') continue
    const answer = ask(transition, instance, state, edges)
    if ('error' in answer) errors.set(path, answer.error)
    else dead[path] = [...state.deadEdges.filter((index) => !edges.includes(index)), ...answer.edges].sort((a, b) => a - b)
  }
  return { deadEdges: dead, errors }
}

function ask(transition: Transition, instance: NodeInstance, state: Ended, edges: readonly number[]) {
  const outgoing = instance.node.outgoing.filter(({ index }) => edges.includes(index))
  const run = prepareRun(transition, { ...instance, node: { ...instance.node, outgoing } })
  const assign = state.status === 'completed' && state.assigned !== null ? { assign: state.assigned.values } : {}
  const seen = state.status === 'completed' ? scopeAfter(transition, run, { output: state.output, ...assign }) : run
  return deadEdges(transition, seen, state.ports, (port) => carried(state, port))
}

function carried(state: Ended, port: string): Json {
  if (state.status === 'failed') return state.route === 'error_port' ? errorValue(state.error) : null
  return Object.hasOwn(state.portOutputs, port) ? (state.portOutputs[port] ?? null) : state.output
}
