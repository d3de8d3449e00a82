// Real things for tests that go through the whole API: each is made through the API, when it is asked for.

import type { App } from '../../src/http/deps.ts'
import { type Answer, type Api, apiOf } from './api.ts'

/** Waits for an approval, an event and a worker, so that an execution of it stays open; and has links to the first two. */
const OPEN = {
  nodes: [
    { id: 'ask', type: 'approval', config: { prompt: 'Well?' } },
    { id: 'go', type: 'wait-for-event', config: { event: 'go' } },
    { id: 'render', type: 'task', config: { queue: 'gpu' } },
    { id: 'approve', type: 'value', config: { value: '{{ approval_url("ask") }}' } },
    { id: 'event', type: 'value', config: { value: '{{ event_url("go") }}' } },
    { id: 'fetch', type: 'http-request', config: { url: 'https://millrace.example/' }, disabled: true },
  ],
  edges: [],
}
const ENDING = { nodes: [{ id: 'a', type: 'value', config: { value: '{{ inputs.?text.orValue("x") }}' } }], edges: [] }
/** More than a view shows. */
const LARGE = 'x'.repeat(100_000)

export interface World {
  readonly api: Api
  /** A stored workflow with two versions, whose executions end at once. */
  workflow(): Promise<string>
  /** An execution that waits. */
  open(): Promise<OpenExecution>
  /** One that has ended, and a large value of it. */
  ended(): Promise<{ readonly id: string; readonly hash: string }>
  key(): Promise<string>
  secret(): Promise<string>
}

export interface OpenExecution {
  readonly id: string
  /** Of the task that it waits for. */
  readonly task: string
  /** Tokens of its signed links. */
  readonly approval: string
  readonly event: string
}

export function worldOf(app: App): World {
  const api = apiOf(app)
  let made = 0
  const must = async (answer: Promise<Answer>) => {
    const { status, body } = await answer
    if (status >= 400) throw new Error(`not made: ${JSON.stringify(body)}`)
    return body.data
  }
  return {
    api,
    async workflow() {
      const { workflow_id: id } = await must(api('POST', '/workflows', ENDING))
      await must(api('PUT', `/workflows/${id}`, { ...ENDING, name: 'Second' }))
      return id
    },
    async open() {
      const { execution_id: id } = await must(api('POST', '/executions', { workflow: OPEN }))
      const { node_results: links, node_states: states } = await must(api('GET', `/executions/${id}`))
      return {
        id,
        task: states.render.blocked_on.detail.match(/as task (\S+)$/)?.[1],
        approval: links.approve.split('/').at(-1),
        event: links.event.split('/').at(-1),
      }
    },
    async ended() {
      const order = { workflow: ENDING, inputs: { text: LARGE } }
      const { execution_id: id, final_output: shown } = await must(api('POST', '/executions', order, { Prefer: 'wait=30' }))
      return { id, hash: shown.$payload.split('/').at(-1) }
    },
    async key() {
      return (await must(api('POST', '/admin/api-keys', { name: 'ci', user: 'ada', scopes: ['view'] }))).id
    },
    async secret() {
      made += 1
      return (await must(api('PUT', `/admin/secrets/TOKEN_${made}`, { value: 'of-six-or-more' }))).name
    },
  }
}
