// Stored keys for tests, made through the API as an operator makes them.
import type { App } from '../../src/http/deps.ts'
import { type Api, apiOf } from './api.ts'

export interface KeyOrder {
  readonly user?: string
  readonly scopes?: readonly string[]
  readonly community?: string
  readonly tier?: string
  readonly expires_at?: string
}

export interface TestKey {
  readonly id: string
  readonly text: string
  /** The API as its owner sees it. */
  readonly api: Api
}

/** Unless told otherwise: of ada, in community 7, to view, execute and edit. */
export async function makeKey(
  app: App,
  { user = 'ada', scopes = USE, community = '7', ...order }: KeyOrder = {},
): Promise<TestKey> {
  const body = { name: `${user}'s`, user, scopes, community_id: community, ...order }
  const { status, body: answer } = await apiOf(app)('POST', '/admin/api-keys', body)
  if (status !== 201) throw new Error(`no key: ${JSON.stringify(answer)}`)
  return { id: answer.data.id, text: answer.data.key, api: apiOf(app, { 'X-API-Key': answer.data.key }) }
}

export const USE = ['view', 'execute', 'edit']

/** Waits for an approval and for an event, so that an execution of it stays open. */
export const guarded = {
  nodes: [
    { id: 'ask', type: 'approval', config: { prompt: 'Well?' } },
    { id: 'go', type: 'wait-for-event', config: { event: 'go' } },
  ],
  edges: [],
}

/** What a refusal says: its status and code. */
export const refusalOf = ({ status, body }: { readonly status: number; readonly body: { error_code?: string } }) => [
  status,
  body.error_code,
]
export const DENIED = [403, 'PERMISSION_DENIED']
