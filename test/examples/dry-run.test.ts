// Every example runs dry to its end, and pure ones give what they really give.
import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import type { JsonObject } from '../../src/core/json.ts'
import { testDry } from '../support/dry-run.ts'
import { TestRun } from '../support/run.ts'

const FOLDER = path.join(import.meta.dirname, '../../examples')

interface Example {
  readonly workflow: JsonObject
  readonly variables: JsonObject
}

const files = (folder: string) => readdirSync(path.join(FOLDER, folder)).filter((file) => file.endsWith('.json'))
const read = (file: string): Example => JSON.parse(readFileSync(path.join(FOLDER, file), 'utf8'))

/** What the stored workflows of the patterns are called; any will do. */
const anything = { nodes: [{ id: 'only', type: 'value', config: { value: 'from a child' } }], edges: [] }
const stored = new Proxy<Record<string, JsonObject>>({}, { get: () => anything })

describe.each([...files('').map((file) => file), ...files('patterns').map((file) => `patterns/${file}`)])('%s', (file) => {
  it('runs dry to an end', async () => {
    const { workflow, variables } = read(file)
    const view = await testDry(workflow, { inputs: variables, stored })
    const really = new TestRun(workflow, variables, { links: { origin: 'http://127.0.0.1:8787', key: 'k' } })
    expect(['completed', 'failed']).toContain(view.status)
    // One that asked nobody has come to its end at once.
    if (really.state.phase.status === 'open') return
    expect(view).toMatchObject({ status: really.state.phase.status, final_variables: really.state.variables })
    if (really.state.phase.status === 'completed') expect(view.final_output).toEqual(really.state.phase.output)
  })
})

describe('examples run dry', () => {
  const dry = ({ workflow, variables }: Example, given = {}) => testDry(workflow, { inputs: variables, ...given })

  it('code is really run', async () => {
    const view = await dry(read('code.json'))
    expect(view).toMatchObject({ final_output: '3 items, 10.3 EUR', summary: { passed: true, nodes_simulated: 0 } })
    expect(view.node('prices').logs).toContain('line 3 is no price: see the board')
  })

  it('an approval is answered by a mock, and else by nobody', async () => {
    const example = read('approval.json')
    const approved = await dry(example, { mocks: { decide: { decision: 'approved', by: 'Bob' } } })
    expect(approved.final_output).toBe('Bob approved: Babbage & Co gets 1200')
    expect(approved.node('decide')).toMatchObject({ simulated_by: 'mock', ports: ['approved'], duration_seconds: 0 })
    const forgotten = await dry(example)
    expect(forgotten).toMatchObject({ final_output: 'Nobody decided within 600 s', execution_time_seconds: 600 })
    expect(forgotten.node('decide')).toMatchObject({ simulated_by: 'timeout', hint: expect.stringContaining('node decide') })
  })

  it('polling ends when a mock of one round says so', async () => {
    const done = { status: 200, headers: {}, body: { completed: true } }
    const open = { status: 200, headers: {}, body: { completed: false } }
    const view = await dry(read('poll-until-done.json'), { mocks: { 'job.ask': open, 'job[3].ask': done } })
    expect(view.final_output).toBe('Done after 4 looks')
  })

  it('calls that fail take their retries and their error edge', async () => {
    const failing = { fetch_user: { code: 'HTTP_STATUS', status: 503 } }
    const view = await dry(read('http-with-retries.json'), { errors: failing })
    expect(view).toMatchObject({ status: 'completed', final_output: 'Hello, somebody' })
    expect(view.node('fetch_user')).toMatchObject({ status: 'failed', error_type: 'HTTP_STATUS', attempts: expect.any(Number) })
    expect(Number(view.node('fetch_user').attempts)).toBeGreaterThan(1)
    expect(view.summary.passed).toBe(false)
  })

  it('what a model answers is made up from its schema', async () => {
    const view = await dry(read('ai-summary.json'))
    expect(view.status).toBe('completed')
    expect(view.node('read')).toMatchObject({ simulated: true, simulated_by: 'synthetic' })
  })
})
