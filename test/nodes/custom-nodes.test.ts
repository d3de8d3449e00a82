// The node types of docs/custom-nodes.md, in a registry with a line for each: validated, run, and held to the contracts of all others.
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { NodeType, NodeTypes } from '../../src/core/node-type.ts'
import { validateDefinition } from '../../src/core/validate-definition.ts'
import { attemptTask } from '../../src/execution/attempt-task.ts'
import { viewExecution } from '../../src/history/execution-view.ts'
import { listNodeTypes } from '../../src/nodes/node-type-list.ts'
import { nodeTypes } from '../../src/nodes/registry.ts'
import { createGuardedFetch } from '../../src/runner/guarded-fetch.ts'
import { performAttempt } from '../../src/runner/perform-attempt.ts'
import { attemptDeps } from '../support/attempt-deps.ts'
import { slug } from '../support/custom-nodes/slug.ts'
import { sms } from '../support/custom-nodes/sms.ts'
import { CREDENTIAL, type HandedOffContract } from '../support/handed-off-contracts.ts'
import { describeHandedOff } from '../support/handed-off-suite.ts'
import { type Answer, type MisbehavingServer, startMisbehavingServer } from '../support/misbehaving-server.ts'
import { describeNodeTypes } from '../support/node-type-suite.ts'
import { TestRun, workflow } from '../support/run.ts'

const all: readonly NodeType[] = [...nodeTypes.all, slug, sms]
const registry: NodeTypes = {
  get: (name) => nodeTypes.get(name) ?? all.find(({ type }) => type === name),
  all,
  notSupported: nodeTypes.notSupported,
}

const answers: Readonly<Record<string, Answer>> = {
  '/messages': (_, response) => response.writeHead(200, { 'content-type': 'application/json' }).end('{"id":"m-1","price":0.07}'),
}

const message = (url: string) => ({ config: { url, api_key: CREDENTIAL, to: '+49 30 1234', text: 'Hi' } })
const at = (place: string) => (server: MisbehavingServer) => message(server.url(place))

const contract: HandedOffContract = {
  completes: at('/messages'),
  hangs: at('/never'),
  letsGo: true,
  isBusy: at('/status?status=429&retry-after=7'),
  breaks: at('/hangs-up'),
  isRefused: at('/status?status=404'),
  isPrivate: () => message('http://169.254.169.254/'),
  repeats: at('/echo'),
  isTraced: true,
  tells: ['host', 'status', 'latency_ms', 'bytes_in', 'bytes_out', 'cost_usd'],
}

describe('the document', () => {
  const page = readFileSync(path.join(import.meta.dirname, '../../docs/custom-nodes.md'), 'utf8')
  const blocks = [...page.matchAll(/^```ts\n(.*?)^```/gms)].map(([, code = '']) => code)

  it.each([
    ['slug.ts', 0],
    ['sms.ts', 1],
  ])('shows %s as it is tested here', (name, index) => {
    const file = readFileSync(path.join(import.meta.dirname, '../support/custom-nodes', name), 'utf8')
    expect(file.replaceAll("'../../../src/nodes/", "'./").replaceAll("'../../../src/core/", "'../core/")).toBe(blocks[index])
  })

  it('shows the line of the registry where there is a list for it', () => {
    const source = readFileSync(path.join(import.meta.dirname, '../../src/nodes/registry.ts'), 'utf8')
    expect(source).toContain(/^const all.*$/m.exec(blocks[2] ?? '')?.[0])
  })
})

describeNodeTypes([slug, sms], registry)
describeHandedOff([sms], { sms: contract }, registry, answers)

describe('in a workflow', () => {
  let server: MisbehavingServer
  let refusals = 0

  beforeAll(async () => {
    server = await startMisbehavingServer({
      '/messages': (request, response, query) => {
        refusals += 1
        if (refusals === 1) response.writeHead(503).end()
        else answers['/messages']?.(request, response, query)
      },
    })
  })
  afterAll(() => server.close())

  const definition = (url: string) => ({
    nodes: [
      { id: 'name', type: 'slug', config: { text: '{{ inputs.title }}' } },
      { id: 'tell', type: 'sms', config: { url, api_key: '{{ secrets.sms_key }}', to: '030', text: 'See /{{ outputs.name }}' } },
    ],
    edges: [{ from: 'name', to: 'tell' }],
  })

  const perform = (run: TestRun) =>
    performAttempt(
      attemptTask(run.state, 'tell'),
      attemptDeps({
        nodeTypes: registry,
        fetch: createGuardedFetch({ fetch, allowances: { privateNetwork: false, hosts: new Set([server.host]) } }),
        secrets: async () => new Map([['sms_key', CREDENTIAL]]),
      }),
    )

  it('are validated, every problem at its place', () => {
    const wrong = workflow({ nodes: [{ id: 'v', config: { value: 1 } }], edges: [] })
    const nodes = [
      { id: 'name', type: 'slug', config: { text: '{{ secrets.sms_key }}' } },
      { id: 'tell', type: 'sms', config: { url: 1 } },
    ]
    const issues = validateDefinition({ ...wrong, nodes, edges: [{ from: 'name', to: 'tell', port: 'in' }] }, registry)
    expect(issues.map(({ code, path: place }) => `${code} ${place}`)).toEqual(
      expect.arrayContaining(['BAD_SECRET nodes[0].config.text', 'BAD_CONFIG nodes[1].config.url', 'UNKNOWN_PORT edges[0].port']),
    )
  })

  it('run: the key is the same for both attempts, the secret is seen by the provider alone', async () => {
    const run = new TestRun(definition(server.url('/messages')), { title: 'Crème brûlée!' }, {}, {}, registry)
    run.settle('tell', await perform(run))
    run.wakeAfter(3_600_000)
    run.settle('tell', await perform(run), 2)
    const view = viewExecution(run.state, run.journal, { now: run.now, includeLogs: true, includeMetrics: false })
    expect(view).toMatchObject({
      status: 'completed',
      final_output: { id: 'm-1' },
      node_states: {
        name: { output_data: { out: { data: 'creme-brulee' } } },
        tell: { attempt: 2, metadata: { cost_usd: 0.07 } },
      },
    })
    const keys = server.requests.map(({ headers }) => headers['idempotency-key'])
    expect(keys).toEqual([`${run.state.identity.executionId}.tell.1`, `${run.state.identity.executionId}.tell.1`])
    expect(server.requests.map(({ headers }) => headers.authorization)).toEqual([`Bearer ${CREDENTIAL}`, `Bearer ${CREDENTIAL}`])
    expect(JSON.stringify([view, run.journal])).not.toContain(CREDENTIAL)
  })

  it('fail as others do', () => {
    const run = new TestRun(definition('https://sms.example.com/'), { title: '!' }, {}, {}, registry)
    expect(run.state.phase).toMatchObject({ status: 'failed', error: { code: 'INPUT_INVALID' } })
  })

  it('are listed with their schemas', () => {
    expect(listNodeTypes(registry)).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ type: 'slug', kind: 'inline' }),
        expect.objectContaining({ type: 'sms', kind: 'handed_off', config_schema: expect.objectContaining({ type: 'object' }) }),
      ]),
    )
  })
})
