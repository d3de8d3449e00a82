// Every operation of the reference, with an answer that it wants to give and one that it does not: status, headers and body are as the
// generated document declares them. A new operation fails here until it has its two rows.
import { env } from 'cloudflare:workers'
import { describe, expect, inject, it } from 'vitest'
import { createExecutionHistory } from '../../src/history/execution-history.ts'
import type { App } from '../../src/http/deps.ts'
import { ADMIN_KEY, apiOf, testApp } from '../support/api.ts'
import { executionRecord } from '../support/execution-record.ts'
import { scriptModel } from '../support/model-script.ts'
import { type Operation, referenceIssues, referenceOf } from '../support/reference.ts'
import { worldOf } from '../support/world.ts'

interface Row {
  readonly status: number
  /** What stands in the path. */
  readonly params?: Readonly<Record<string, string>>
  readonly query?: string
  readonly body?: unknown
  readonly headers?: Readonly<Record<string, string>>
  /** Of another deployment. */
  readonly app?: App
}

const app = testApp()
const world = worldOf(app)
const reference = await referenceOf(app)
const definition = { nodes: [{ id: 'a', type: 'value', config: { value: 1 } }], edges: [] }
const wrong = { nodes: [{ id: 'a', type: 'nonsense' }], edges: [] }
const upgrade = { Upgrade: 'websocket' }

/** A deployment whose model answers with a workflow. */
async function generatingApp(): Promise<App> {
  const answer = JSON.stringify({ workflow: definition, explanation: 'It gives 1.' })
  const { baseUrl } = await scriptModel(inject('modelServer'), 'contract', [{ text: answer }])
  const model = { AI_BASE_URL: baseUrl, AI_API_KEY: 'sk', AI_MODEL: 'stub', ALLOW_PRIVATE_HOSTS: '127.0.0.1' }
  return testApp({ settings: { MILLRACE_ADMIN_KEY: ADMIN_KEY, ...model } })
}

const ofWorkflow = async (row: Partial<Row> = {}): Promise<Row> => ({
  status: 200,
  ...row,
  params: { id: await world.workflow(), ...row.params },
})
const ofOpen = async (row: Partial<Row> = {}): Promise<Row> => ({
  status: 200,
  ...row,
  params: { id: (await world.open()).id, ...row.params },
})
const ofEnded = async (row: Partial<Row> = {}): Promise<Row> => ({
  status: 200,
  ...row,
  params: { id: (await world.ended()).id, ...row.params },
})
/** A row that shows what was made for it. */
const showing = async (made: Promise<unknown>, row: Partial<Row> = {}): Promise<Row> => {
  await made
  return { status: 200, ...row }
}
const recorded = () =>
  createExecutionHistory(env.DB).save([
    executionRecord({ status: 'failed', error_code: 'NO_LUCK', error_message: 'not today', metadata: { tier: 'gold' } }),
  ])
const ofKey = async (): Promise<Row> => ({ status: 200, params: { id: await world.key() } })
const ofSecret = async (row: Partial<Row> = {}): Promise<Row> => ({ status: 200, params: { name: await world.secret() }, ...row })

type Rows = Readonly<Record<string, () => Row | Promise<Row>>>

