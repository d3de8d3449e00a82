// The workflows of the kill test, one per kind of waiting that a crash can fall into. Each execution is told apart by its
// number, which is in its inputs, goes through its nodes and comes out as its result. Pure: the same seed gives the same load.
import { drawFrom } from '../src/core/retry.ts'

export const MIXED_KINDS = ['delay', 'http-retries', 'joins', 'for-each', 'loop', 'wait-for-event'] as const
export type MixedKind = (typeof MIXED_KINDS)[number]

export function isMixedKind(value: string): value is MixedKind {
  return MIXED_KINDS.some((kind) => kind === value)
}

interface Graph {
  readonly nodes: readonly Node[]
  readonly edges: readonly object[]
}

interface Node {
  readonly id: string
  readonly [member: string]: unknown
}

interface KindSpec {
  /** `number` is in the inputs of every kind, `delay_seconds` and `call_ms` too: all spread by chance. */
  readonly graph: (url: string) => Graph
  readonly output: (number: number) => unknown
  /** Paths of the nodes that call the server. */
  readonly calls: readonly string[]
  /** Values of `n` in the signals that it waits for, in order. */
  readonly signals?: (number: number) => readonly number[]
}

const MIN_DELAY_SECONDS = 0.5
const MAX_DELAY_SECONDS = 10
const MAX_CALL_MS = 1_500
const ITEMS = 6
const TURNS = 4
/** Refused once, interrupted perhaps, slow on a busy machine: attempts for all of it, with a timeout that a test can wait for. */
const PATIENT = { retry: { strategy: 'fixed', max_attempts: 10, initial_delay_ms: 500, jitter: 'none' }, timeout_seconds: 5 }

const value = (id: string, expression: string): Node => ({ id, type: 'value', config: { value: `{{ ${expression} }}` } })
const delay = (id: string, seconds = '{{ inputs.delay_seconds }}'): Node => ({
  id,
  type: 'delay',
  config: { delay_seconds: seconds },
})
const end = (output: unknown): Node => ({ id: 'end', type: 'end', config: { output } })

const chain = (...nodes: Node[]): Graph => ({
  nodes,
  edges: nodes.slice(1).map((node, index) => ({ from: nodes[index]?.id, to: node.id })),
})

/** Asks the server for the value of an expression. */
const call = (url: string, id: string, expression: string): Node => ({
  id,
  type: 'http-request',
  config: { method: 'GET', url, query: { value: `{{ ${expression} }}`, delay: '{{ inputs.call_ms }}' } },
  ...PATIENT,
})

const SPECS: Readonly<Record<MixedKind, KindSpec>> = {
  delay: {
    graph: () => chain(delay('first'), value('more', 'inputs.number + 1'), delay('second'), end('{{ outputs.more + 1 }}')),
    output: (number) => number + 2,
    calls: [],
  },
  'http-retries': {
    graph: (url) =>
      chain(
        call(url, 'first', 'inputs.number'),
        call(url, 'second', 'input.body.value + 1'),
        call(url, 'third', 'input.body.value + 1'),
        end('{{ input.body.value }}'),
      ),
    output: (number) => number + 2,
    calls: ['first', 'second', 'third'],
  },
  joins: { graph: joins, output: (number) => 3 * number + 3, calls: ['call'] },
  'for-each': {
    graph: (url) =>
      chain(
        {
          id: 'each',
          type: 'for-each',
          config: {
            items: 'inputs.items',
            concurrency: 2,
            body: chain(call(url, 'call', 'item'), value('twice', 'input.body.value * 2')),
          },
        },
        end('{{ input }}'),
      ),
    output: (number) => itemsFrom(number).map((item) => item * 2),
    calls: Array.from({ length: ITEMS }, (_, index) => `each[${index}].call`),
  },
  loop: {
    graph: () =>
      chain(
        {
          id: 'turns',
          type: 'loop',
          config: {
            while: `iteration < ${TURNS}`,
            initial: '{{ inputs.number }}',
            body: chain(delay('rest', '{{ inputs.delay_seconds / 4 }}'), value('next', 'state + 1')),
          },
        },
        end('{{ input }}'),
      ),
    output: (number) => number + TURNS,
    calls: [],
  },
  // Two waits for one event, one after the other: a signal that counts twice ends the second wait with the first payload.
  'wait-for-event': {
    graph: () =>
      chain(
        delay('before', '{{ inputs.delay_seconds / 4 }}'),
        { id: 'first', type: 'wait-for-event', config: { event: SIGNAL_NAME } },
        { id: 'second', type: 'wait-for-event', config: { event: SIGNAL_NAME } },
        end(['{{ outputs.first.n }}', '{{ outputs.second.n }}']),
      ),
    output: (number) => [number, number + 1],
    calls: [],
    signals: (number) => [number, number + 1],
  },
}

/** `all` over three kinds of branches, then `any` against one that would take an hour and must be cancelled. */
function joins(url: string): Graph {
  const edge = (from: string, to: string) => ({ from, to })
  return {
    nodes: [
      call(url, 'call', 'inputs.number'),
      value('called', 'input.body.value'),
      delay('later'),
      value('delayed', 'inputs.number + 1'),
      value('now', 'inputs.number + 2'),
      { id: 'sum', type: 'operation', config: { op: 'add' } },
      { id: 'never', type: 'delay', config: { delay_seconds: 3600 } },
      { ...end('{{ outputs.sum }}'), join: 'any', cancel_rest: true },
    ],
    edges: [
      edge('call', 'called'),
      edge('later', 'delayed'),
      ...['called', 'delayed', 'now'].map((source) => edge(source, 'sum')),
      ...['sum', 'never'].map((source) => edge(source, 'end')),
    ],
  }
}

const itemsFrom = (number: number): number[] => Array.from({ length: ITEMS }, (_, index) => number + index)

/** The event that `wait-for-event` executions wait for. */
export const SIGNAL_NAME = 'tick'

export interface MixedExecution {
  readonly kind: MixedKind
  readonly number: number
  readonly inputs: object
  /** What must come out. */
  readonly output: unknown
  readonly calls: readonly string[]
  readonly signals: readonly { readonly payload: object; readonly afterMs: number }[]
}

export const workflowIdOf = (kind: MixedKind): string => `kill-${kind}`

export const mixedWorkflow = (kind: MixedKind, url: string) => ({ workflow_id: workflowIdOf(kind), ...SPECS[kind].graph(url) })

export function mixedExecution(seed: number, kinds: readonly MixedKind[], number: number): MixedExecution {
  const kind = kinds[number % kinds.length]
  if (kind === undefined) throw new Error('no kinds to choose from')
  const { output, calls, signals } = SPECS[kind]
  const draw = (name: string, min: number, max: number) => min + drawFrom(seed, number, name) * (max - min)
  const inputs = {
    number,
    items: itemsFrom(number),
    delay_seconds: draw('delay', MIN_DELAY_SECONDS, MAX_DELAY_SECONDS),
    call_ms: Math.round(draw('call', 0, MAX_CALL_MS)),
  }
  const paced = (n: number, index: number) => ({ payload: { n }, afterMs: draw(`signal ${index}`, 0, MAX_DELAY_SECONDS * 1000) })
  return { kind, number, inputs, output: output(number), calls, signals: (signals?.(number) ?? []).map(paced) }
}
