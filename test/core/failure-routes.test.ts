// Which way a failure goes: over an error edge that is taken, on with null, or up.
import { describe, expect, it } from 'vitest'
import type { JsonObject } from '../../src/core/json.ts'
import { graph, TestRun } from '../support/run.ts'

const failing = (more: JsonObject, edges: readonly (string | JsonObject)[]) =>
  new TestRun(
    graph(
      [
        { id: 'start', type: 'start' },
        { id: 'work', type: 'operation', config: { op: 'divide' }, ...more },
        { id: 'caught', type: 'value', config: { value: '{{ error.code }}' } },
        { id: 'after', type: 'value', config: { value: 'went on' } },
      ],
      ['start>work', 'work>after', ...edges],
    ),
  )

const errorEdge = (when: string): JsonObject => ({ from: 'work', to: 'caught', port: 'error', when })

describe('a failure', () => {
  it('is caught by an error edge whose condition holds, with the error in its scope', () => {
    const run = failing({}, [errorEdge("error.code == 'INPUT_INVALID' && input.attempts == 1.0")])
    expect(run.state.phase).toMatchObject({ status: 'completed', output: 'INPUT_INVALID' })
    expect(run.statuses()).toMatchObject({ work: 'failed', caught: 'completed', after: 'skipped' })
  })

  it('is not caught by one whose condition does not hold: the execution fails', () => {
    const run = failing({}, [errorEdge("error.code == 'HTTP_STATUS'")])
    expect(run.state.phase).toMatchObject({ status: 'failed', node: 'work', error: { code: 'INPUT_INVALID' } })
    expect(run.statuses()).toMatchObject({ caught: 'skipped', after: 'skipped' })
  })

  it('that no error edge catches goes on with null where the node says so', () => {
    const run = failing({ on_error: 'continue' }, [errorEdge("error.code == 'HTTP_STATUS'")])
    expect(run.state.phase).toMatchObject({ status: 'completed', output: 'went on' })
    expect(run.state.errors).toMatchObject([{ node: 'work' }])
  })

  it('is caught where one of several error edges is taken', () => {
    const run = failing({}, [errorEdge("error.code == 'HTTP_STATUS'"), errorEdge("error.code == 'INPUT_INVALID'")])
    expect(run.state.phase).toMatchObject({ status: 'completed', output: 'INPUT_INVALID' })
  })

  it('becomes that of the condition where this cannot be told', () => {
    const run = failing({ on_error: 'continue' }, [errorEdge('error.nothing == 1')])
    expect(run.state.phase).toMatchObject({ status: 'failed', error: { code: 'EXPRESSION_ERROR' } })
  })
})