const GOOD: Rows = {
  get_health: () => ({ status: 200 }),
  list_workflows: () => showing(world.workflow()),
  create_workflow: () => ({ status: 201, body: definition }),
  validate_workflow: () => ({ status: 200, body: wrong }),
  export_workflows: () => showing(world.workflow()),
  import_workflows: () => ({ status: 200, body: { workflows: [definition, wrong] } }),
  get_workflow: () => ofWorkflow(),
  update_workflow: () => ofWorkflow({ body: { ...definition, name: 'Third' }, headers: { 'If-Match': '"2"' } }),
  delete_workflow: () => ofWorkflow(),
  list_workflow_versions: () => ofWorkflow(),
  compare_workflow_versions: () => ofWorkflow({ query: '?from=1' }),
  get_workflow_version: () => ofWorkflow({ params: { version: '1' } }),
  restore_workflow_version: () => ofWorkflow({ params: { version: '1' } }),
  generate_workflow: async () => ({ status: 200, body: { prompt: 'Give 1' }, app: await generatingApp() }),
  set_workflow_retry: () => ofWorkflow({ body: { strategy: 'fixed', max_attempts: 2 } }),
  get_workflow_permissions: () => ofWorkflow(),
  set_workflow_permissions: () => ofWorkflow({ body: { grants: [{ user: 'bob', can_view: true }] } }),
  execute_workflow: () => ofWorkflow({ status: 202, headers: { 'X-Correlation-ID': 'order-17' } }),
  test_definition: () => ({ status: 200, body: { workflow: definition } }),
  test_workflow: () => ofWorkflow(),
  list_workflow_executions: () => showing(recorded(), { params: { id: 'greet' }, query: '?sort_order=asc' }),
  create_execution: () => ({ status: 200, body: { workflow: definition }, headers: { Prefer: 'wait=30' } }),
  create_executions: () => ({ status: 200, body: { workflow: definition, executions: [{}, { priority: 'urgent' }] } }),
  search_executions: () => showing(recorded(), { query: '?metadata.tier=gold' }),
  get_execution_details: () => ofEnded({ query: '?include_metrics=true' }),
  cancel_execution: () => ofOpen({ body: { reason: 'enough' } }),
  cancel_executions: () => ({ status: 200, body: { correlation_id: 'nobody' } }),
  delete_execution: () => ofEnded(),
  pause_execution: () => ofOpen(),
  resume_execution: async () => {
    const { id } = await world.open()
    await world.api('POST', `/executions/${id}/pause`)
    return { status: 200, params: { id } }
  },
  checkpoint_execution: () => ofOpen({ body: { name: 'here' } }),
  set_execution_timeout: () => ofOpen({ body: { timeout_seconds: 3_600 } }),
  recover_execution: () => ofOpen(),
  replay_execution: () => ofEnded({ body: { from: 'a' } }),
  test_retry: () => ofOpen({ body: { node_id: 'fetch', failures: 2 } }),
  send_signal: () => ofOpen({ params: { name: 'go' }, body: { a: 1 }, headers: { 'Idempotency-Key': 'once' } }),
  answer_approval: () => ofOpen({ params: { node: 'ask' }, body: { decision: 'approve' } }),
  complete_task: async () => ({ status: 200, params: { id: (await world.open()).task }, body: { output: { pages: 12 } } }),
  fail_task: async () => ({ status: 200, params: { id: (await world.open()).task }, body: { message: 'no paper' } }),
  get_execution_definition: () => ofOpen(),
  get_payload: async () => {
    const { id, hash } = await world.ended()
    return { status: 200, params: { id, hash } }
  },
  list_execution_nodes: () => ofOpen(),
  list_execution_events: () => ofOpen(),
  list_execution_logs: () => ofOpen({ query: '?level=info&q=started' }),
  stream_execution: () => ofOpen({ status: 101, headers: upgrade }),
  create_stream_token: () => ofOpen({ status: 201 }),
  list_node_types: () => ({ status: 200 }),
  list_dead_letters: () => showing(recorded()),
  list_api_keys: () => showing(world.key()),
  create_api_key: () => ({ status: 201, body: { name: 'ci', user: 'ada', scopes: ['view'] } }),
  rotate_api_key: ofKey,
  revoke_api_key: ofKey,
  search_audit_log: () => showing(world.key()),
  get_callback_secret: () => ({ status: 200 }),
  list_secrets: () => showing(world.secret()),
  get_secret: () => ofSecret(),
  set_secret: () => ofSecret({ body: { value: 'another-value' } }),
  delete_secret: () => ofSecret(),
  rotate_secrets: () => ({ status: 200 }),
  get_approval_by_link: async () => ({ status: 200, params: { token: (await world.open()).approval } }),
  answer_approval_by_link: async () => ({
    status: 200,
    params: { token: (await world.open()).approval },
    body: { decision: 'reject', by: 'ada' },
  }),
  send_event_by_link: async () => ({ status: 200, params: { token: (await world.open()).event }, body: { a: 1 } }),
}

