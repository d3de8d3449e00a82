// The workflow of docs/dry-run.md does what that page says.
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { expect, it } from 'vitest'
import type { JsonObject } from '../../src/core/json.ts'
import { testDry } from '../support/dry-run.ts'

const page = readFileSync(path.join(import.meta.dirname, '../../docs/dry-run.md'), 'utf8')
const [shown = '', said = ''] = [...page.matchAll(/```json\n(.+?)```/gs)].map(([, text]) => text)
const [sent = ''] = [...page.matchAll(/-d '(.+?)'/gs)].map(([, text]) => text)
const definition: JsonObject = JSON.parse(shown)
const { variables, mocks } = JSON.parse(sent)

it('the command of the page ends as it should', async () => {
  const view = await testDry(definition, { inputs: variables, mocks })
  expect(view).toMatchObject({ final_output: 'bought by Ada', execution_time_seconds: 0, unused_mocks: [] })
  expect(view.node('fetch').config).toMatchObject({ url: 'https://prices.example.com/book' })
})

it('nobody answers an approval without a mock', async () => {
  const view = await testDry(definition, { inputs: variables, mocks: { fetch: mocks.fetch } })
  expect(view).toMatchObject({ final_output: 'nobody was there', execution_time_seconds: 86_400 })
})

it('two failures are two retries', async () => {
  const { mocks: answers, mock_errors: errors } = JSON.parse(said)
  const view = await testDry(definition, { inputs: variables, mocks: answers, errors })
  expect(view.node('fetch')).toMatchObject({ status: 'completed', attempts: 3, duration_seconds: 120 })
})

it('without any the condition misses a price, and says what to do', async () => {
  const view = await testDry(definition, { inputs: variables })
  expect(view.error_message).toContain('the output of node fetch is synthetic here: give node fetch a pin or a mock')
})
