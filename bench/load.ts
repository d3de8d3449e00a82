// `npm run bench:load`: how long an execution with 10,000 events in its journal takes to load, from its snapshot and, for comparison,
// from the events alone, and how much memory its state holds. The storage is a map: what is measured is ours, not SQLite's.
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import type { Command } from '../src/core/command.ts'
import { decide } from '../src/core/decide.ts'
import type { WorkflowDefinition } from '../src/core/definition.ts'
import type { JsonObject } from '../src/core/json.ts'
import { readDefinition } from '../src/core/read-definition.ts'
import type { ExecutionState } from '../src/core/state.ts'
import { Journal, type JournalStorage } from '../src/execution/journal.ts'
import { nodeTypes } from '../src/nodes/registry.ts'

const EVENTS = 10_000
const LOADS = 20
const START = Date.parse('2026-01-01T00:00:00Z')

setFlagsFromString('--expose-gc')
const collectGarbage: () => void = runInNewContext('gc')

/** Rows in the order of their keys, as the object's storage gives them. */
class MapStorage implements JournalStorage {
  readonly rows = new Map<string, unknown>()
  readonly kv: JournalStorage['kv'] = {
    // What was put under a key is what its reader expects there, as in the real one.
    get: <T>(key: string) => this.rows.get(key) as T | undefined,
    put: (key, value) => void this.rows.set(key, value),
    delete: (key) => this.rows.delete(key),
    list: <T>({ prefix = '', start = '', end, reverse = false, limit }: SyncKvListOptions = {}) => {
      const keys = [...this.rows.keys()].filter(
        (key) => key.startsWith(prefix) && key >= start && (end === undefined || key < end),
      )
      keys.sort()
      if (reverse) keys.reverse()
      return keys.slice(0, limit).map((key) => [key, this.rows.get(key) as T] as [string, T])
    },
  }
  transactionSync<T>(write: () => T): T {
    return write()
  }
}

function definitionOf(value: JsonObject): WorkflowDefinition {
  const { definition } = readDefinition(value, nodeTypes)
  if (definition === null) throw new Error('not a workflow')
  return definition
}

const inARow = (count: number, more: JsonObject = {}): JsonObject => ({
  nodes: Array.from({ length: count }, (_, n) => ({
    id: `n${n}`,
    type: 'http-request',
    config: { url: 'http://127.0.0.1/' },
    ...more,
  })),
  edges: Array.from({ length: count - 1 }, (_, n) => ({ from: `n${n}`, to: `n${n + 1}` })),
})

/** 60 nodes in a row, each tried again and again: an entry for each event. */
const retries = definitionOf(
  inARow(60, {
    on_error: 'continue',
    retry: { strategy: 'fixed', initial_delay_ms: 1000, max_attempts: 100, jitter: 'none' },
  }),
)

/** 1,000 items with five calls each, one after the other: their results are in the state. */
const items = definitionOf({
  nodes: [{ id: 'each', type: 'for-each', config: { items: 'inputs.items', concurrency: 1, body: inARow(5) } }],
  edges: [],
})

interface Kind {
  readonly name: string
  readonly definition: WorkflowDefinition
  readonly inputs: JsonObject
  /** How an attempt ends. */
  readonly result: Extract<Command, { readonly type: 'settle' }>['result']
}

const KINDS: readonly Kind[] = [
  {
    name: 'retries',
    definition: retries,
    inputs: {},
    result: { kind: 'failed', error: { code: 'NETWORK_ERROR', message: 'no answer', retryable: true } },
  },
  {
    name: 'for-each',
    definition: items,
    inputs: { items: Array.from({ length: 1_000 }, (_, n) => n) },
    result: { kind: 'completed', output: { status: 200, body: { name: 'somebody', tags: ['a', 'b'] } } },
  },
]

/** A journal of so many events on a storage, written as an object writes it, of an execution that is still open. */
function writeJournal({ definition, inputs, result }: Kind, storage: MapStorage): number {
  const journal = new Journal(storage, nodeTypes)
  let state: ExecutionState | null = journal.load()
  let now = START
  const send = (command: Command) => {
    const { effects, events, state: after } = decide(state, command, now, nodeTypes)
    if (after === null || events.length === 0) throw new Error(`${command.type} did nothing`)
    journal.append({ format: 1, firstSeq: (state?.seq ?? 0) + 1, at: now, events }, after)
    state = after
    return { seq: after.seq, run: effects.find((effect) => effect.type === 'node.run') }
  }
  let { seq, run } = send({ type: 'start', identity: IDENTITY, definition, inputs })
  while (seq < EVENTS) {
    const sent =
      run === undefined
        ? send({ type: 'wake' })
        : send({ type: 'settle', epoch: 1, node: run.node, attempt: run.attempt, result })
    seq = sent.seq
    run = sent.run
    now += 1_000
  }
  return seq
}

const IDENTITY: Extract<Command, { readonly type: 'start' }>['identity'] = {
  executionId: '0123456789abcdef',
  workflowId: null,
  workflowVersion: null,
  configHash: '',
  communityId: 'default',
  traceId: '',
  parentExecutionId: null,
  correlationId: null,
  sessionId: null,
  triggerType: 'bench',
  triggeredBy: 'bench',
  priority: 'normal',
  metadata: {},
  captureIo: false,
  idempotency: null,
}

interface Loading {
  readonly medianMs: number
  readonly slowestMs: number
  readonly heapMb: number
}

function measureLoading(storage: MapStorage): Loading {
  const times = Array.from({ length: LOADS }, () => {
    const before = performance.now()
    new Journal(storage, nodeTypes).load()
    return performance.now() - before
  }).sort((a, b) => a - b)
  collectGarbage()
  const before = process.memoryUsage().heapUsed
  const state = new Journal(storage, nodeTypes).load()
  collectGarbage()
  const heapMb = (process.memoryUsage().heapUsed - before) / 1024 / 1024
  // Looked at last, so that it is still there when the heap is measured.
  if (state?.phase.status !== 'open') throw new Error('no open execution was loaded')
  return { medianMs: times[LOADS / 2] ?? 0, slowestMs: times.at(-1) ?? 0, heapMb }
}

for (const kind of KINDS) {
  const storage = new MapStorage()
  const events = writeJournal(kind, storage)
  const snapshot = measureLoading(storage)
  for (const key of [...storage.rows.keys()]) if (key.startsWith('s/')) storage.rows.delete(key)
  const whole = measureLoading(storage)
  const show = ({ medianMs, slowestMs, heapMb }: Loading) =>
    `${medianMs.toFixed(1)} ms (slowest of ${LOADS}: ${slowestMs.toFixed(1)} ms), ${heapMb.toFixed(1)} MB`
  console.log(`${kind.name}: ${events} events\n  from the snapshot   ${show(snapshot)}\n  from the events     ${show(whole)}`)
}
