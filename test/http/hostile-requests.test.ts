// Every operation, asked in every wrong way that its declaration suggests: it refuses with a 4xx that says where, or does what the
// reference says; it never breaks, nothing is polluted, and it works afterwards.
import { describe, expect, it } from 'vitest'
import { ADMIN_KEY, testApp } from '../support/api.ts'
import { forbiddenParts } from '../support/forbidden.ts'
import { type HostileRequest, hostileRequests } from '../support/hostile.ts'
import { type Operation, referenceIssues, referenceOf } from '../support/reference.ts'
import { worldOf } from '../support/world.ts'

const REQUESTS_PER_OPERATION = 220
/** What is cancelled or deleted by a right request among them is made anew. */
const REQUESTS_PER_PLACE = 40

const app = testApp()
const world = worldOf(app)
const reference = await referenceOf(app)
const { operations } = reference

/** What would be right in the path, but for what the request puts there. */
async function rightParams(path: string): Promise<Readonly<Record<string, string>>> {
  const more = { name: 'go', node: 'ask', version: '1', hash: '0'.repeat(64) }
  if (path.includes('/workflows/{id}')) return { ...more, id: await world.workflow() }
  if (path.includes('/api-keys/')) return { ...more, id: await world.key() }
  if (path.includes('/secrets/')) return { name: await world.secret() }
  if (!path.includes('{')) return {}
  const { id, task, approval, event } = await world.open()
  return { ...more, id: path.includes('/tasks/') ? task : id, token: path.includes('/events/') ? event : approval }
}

/** One operation, asked in one way. */
interface Asked {
  readonly operation: Operation
  readonly accept: string
}

function requestOf({ operation, accept }: Asked, params: Readonly<Record<string, string>>, given: HostileRequest) {
  const { method, path, operationId } = operation
  const filled = path.replaceAll(/\{(\w+)\}/g, (_, name) => given.params[name] ?? params[name] ?? 'x')
  const upgrade = operationId === 'stream_execution' ? { Upgrade: 'websocket' } : {}
  const headers = { 'X-API-Key': ADMIN_KEY, Accept: accept, ...upgrade, ...given.headers }
  const body = method === 'GET' ? null : given.body
  return new Request(`http://millrace${filled}${given.query}`, { method, headers, ...(body !== null && { body }) })
}

/** Their good answers say what is wrong with each part of a request. */
const SAYING: ReadonlySet<string> = new Set(['validate_workflow', 'import_workflows', 'create_executions'])

/** What is wrong with the answer. */
async function problemsOf(operation: Operation, request: Request, forbidden: readonly string[]): Promise<readonly string[]> {
  const answer = await app.request(request)
  const { status, headers } = answer
  if (answer.webSocket) {
    answer.webSocket.accept()
    answer.webSocket.close()
    return []
  }
  if (headers.get('Content-Type') === 'text/event-stream') {
    await answer.body?.cancel()
    return []
  }
  const text = await answer.text()
  if (!text.startsWith('{')) return [`answers ${status} with no JSON: ${text}`]
  const body: ReturnType<typeof JSON.parse> = JSON.parse(text)
  // This deployment has no model to ask.
  const hasBroken = status >= 500 && !(operation.operationId === 'generate_workflow' && body.error_code === 'UNAVAILABLE')
  const saysWhere = status !== 400 || body.details?.issues?.some(({ path }: { path?: unknown }) => typeof path === 'string')
  return [
    ...(status < 300 && forbidden.length > 0 && !SAYING.has(operation.operationId)
      ? [`${operation.operationId} answers ${status} to what the reference forbids: ${forbidden.at(-1)}`]
      : []),
    ...(hasBroken ? [`broke: ${JSON.stringify(body)}`] : []),
    ...(saysWhere ? [] : [`does not say where: ${JSON.stringify(body).slice(0, 500)}`]),
    ...(await referenceIssues(app, { method: request.method, url: request.url, status, headers }, body)),
  ]
}

const ASKED: readonly Asked[] = operations.flatMap((operation) =>
  (operation.operationId === 'list_execution_events' ? ['application/json', 'text/event-stream'] : ['application/json']).map(
    (accept) => ({ operation, accept }),
  ),
)

describe.each(ASKED)('$operation.method $operation.path as $accept', (asked) => {
  const { operation } = asked

  it('refuses what is wrong, and works on', { timeout: 60_000 }, async () => {
    const problems: string[] = []
    let params = {}
    for (const [index, given] of hostileRequests(operation, reference, REQUESTS_PER_OPERATION).entries()) {
      if (index % REQUESTS_PER_PLACE === 0) params = await rightParams(operation.path)
      const found = await problemsOf(operation, requestOf(asked, params, given), forbiddenParts(operation, reference, given))
      problems.push(...found.map((problem) => `${given.name} ${problem}`.slice(0, 600).toWellFormed()))
    }
    expect(problems).toEqual([])
    expect([Object.keys(Object.prototype), 'polluted' in {}]).toEqual([[], false])
    expect((await app.request('/health')).status).toBe(200)
  })
})

const MIB = 1024 * 1024

describe('a body that is too large', () => {
  it.each(operations.filter(({ method }) => method !== 'GET'))('of $method $path', async (operation) => {
    const body = `"${'x'.repeat(4 * MIB)}"`
    const given: HostileRequest = { name: 'large', params: {}, query: '', headers: {}, body }
    const asked = { operation, accept: 'application/json' }
    const answer = await app.request(requestOf(asked, await rightParams(operation.path), given))
    expect([answer.status, await answer.json()]).toEqual([413, expect.objectContaining({ error_code: 'PAYLOAD_TOO_LARGE' })])
  })
})
