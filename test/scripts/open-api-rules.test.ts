// The reference under the rules of a linter that others wrote: it is OpenAPI 3.1, and says what its readers' tools ask for.
import { createConfig, lintFromString } from '@redocly/openapi-core'
import { expect, it } from 'vitest'
import { createApp } from '../../src/http/app.ts'
import type { AppDeps } from '../../src/http/deps.ts'
import { nodeTypes } from '../../src/nodes/registry.ts'

/** The document needs no store: it is made of what routes declare. */
const deps = {
  nodeTypes,
  settings: { ID_SECRET: 'test-id-secret' },
  randomId: () => '9d41c0a7f2e86b35',
  clock: () => 0,
  writeAudit: () => {},
  workflows: {},
  history: {},
  deadLetters: {},
  payloads: {},
  secrets: {},
  apiKeys: {},
  grants: {},
  auditLog: {},
} as unknown as AppDeps

/** What the rules ask for and the API does not have: nobody is refused `/health`, and what opens a WebSocket is answered with 101. */
const EXPECTED = [
  'operation-4xx-response #/paths/~1health/get/responses',
  'operation-2xx-response #/paths/~1api~1v1~1executions~1{id}~1logs~1stream/get/responses',
]

it('a linter finds nothing to say about the reference', { timeout: 30_000 }, async () => {
  const source = await (await createApp(deps).request('http://millrace/openapi.json')).text()
  const config = await createConfig({ extends: ['recommended'] })
  const problems = await lintFromString({ source, absoluteRef: 'openapi.json', config })
  const unexpected = problems.filter(({ ruleId, location }) => !EXPECTED.includes(`${ruleId} ${location[0]?.pointer}`))
  expect(unexpected.map(({ ruleId, message, location }) => `${ruleId}: ${message} ${location[0]?.pointer}`)).toEqual([])
  expect(problems).toHaveLength(EXPECTED.length)
})
