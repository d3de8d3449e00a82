// Views of executions with large values, and with very many.
import { createHash } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import type { ExecutionEvent } from '../../src/core/event.ts'
import type { Json, JsonObject } from '../../src/core/json.ts'
import { MAX_CAPTURED_IO_BYTES } from '../../src/core/limits.ts'
import { findPayload, viewExecution } from '../../src/history/execution-view.ts'
import { MAX_LOG_LINES_BYTES } from '../../src/history/log-lines.ts'
import { MAX_SHOWN_VALUE_BYTES } from '../../src/history/shown-values.ts'
import { at, created, fold, journal, refused, started } from './journal.ts'

const MAX_VIEW_BYTES = 4 * 1024 * 1024
const bare = { now: at(10), includeLogs: false, includeMetrics: false }
/** JSON text of exactly so many bytes. */
const text = (bytes: number): string => 'x'.repeat(bytes - 2)
const large = text(MAX_SHOWN_VALUE_BYTES + 1)
const reference = (value: Json) => {
  const hash = createHash('sha256').update(JSON.stringify(value)).digest('hex')
  return { $payload: `/api/v1/executions/00000000000000aa/payloads/${hash}`, size: JSON.stringify(value).length }
}
const sizeOf = (view: object) => JSON.stringify(view).length

function stateOf(output: Json, inputs: JsonObject = {}) {
  const birth = created({ nodes: { a: 'value', b: 'value' }, edges: ['a>b'] }, {}, inputs)
  const ends: ExecutionEvent[] = [
    { type: 'node.completed', node: 'a', output },
    { type: 'node.completed', node: 'b', output: 1 },
    { type: 'execution.completed', output },
  ]
  return fold(journal([birth, started, ...ends]))
}

describe('a large value', () => {
  it('is shown up to 64 KiB of JSON text', () => {
    const fits = text(MAX_SHOWN_VALUE_BYTES)
    expect(viewExecution(stateOf(fits), null, bare)).toMatchObject({ final_output: fits, node_results: { a: fits } })
  })

  it('is a reference above, wherever it stands', () => {
    const view = viewExecution(stateOf(large, { big: large, small: 1 }), null, bare)
    const shown = reference(large)
    expect(view).toMatchObject({ final_output: shown, node_results: { a: shown, b: 1 } })
    expect(view.variables).toEqual({ big: shown, small: 1 })
    expect(view.final_variables).toEqual({ big: shown, small: 1 })
    expect(view.node_states.a?.input_data).toEqual({ big: shown, small: 1 })
    expect(view.node_states.a?.output_data.out?.data).toEqual(shown)
    expect(view.node_states.b?.input_data).toEqual({ a: shown })
  })

  it('is found by its hash', () => {
    const hashOf = (value: Json) => reference(value).$payload.split('/').at(-1) ?? ''
    const state = stateOf(large, { big: `${large}!` })
    expect(findPayload(state, hashOf(large))).toEqual({ value: large })
    expect(findPayload(state, hashOf(`${large}!`))).toEqual({ value: `${large}!` })
    expect(findPayload(state, hashOf('another'))).toBeNull()
  })
})

describe('many values', () => {
  const ids = Array.from({ length: 2_000 }, (_, index) => `n${index}`)
  const wide = created({ nodes: Object.fromEntries(ids.map((id) => [id, 'value'])), edges: [] })

  it('stay below 4 MiB together, and each can be had', () => {
    const outputs = ids.map((id) => `${id} ${'x'.repeat(10_000)}`)
    const ends = ids.map((node, index): ExecutionEvent => ({ type: 'node.completed', node, output: outputs[index] ?? null }))
    const entries = journal([wide, started, ...ends])
    const state = fold(entries)
    const view = viewExecution(state, entries, { ...bare, includeLogs: true })
    expect(sizeOf(view)).toBeLessThan(MAX_VIEW_BYTES)
    expect(view.node_results.n7).toEqual(reference(outputs[7] ?? null))
    expect(
      findPayload(
        state,
        reference(outputs[7] ?? null)
          .$payload.split('/')
          .at(-1) ?? '',
      ),
    ).toEqual({ value: outputs[7] })
  })

  it('of 500 bytes each do too', () => {
    const ends = ids.map((node): ExecutionEvent => ({ type: 'node.completed', node, output: `${node} ${'x'.repeat(900)}` }))
    expect(sizeOf(viewExecution(fold(journal([wide, started, ...ends])), null, bare))).toBeLessThan(MAX_VIEW_BYTES)
  })

  it('among the inputs stand as one where they are too large together', () => {
    const inputs = Object.fromEntries(ids.map((id) => [id, 'x'.repeat(400)]))
    const roots = created({ nodes: Object.fromEntries(ids.map((id) => [id, 'value'])), edges: [] }, {}, inputs)
    const ends = ids.map((node): ExecutionEvent => ({ type: 'node.completed', node, output: 1 }))
    const state = fold(journal([roots, started, ...ends]))
    const view = viewExecution(state, null, bare)
    expect(view.variables).toEqual(reference(inputs))
    expect(view.node_states.n7?.input_data).toEqual(reference(inputs))
    expect(findPayload(state, reference(inputs).$payload.split('/').at(-1) ?? '')).toEqual({ value: inputs })
    expect(sizeOf(view)).toBeLessThan(MAX_VIEW_BYTES)
  })
})

describe('long texts', () => {
  const error = { ...refused, message: 'é'.repeat(100_000) }
  const fails: ExecutionEvent = { type: 'node.failed', node: 'a', error, attempts: 1, route: 'execution' }
  const entries = journal([
    created({ nodes: { a: 'value' }, edges: [] }),
    started,
    fails,
    { type: 'execution.failed', error, node: 'a' },
  ])

  it('are cut at 10 KiB where they are shown', () => {
    const view = viewExecution(fold(entries), entries, { ...bare, includeLogs: true })
    const texts = [view.error_message, view.errors[0]?.error, view.node_states.a?.error, view.node_states.a?.logs[0]]
    const bytes = [...texts, view.logs?.at(-1)?.message].map((shown) => new TextEncoder().encode(shown ?? '').length)
    for (const count of bytes) expect(count).toBeLessThanOrEqual(MAX_CAPTURED_IO_BYTES)
    for (const count of bytes) expect(count).toBeGreaterThan(MAX_CAPTURED_IO_BYTES - 4)
  })

  it('leave the end of a log that is longer than a view may be', () => {
    const retries = Array.from({ length: 100 }, (_, index): ExecutionEvent[] => [
      { type: 'node.retry_scheduled', node: 'a', attempt: index + 1, error, resumeAt: at(9) },
    ])
    const { logs } = viewExecution(fold(entries), [...entries, ...journal(...retries)], { ...bare, includeLogs: true })
    expect(logs?.at(-1)?.message).toContain('attempt 100')
    expect(new TextEncoder().encode(JSON.stringify(logs)).length).toBeLessThanOrEqual(MAX_LOG_LINES_BYTES + 200)
    expect(logs?.length).toBeGreaterThan(40)
  })
})
