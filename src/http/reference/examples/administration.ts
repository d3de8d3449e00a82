// Examples of the operations of administrators, for the reference. They are shown, and held against their schemas; nothing else uses them.
import type { Example } from '../examples.ts'
import { AT, CONFIG_HASH, EXECUTION_ID, LAST_PAGE, LATER, PAGINATION } from './shared.ts'

const KEY = {
  id: 'x7Kq2mTz91Ab',
  prefix: 'mr_live_x7Kq2mTz91Ab',
  name: 'the shop',
  community_id: 'acme',
  user: 'shop',
  tier: 'standard',
  scopes: ['view', 'execute'],
  status: 'active',
  created_at: AT,
  created_by: 'ada',
  expires_at: null,
  revoked_at: null,
  rotated_at: null,
  previous_until: null,
}
const NEW_KEY = { ...KEY, key: 'mr_live_<id><secret>, shown this once' }

const SECRET = { name: 'CRM_TOKEN', key_id: 'k1', created_at: AT, updated_at: LATER, updated_by: 'ada' }

const DEAD_LETTER = {
  id: `execution:${EXECUTION_ID}:1`,
  kind: 'execution',
  queue: null,
  execution_id: EXECUTION_ID,
  community_id: 'acme',
  workflow_id: 'greeting',
  config_hash: CONFIG_HASH,
  error_code: 'HTTP_STATUS',
  error_message: 'The partner answered 500',
  error_node_id: 'fetch',
  excerpt: '{}',
  attempts: null,
  created_at: LATER,
}

export const ADMINISTRATION: Readonly<Record<string, Example>> = {
  list_dead_letters: { answer: { data: [DEAD_LETTER], meta: PAGINATION } },
  list_api_keys: { answer: { data: [KEY], meta: PAGINATION } },
  create_api_key: {
    body: { name: 'the shop', user: 'shop', scopes: ['view', 'execute'], tier: 'standard' },
    answer: { message: 'API key created: keep it, it is not shown again', data: NEW_KEY },
  },
  rotate_api_key: {
    body: { overlap_seconds: 3_600 },
    answer: {
      message: 'API key rotated: keep it, it is not shown again',
      data: { ...NEW_KEY, rotated_at: LATER, previous_until: '2026-03-01T10:00:01.250Z' },
    },
  },
  revoke_api_key: { answer: { message: 'API key revoked', data: { ...KEY, status: 'revoked', revoked_at: LATER } } },
  search_audit_log: {
    answer: {
      data: [
        {
          timestamp: AT,
          event_type: 'AUTHZ',
          community_id: 'acme',
          user: 'shop',
          key_id: KEY.id,
          action: 'cancel_execution',
          result: 'DENIED',
          target: `POST /api/v1/executions/${EXECUTION_ID}/cancel`,
          request_id: '9d41c0a7f2e86b35',
        },
      ],
      meta: LAST_PAGE,
    },
  },
  get_callback_secret: { answer: { data: { community_id: 'acme', secret: 'whsec_c2hvd24gdG8gYWRtaW5z' } } },
  list_secrets: { answer: { data: [SECRET] } },
  get_secret: { answer: { data: SECRET } },
  set_secret: { body: { value: 'the-token-of-the-crm' }, answer: { message: 'Secret replaced', data: SECRET } },
  delete_secret: { answer: { message: 'Secret deleted', data: { name: 'CRM_TOKEN' } } },
  rotate_secrets: {
    answer: { data: { key_id: 'k2', rotated: 12, unreadable: 0, missing_key_ids: [], remaining: 0 }, meta: LAST_PAGE },
  },
}
