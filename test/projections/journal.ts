// Journals for the tests of projections: events folded by the real core over node types that never run.
import { z } from 'zod'
import { foldEntries } from '../../src/core/apply.ts'
import type { EdgeDefinition, NodeDefinition } from '../../src/core/definition.ts'
import type { ExecutionEvent, ExecutionIdentity, JournalEntry } from '../../src/core/event.ts'
import type { JsonObject } from '../../src/core/json.ts'
import type { NodeType, NodeTypes } from '../../src/core/node-type.ts'
import type { ExecutionState } from '../../src/core/state.ts'

/** The moment of a journal's first row; row n is n seconds later. */
export const CREATED_AT = Date.UTC(2026, 0, 1)
export const at = (seconds: number): number => CREATED_AT + seconds * 1000
export const iso = (seconds: number): string => new Date(at(seconds)).toISOString()

const nodeType = (type: string, ports: readonly string[]): NodeType => ({
  type,
  aliases: [],
  summary: '',
  config: z.looseObject({}),
  expressions: [],
  deferred: [],
  ports: () => ports,
  continuePort: () => ports[0] ?? null,
  example: {},
  kind: 'inline',
  run: () => ({ kind: 'completed', output: null }),
})

const all = [
  ...['start', 'value', 'delay', 'log', 'http-request'].map((type) => nodeType(type, ['out'])),
  nodeType('condition', ['true', 'false']),
]
const nodeTypes: NodeTypes = { all, notSupported: new Set(), get: (name) => all.find(({ type }) => type === name) }

export const identity: ExecutionIdentity = {
  executionId: '00000000000000aa',
  workflowId: 'greeting',
  workflowVersion: 3,
  configHash: 'c0ffee',
  communityId: 'default',
  traceId: '0123456789abcdef0123456789abcdef',
  parentExecutionId: null,
  correlationId: 'order-7',
  sessionId: null,
  triggerType: 'api',
  triggeredBy: 'ada@example.com',
  priority: 'normal',
  metadata: { trigger_source: 'test' },
  captureIo: false,
  idempotency: null,
}

interface Graph {
  /** Type by id; `start` where it is not told. */
  readonly nodes: Readonly<Record<string, string>>
  /** `a>b`, or `a.port>b`. */
  readonly edges: readonly string[]
  readonly variables?: JsonObject
}

const readEdge = (text: string): EdgeDefinition => {
  const [source = '', to = ''] = text.split('>')
  const [from = '', port] = source.split('.')
  return { from, to, ...(port !== undefined && { port }) }
}

/** `execution.created` of a graph. */
export function created(graph: Graph, more: Partial<ExecutionIdentity> = {}, inputs: JsonObject = {}): ExecutionEvent {
  const nodes = Object.entries(graph.nodes).map(([id, type]): NodeDefinition => ({ id, type, config: {} }))
  const definition = { nodes, edges: graph.edges.map(readEdge), ...(graph.variables && { variables: graph.variables }) }
  return { type: 'execution.created', identity: { ...identity, ...more }, definition, inputs }
}

/** One row a second, each a list of events. */
export function journal(...rows: readonly (readonly ExecutionEvent[])[]): JournalEntry[] {
  let firstSeq = 1
  return rows.map((events, index) => {
    const entry = { format: 1, firstSeq, at: at(index), events }
    firstSeq += events.length
    return entry
  })
}

export const fold = (entries: readonly JournalEntry[]): ExecutionState => foldEntries(null, entries, nodeTypes)

export const started: ExecutionEvent = { type: 'execution.started' }
export const refused = { code: 'HTTP_STATUS', message: '503 from api.example.com', retryable: true, status: 503 }
