// What examples of several groups share: one workflow, one execution of it, one moment.
export const AT = '2026-03-01T09:00:00.000Z'
export const LATER = '2026-03-01T09:00:01.250Z'
export const EXECUTION_ID = '4be0643f1d98573b'
export const CONFIG_HASH = '9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08'

export const PAGINATION = {
  pagination: { page: 1, per_page: 20, total: 1, total_pages: 1, has_next: false, has_prev: false },
}
export const LAST_PAGE = { next: null }

export const WORKFLOW = {
  workflow_id: 'greeting',
  name: 'Greeting',
  nodes: [
    { id: 'start', type: 'start' },
    { id: 'greet', type: 'value', config: { value: 'Hello {{ inputs.name }}' } },
  ],
  edges: [{ from: 'start', to: 'greet' }],
}

export const STORED = { ...WORKFLOW, version: 1, config_hash: CONFIG_HASH, created_at: AT, created_by: 'ada' }

export const STARTED = {
  execution_id: EXECUTION_ID,
  workflow_id: 'greeting',
  workflow_version: 1,
  config_hash: CONFIG_HASH,
  status: 'running',
  start_time: AT,
  execution_path: ['start'],
}

export const CONTROLLED = {
  execution_id: EXECUTION_ID,
  status: 'running',
  epoch: 1,
  seq: 7,
  at: LATER,
  timeout_seconds: null,
  deadline_at: null,
}

export const ISSUE = {
  severity: 'error',
  code: 'UNKNOWN_TYPE',
  path: 'nodes[1].type',
  message: 'Unknown node type: valeu',
  node_id: 'greet',
}
