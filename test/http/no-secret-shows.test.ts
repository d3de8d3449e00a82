// A secret in every place where one may stand, sent to a server that repeats it in every form: it is nowhere in journal, D1, R2, KV, queues,
// logs, stream or answers.
import { runInDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { beforeAll, describe, expect, inject, it, vi } from 'vitest'
import type { JsonObject } from '../../src/core/json.ts'
import { createSecretStore } from '../../src/history/secret-store.ts'
import worker from '../../src/index.ts'
import { apiOf, SECRETS_KEYS, testApp } from '../support/api.ts'
import { newId, stubOf } from '../support/execution.ts'
import { Listener } from '../support/listener.ts'
import { replaceEnv } from '../support/meter.ts'
import { untilPresent } from '../support/outside.ts'
import { queueBatch } from '../support/queue-batch.ts'
import { SECRET_FORMS } from '../support/secret-forms.ts'
import { SECRET_PLACES } from '../support/secret-places.ts'

/** By what a place takes. */
const SECRETS = { anything: 'p"a\\s s+w%o/r&d<é😀>4242', header: 'sk-Live_4242/abc+d==' }
const servers = { echo: inject('echoServer') }
const written: string[] = []

beforeAll(async () => {
  const store = createSecretStore(env.DB, SECRETS_KEYS)
  for (const [name, value] of Object.entries(SECRETS))
    await store.put({ communityId: 'default', name, value, by: 'admin', now: 0 })
  for (const method of ['log', 'info', 'warn', 'error', 'debug'] as const)
    vi.spyOn(console, method).mockImplementation((...line) => void written.push(line.map(String).join(' ')))
  const onFailure = {
    workflow_id: 'on-failure',
    nodes: [{ id: 'tell', type: 'log', config: { message: '{{ inputs }}' } }],
    edges: [],
  }
  expect((await apiOf(testApp())('POST', '/workflows', onFailure)).status).toBe(201)
})

/** Runs a node and one that repeats what it gives, to the end, with a listener. */
async function run(node: JsonObject) {
  const id = newId()
  const sent: { readonly queue: string; readonly message: unknown }[] = []
  const queue = (name: string) => ({ send: async (message: unknown) => void sent.push({ queue: name, message }) })
  await replaceEnv(id, { HISTORY_QUEUE: queue('millrace-history'), TASKS_QUEUE: queue('millrace-tasks') })
  const api = apiOf(testApp({ randomId: () => id }))
  const repeat = { id: 'repeat', type: 'log', config: { message: '{{ input }}' } }
  const workflow = {
    workflow_id: 'leaky',
    nodes: [node, repeat],
    edges: [
      { from: 'call', to: 'repeat' },
      { from: 'call', to: 'caught', port: 'out' },
    ],
    settings: { capture_io: true, error_workflow: 'on-failure' },
  }
  workflow.nodes.push({ id: 'caught', type: 'value', config: { value: '{{ outputs.call }}' } })
  const started = await api('POST', '/executions', { workflow, inputs: { user: 'ann' } })
  expect(started.body).toMatchObject({ data: { execution_id: id } })
  const listener = await Listener.open(id, 'from=0')
  let status: string | null = null
  void listener.end().then((end) => {
    status = end.status
  })
  for (let consumed = 0; status === null || consumed < sent.length; ) {
    await untilPresent(() => (status === null && consumed === sent.length ? undefined : true))
    for (; consumed < sent.length; consumed += 1) {
      const next = sent[consumed]
      if (next !== undefined) await worker.queue(queueBatch(next.queue, [next.message]), env as never)
    }
  }
  return { id, api, sent, frames: listener.frames, status: String(status) }
}

type Ran = Awaited<ReturnType<typeof run>>

/** What is kept and shown of one execution. */
async function traceOf({ id, api, sent, frames }: Ran): Promise<readonly unknown[]> {
  const rows = await runInDurableObject(stubOf(id), (_, { storage }) =>
    [...storage.kv.list<Uint8Array>()].map(([key, bytes]) => [key, new TextDecoder().decode(bytes)]),
  )
  const own = ['?include_metrics=true', '/nodes', '/events?limit=1000', '/logs', '/definition'].map(
    (path) => `/executions/${id}${path}`,
  )
  const answers = await Promise.all([...own, '/admin/dead-letters', '/executions?limit=10'].map((path) => api('GET', path)))
  for (const { body } of answers) expect(body).toMatchObject({ success: true })
  return [rows, sent, frames, answers.map(({ body }) => body)]
}

const read = new Set<string>()

/** What has come into the stores and the log since this was last asked. */
async function stored(): Promise<readonly unknown[]> {
  const named = `SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE '\\_%' ESCAPE '\\'`
  const { results: tables } = await env.DB.prepare(named).all<{ name: string }>()
  const database = await Promise.all(tables.map(({ name }) => env.DB.prepare(`SELECT * FROM "${name}"`).all()))
  const { objects } = await env.PAYLOADS.list()
  const fresh = objects.map(({ key }) => key).filter((key) => !read.has(key))
  for (const key of fresh) read.add(key)
  const payloads = await Promise.all(fresh.map(async (key) => [key, await (await env.PAYLOADS.get(key))?.text()]))
  const { keys } = await env.CACHE.list()
  const cache = await Promise.all(keys.map(async ({ name }) => [name, await env.CACHE.get(name)]))
  return [database.map(({ results }) => results), payloads, cache, written.splice(0)]
}

/** The forms of the secret that are in the text, and what is around them. */
function found(text: string, secret: string): readonly string[] {
  return Object.entries(SECRET_FORMS).flatMap(([form, write]) => {
    // The text is JSON.
    const sought = [write(secret), JSON.stringify(write(secret)).slice(1, -1)]
    if (form.startsWith('base64')) sought.push(write(secret).slice(4, -4))
    const at = Math.max(...sought.map((one) => text.indexOf(one)))
    return at === -1 ? [] : [`${form}: …${text.slice(Math.max(0, at - 200), at + 100)}…`]
  })
}

describe.each(SECRET_PLACES)('a secret in $name', ({ nodes, takes, isSent }) => {
  const values = takes === 'header' ? (['header'] as const) : (['header', 'anything'] as const)
  it.each(values)(
    'is nowhere (%s)',
    async (name) => {
      const traces: string[] = []
      for (const node of nodes(`{{ secrets.${name} }}`, servers)) {
        const ran = await run(node)
        const trace = JSON.stringify(await traceOf(ran))
        const all = `${trace}${JSON.stringify(await stored())}`
        const secret = SECRETS[name]
        // Halves too: much is cut before it is shown.
        for (const part of [secret, secret.slice(0, 10), secret.slice(-10)])
          expect(found(all, part), JSON.stringify(node)).toEqual([])
        traces.push(trace)
      }
      if (isSent) expect(traces.filter((trace) => trace.includes('[redacted]'))).not.toEqual([])
      const seen = await (await fetch(`${servers.echo}/seen`)).text()
      if (isSent) expect(found(seen, SECRETS[name])).not.toEqual([])
    },
    20_000,
  )
})
