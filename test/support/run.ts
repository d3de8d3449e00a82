// Drives the pure core in tests: builds a definition as a caller would write it, starts it, sends it commands, and keeps the journal.
import type { Command } from '../../src/core/command.ts'
import { type Decision, decide } from '../../src/core/decide.ts'
import type { WorkflowDefinition } from '../../src/core/definition.ts'
import type { Effect } from '../../src/core/effect.ts'
import type { ExecutionEvent, ExecutionIdentity, JournalEntry } from '../../src/core/event.ts'
import type { Json, JsonObject } from '../../src/core/json.ts'
import { type NodeError, nodeError } from '../../src/core/node-error.ts'
import type { AttemptResult, NodeTypes } from '../../src/core/node-type.ts'
import type { LoadedPayloads } from '../../src/core/payload.ts'
import { readDefinition } from '../../src/core/read-definition.ts'
import type { ExecutionState, NodeState } from '../../src/core/state.ts'
import { validateDefinition } from '../../src/core/validate-definition.ts'
import { nodeTypes } from '../../src/nodes/registry.ts'

export const EPOCH_START = Date.parse('2026-01-01T00:00:00Z')

export const identity = (partial: Partial<ExecutionIdentity> = {}): ExecutionIdentity => ({
  executionId: '0123456789abcdef',
  workflowId: 'test',
  workflowVersion: null,
  configHash: 'c'.repeat(64),
  communityId: 'default',
  traceId: 'a'.repeat(32),
  parentExecutionId: null,
  correlationId: null,
  sessionId: null,
  triggerType: 'POST /api/v1/executions',
  triggeredBy: 'admin',
  priority: 'normal',
  metadata: {},
  captureIo: false,
  idempotency: null,
  ...partial,
})

/** A canonical definition that has passed validation; throws with the issues where it has not. */
export function workflow(value: JsonObject, types: NodeTypes = nodeTypes): WorkflowDefinition {
  const { definition, issues } = readDefinition(value, types)
  const found = definition === null ? issues : [...issues, ...validateDefinition(definition, types)]
  const errors = found.filter(({ severity }) => severity === 'error')
  if (definition === null || errors.length > 0) throw new Error(`not a workflow: ${JSON.stringify(errors)}`)
  return definition
}

/** A graph by short hand: `edges` as `a>b` or `a:port>b`. */
export const graph = (
  nodes: readonly JsonObject[],
  edges: readonly (string | JsonObject)[],
  more: JsonObject = {},
): JsonObject => ({
  nodes,
  edges: edges.map((edge): Json => {
    if (typeof edge !== 'string') return edge
    const [source = '', to = ''] = edge.split('>')
    const [from = '', port] = source.split(':')
    return { from, to, ...(port === undefined ? {} : { port }) }
  }),
  ...more,
})

export const success = (output: Json = null): AttemptResult => ({ kind: 'completed', output })
export const failure = (partial: Partial<NodeError> = {}): AttemptResult => ({
  kind: 'failed',
  error: { ...nodeError('NETWORK_ERROR', 'no answer', { retryable: true }), ...partial },
})

type StartMore = Pick<Extract<Command, { readonly type: 'start' }>, 'startAt'>

/** One execution under test, with its journal. Time moves only when told. */
export class TestRun {
  readonly journal: JournalEntry[] = []
  readonly effects: Effect[] = []
  state: ExecutionState
  now = EPOCH_START

  readonly #types: NodeTypes

  constructor(
    definition: JsonObject,
    inputs: JsonObject = {},
    who: Partial<ExecutionIdentity> = {},
    more: StartMore = {},
    types: NodeTypes = nodeTypes,
  ) {
    this.#types = types
    const command = { type: 'start', identity: identity(who), definition: workflow(definition, types), inputs, ...more } as const
    const { state } = this.#take(decide(null, command, this.now, types))
    if (state === null) throw new Error('a start gives a state')
    this.state = state
  }

  send(command: Command, payloads?: LoadedPayloads): Decision {
    const decision = this.#take(decide(this.state, command, this.now, this.#types, payloads))
    if (decision.state !== null) this.state = decision.state
    return decision
  }

  settle(node: string, result: AttemptResult, attempt = 1): Decision {
    return this.send({ type: 'settle', epoch: this.state.epoch, node, attempt, result })
  }

  /** Lets time pass, then wakes the execution. */
  wakeAfter(ms: number): Decision {
    this.now += ms
    return this.send({ type: 'wake' })
  }

  cancel(): Decision {
    return this.send({ type: 'cancel', by: 'admin', reason: null })
  }

  node(id: string): NodeState {
    const node = this.state.nodes.get(id)
    if (node === undefined) throw new Error(`no node ${id}`)
    return node
  }

  statuses(): Record<string, string> {
    return Object.fromEntries([...this.state.nodes].map(([id, { status }]) => [id, status]))
  }

  /** Event types with their node, `node.completed a`, from the n-th journal row on. */
  told(from = 0): readonly string[] {
    return this.journal.slice(from).flatMap(({ events }) => events.map(nameOf))
  }

  #take(decision: Decision): Decision {
    if (decision.events.length > 0) {
      const last = this.journal.at(-1)
      const firstSeq = last === undefined ? 1 : last.firstSeq + last.events.length
      this.journal.push({ format: 1, firstSeq, at: this.now, events: decision.events })
    }
    this.effects.push(...decision.effects)
    return decision
  }
}

const nameOf = (event: ExecutionEvent): string =>
  'node' in event && event.node !== null ? `${event.type} ${event.node}` : event.type
