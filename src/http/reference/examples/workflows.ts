// Examples of the operations on workflows, for the reference. They are shown, and held against their schemas; nothing else uses them.
import type { Example } from '../examples.ts'
import { AT, CONFIG_HASH, EXECUTION_ID, ISSUE, LATER, PAGINATION, STORED, WORKFLOW } from './shared.ts'

const SUMMARY = {
  workflow_id: 'greeting',
  version: 1,
  config_hash: CONFIG_HASH,
  name: 'Greeting',
  description: null,
  created_at: AT,
  created_by: 'ada',
  updated_at: AT,
}

const PERMISSIONS = {
  workflow_id: 'greeting',
  owner: 'ada',
  grants: [{ user: 'bob', can_view: true, can_execute: true, can_edit: false }],
}

const DRY_RUN = {
  execution_id: EXECUTION_ID,
  workflow_id: 'greeting',
  workflow_version: 1,
  config_hash: CONFIG_HASH,
  start_time: AT,
  execution_path: ['start', 'greet'],
  test_mode: true,
  status: 'completed',
  end_time: AT,
  execution_time_seconds: 0,
  trace: [
    {
      node_id: 'greet',
      type: 'value',
      status: 'completed',
      simulated: false,
      simulated_by: null,
      started_at: AT,
      completed_at: AT,
      duration_seconds: 0,
      attempts: 1,
      input: { start: { name: 'Ada' } },
      ports: ['out'],
      output: { out: 'Hello Ada' },
      logs: [],
      error: null,
      error_type: null,
    },
  ],
  trace_omitted: 0,
  unused_mocks: [],
  final_variables: { name: 'Ada' },
  final_output: 'Hello Ada',
  errors: [],
  error_message: null,
  error_node_id: null,
  summary: { nodes_executed: 2, nodes_failed: 0, nodes_skipped: 0, nodes_simulated: 0, total_duration: 0, passed: true },
}

const MOCKS = {
  inputs: { name: 'Ada' },
  mocks: { fetch: { status: 200, headers: {}, body: { total: 12 } } },
  mock_errors: { charge: { code: 'NETWORK_ERROR', times: 1 } },
}

export const WORKFLOWS: Readonly<Record<string, Example>> = {
  list_workflows: { answer: { data: [SUMMARY], meta: PAGINATION } },
  create_workflow: { body: WORKFLOW, answer: { message: 'Workflow created', data: STORED, meta: { warnings: [] } } },
  validate_workflow: { body: WORKFLOW, answer: { data: { valid: false, config_hash: null, issues: [ISSUE] } } },
  export_workflows: { answer: { data: { workflows: [STORED] }, meta: PAGINATION } },
  import_workflows: {
    body: { workflows: [WORKFLOW], on_conflict: 'version' },
    answer: { data: [{ index: 0, workflow_id: 'greeting', outcome: 'created', version: 1 }] },
  },
  get_workflow: { answer: { data: STORED } },
  update_workflow: {
    body: WORKFLOW,
    answer: { message: 'Workflow updated', data: { ...STORED, version: 2 }, meta: { warnings: [] } },
  },
  delete_workflow: { answer: { message: 'Workflow deleted', data: { workflow_id: 'greeting' } } },
  list_workflow_versions: {
    answer: { data: [{ version: 1, config_hash: CONFIG_HASH, created_at: AT, created_by: 'ada' }], meta: PAGINATION },
  },
  compare_workflow_versions: {
    answer: {
      data: {
        from: 1,
        to: 2,
        changes: [{ kind: 'changed', path: 'nodes.greet.config.value', before: 'Hello', after: 'Hello {{ inputs.name }}' }],
      },
    },
  },
  get_workflow_version: { answer: { data: STORED } },
  restore_workflow_version: { body: {}, answer: { data: { ...STORED, version: 3, created_at: LATER } } },
  generate_workflow: {
    body: { prompt: 'Greet the person whose name is given', name: 'Greeting' },
    answer: {
      data: {
        workflow: WORKFLOW,
        explanation: 'It greets the person whose name it is given.',
        issues: [],
        model: '@cf/meta/llama-3.3-70b-instruct-fp8-fast',
        usage: { input_tokens: 2_104, output_tokens: 161 },
        repaired: false,
      },
    },
  },
  set_workflow_retry: {
    body: { strategy: 'exponential', max_attempts: 5 },
    answer: { message: 'Retry policy updated', data: { ...STORED, version: 2 } },
  },
  get_workflow_permissions: { answer: { data: PERMISSIONS } },
  set_workflow_permissions: {
    body: { grants: PERMISSIONS.grants },
    answer: { message: 'Permissions set', data: PERMISSIONS },
  },
  test_definition: { body: { workflow: WORKFLOW, ...MOCKS }, answer: { data: DRY_RUN } },
  test_workflow: { body: MOCKS, answer: { data: DRY_RUN } },
}
