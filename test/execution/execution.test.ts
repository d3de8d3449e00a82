// The Execution object inside workerd.
import { describe, expect, it } from 'vitest'
import { graph } from '../support/run.ts'
import { alarmOf, newId, startExecution, storedKeys, view } from '../support/execution.ts'

const sum = graph(
  [
    { id: '1', config: { value: 10 } },
    { id: '2', config: { value: 5 } },
    { id: '3', config: { op: 'add' } },
  ],
  ['1>3', '2>3'],
)

describe('start', () => {
  it('runs a pure workflow in one row and answers with its view where asked to wait', async () => {
    const id = newId()
    const answer = await startExecution(id, sum, { wait: true })
    expect(answer).toMatchObject({ kind: 'started', view: { status: 'completed', final_output: 15, node_results: { 1: 10, 2: 5, 3: 15 } } })
    expect(await storedKeys(id)).toEqual(['j/0000000001/000'])
    expect(await alarmOf(id)).not.toBeNull()
    expect(await view(id)).toMatchObject({ status: 'completed', final_output: 15 })
  })
})