const down = () => Promise.reject(new Error('down'))
const brokenSecrets = { list: down, get: down, put: down, remove: down, rotate: down, reveal: down }
const unknown = (more: Partial<Row> = {}): Row => ({
  status: 404,
  params: { id: 'nobody', token: 'x.y', name: 'NOBODY' },
  ...more,
})
const brokenApp = () =>
  testApp({
    database: {
      prepare: () => {
        throw new Error('down')
      },
    },
  })

const BAD: Rows = {
  get_health: () => ({ status: 503, app: brokenApp() }),
  list_workflows: () => ({ status: 400, query: '?page=0' }),
  create_workflow: () => ({ status: 400, body: wrong }),
  validate_workflow: () => ({ status: 400, body: [] }),
  export_workflows: () => ({ status: 400, query: '?per_page=1000' }),
  import_workflows: () => ({ status: 400, body: { workflows: [] } }),
  get_workflow: () => unknown(),
  update_workflow: () => ofWorkflow({ status: 412, body: definition, headers: { 'If-Match': '"1"' } }),
  delete_workflow: () => ofWorkflow({ status: 400, headers: { 'If-Match': '3' } }),
  list_workflow_versions: () => ofWorkflow({ status: 400, query: '?per_page=x' }),
  compare_workflow_versions: () => ofWorkflow({ status: 400 }),
  get_workflow_version: () => ofWorkflow({ status: 400, params: { version: 'x' } }),
  restore_workflow_version: () => ofWorkflow({ status: 404, params: { version: '9' } }),
  generate_workflow: () => ({ status: 503, body: { prompt: 'Give 1' } }),
  set_workflow_retry: () => ofWorkflow({ status: 400, body: { strategy: 'never' } }),
  get_workflow_permissions: () => unknown(),
  set_workflow_permissions: () => ofWorkflow({ status: 400, body: { grants: [{ user: 'bob', can_veiw: true }] } }),
  execute_workflow: () => ofWorkflow({ status: 400, body: { version: 0 } }),
  test_definition: () => ({ status: 400, body: { workflow: wrong } }),
  test_workflow: () => ofWorkflow({ status: 400, body: { mocks: { nobody: 1 } } }),
  list_workflow_executions: () => ofWorkflow({ status: 400, query: '?sort=status' }),
  create_execution: () => unknown({ body: { workflow_id: 'nobody' } }),
  create_executions: () => ({
    status: 400,
    body: { workflow: definition, executions: [{}] },
    headers: { 'Idempotency-Key': 'k' },
  }),
  search_executions: () => ({ status: 400, query: '?statsu=failed' }),
  get_execution_details: () => unknown(),
  cancel_execution: () => ofEnded({ status: 400 }),
  cancel_executions: () => ({ status: 400, body: {} }),
  delete_execution: () => ofOpen({ status: 409 }),
  pause_execution: () => ofEnded({ status: 409 }),
  resume_execution: () => ofOpen({ status: 409 }),
  checkpoint_execution: () => ofEnded({ status: 409 }),
  set_execution_timeout: () => ofOpen({ status: 400, body: { timeout_seconds: 0 } }),
  recover_execution: () => ofEnded({ status: 409 }),
  replay_execution: () => ofEnded({ status: 400, body: { from: 'nobody' } }),
  test_retry: () => ofOpen({ status: 400, body: { node_id: 'nobody' } }),
  send_signal: () => ofOpen({ status: 404, params: { name: 'nobody' } }),
  answer_approval: () => ofOpen({ status: 404, params: { node: 'go' }, body: { decision: 'approve' } }),
  complete_task: () => unknown(),
  fail_task: () => unknown({ status: 400, body: {} }),
  get_execution_definition: () => unknown(),
  get_payload: () => ofEnded({ status: 404, params: { hash: 'x' } }),
  list_execution_nodes: () => ofOpen({ status: 404, query: '?prefix=nobody' }),
  list_execution_events: () => ofOpen({ status: 401, query: '?token=x.y', headers: { 'X-API-Key': '' } }),
  list_execution_logs: () => ofOpen({ status: 400, query: '?level=loud' }),
  stream_execution: () => ofOpen({ status: 426 }),
  create_stream_token: () => unknown(),
  list_node_types: () => ({ status: 401, headers: { 'X-API-Key': 'wrong' } }),
  list_dead_letters: () => ({ status: 400, query: '?page=x' }),
  list_api_keys: () => ({ status: 400, query: '?page=x' }),
  create_api_key: () => ({ status: 400, body: { name: 'ci', user: 'ada', scopes: ['everything'] } }),
  rotate_api_key: () => unknown(),
  revoke_api_key: () => unknown(),
  search_audit_log: () => ({ status: 400, query: '?from=yesterday' }),
  get_callback_secret: () => ({ status: 400, query: `?community_id=${'x'.repeat(65)}` }),
  list_secrets: () => ({ status: 503, app: testApp({ secrets: brokenSecrets }) }),
  get_secret: () => unknown(),
  set_secret: () => ofSecret({ status: 400, body: { value: 'five' } }),
  delete_secret: () => unknown(),
  rotate_secrets: () => ({ status: 400, query: '?after=x' }),
  get_approval_by_link: () => unknown(),
  answer_approval_by_link: () => unknown({ body: { decision: 'approve' } }),
  send_event_by_link: () => unknown(),
}

