// Workflows with an HTTP call, and executions whose call is under way.
import type { JsonObject } from '../../src/core/json.ts'
import { newId, startExecution } from './execution.ts'
import { Outside } from './outside.ts'
import { graph } from './run.ts'
import { RunnerAnswers } from './runner-answers.ts'

export const http = (id: string, more: JsonObject = {}): JsonObject & { readonly id: string } => ({
  id,
  type: 'http',
  config: { url: `http://127.0.0.1/${id}` },
  ...more,
})

/** Calls `a`, then ends with `end`. */
export const call = graph([http('a'), { id: 'z', config: { value: 'end' } }], ['a>z'])

/** Waits an hour, then ends with `end`. */
export const pause = graph(
  [
    { id: 'pause', type: 'delay', config: { delay_seconds: 3600 } },
    { id: 'z', config: { value: 'end' } },
  ],
  ['pause>z'],
)

/** The id of an execution whose first call has been answered with "running" and comes to no end by itself. */
export async function underWay(definition: JsonObject = call): Promise<string> {
  new Outside()
  const runners = new RunnerAnswers()
  const id = newId()
  await startExecution(id, definition)
  await runners.answer(0)
  return id
}

export const range = (from: number, to: number): number[] => Array.from({ length: to - from + 1 }, (_, index) => from + index)

/** The id of an ended execution with so many events: two at its begin, one of each node, one at its end. */
export async function ended(events: number): Promise<string> {
  const id = newId()
  const nodes = range(1, events - 3).map((index) => ({ id: `n${index}`, config: { value: 1 } }))
  await startExecution(id, graph(nodes, []), { wait: true })
  return id
}