async function send({ method, path }: Operation, { params = {}, query = '', body, headers = {}, ...row }: Row): Promise<number> {
  const target = `${path.replaceAll(/\{(\w+)\}/g, (_, name) => encodeURIComponent(params[name] ?? 'x'))}${query}`
  if (row.status !== 101) {
    const answer = await apiOf(row.app ?? app)(method, `/${target}`, body, headers)
    // An empty list would show nothing of what is in it.
    if (row.status === 200) expect(answer.body.data).not.toEqual([])
    return answer.status
  }
  const answer = await app.request(target, { method, headers: { 'X-API-Key': ADMIN_KEY, ...headers } })
  const url = `http://millrace${target}`
  expect(await referenceIssues(app, { method, url, status: answer.status, headers: answer.headers }, null)).toEqual([])
  answer.webSocket?.accept()
  answer.webSocket?.close()
  return answer.status
}

describe.each(reference.operations)('$operationId', (operation) => {
  it.each([
    ['what it is for', GOOD],
    ['what it refuses', BAD],
  ])('answers %s as the reference says', async (_, rows) => {
    const row = rows[operation.operationId]
    if (row === undefined) throw new Error('a new operation: give it a row in GOOD and in BAD')
    const given = await row()
    // `apiOf` holds headers and body against the document.
    expect(await send(operation, given)).toBe(given.status)
  })
})

it('no row is left over', () => {
  const ids = reference.operations.map(({ operationId }) => operationId).toSorted()
  expect([Object.keys(GOOD).toSorted(), Object.keys(BAD).toSorted()]).toEqual([ids, ids])
})

describe('the examples of the reference', () => {
  it.each(reference.operations)('$operationId', ({ operationId, body, responses }) => {
    const [success] = Object.entries(responses).filter(([status]) => status < '300' && status !== '101')
    const answer = success?.[1].content?.['application/json']
    if (body !== null) expect([operationId, 'example' in body]).toEqual([operationId, true])
    if (answer !== undefined) expect([operationId, 'example' in answer]).toEqual([operationId, true])
    const media = [
      ...(body === null ? [] : [body]),
      ...Object.values(responses).flatMap(({ content = {} }) => Object.values(content)),
    ]
    const issues = media.flatMap(({ schema, example, examples = {} }) =>
      [...(example === undefined ? [] : [example]), ...Object.values(examples).map(({ value }) => value)].flatMap((value) =>
        reference.issues(schema, value),
      ),
    )
    expect(issues).toEqual([])
  })
})
