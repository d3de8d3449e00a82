// Examples of the operations that wait for somebody, for the reference. They are shown, and held against their schemas; nothing else uses them.
import type { Example } from '../examples.ts'
import { AT, EXECUTION_ID } from './shared.ts'

const APPROVAL = {
  execution_id: EXECUTION_ID,
  execution_status: 'waiting',
  epoch: 1,
  node_id: 'review',
  status: 'waiting',
  prompt: 'Pay 1,200 euros to Ada?',
  form: null,
  until: null,
  answer: null,
}

const ANSWERED = {
  message: 'Answered',
  data: {
    ...APPROVAL,
    execution_status: 'running',
    status: 'answered',
    answer: { decision: 'approved', by: 'ada', via: 'key', at: AT },
  },
}

const PAID = { order: 17, paid: true }
const DELIVERED = {
  message: 'Event delivered',
  data: { execution_id: EXECUTION_ID, event: 'paid', outcome: 'delivered', node_id: 'wait', execution_status: 'running' },
}

const SETTLED = {
  message: 'Task settled',
  data: { task_id: `${EXECUTION_ID}.render.3`, accepted: true, execution_id: EXECUTION_ID, execution_status: 'running' },
}

export const WAITING: Readonly<Record<string, Example>> = {
  send_signal: { body: PAID, answer: DELIVERED },
  send_event_by_link: { body: PAID, answer: DELIVERED },
  get_approval_by_link: { answer: { data: APPROVAL } },
  answer_approval: { body: { decision: 'approved', comment: 'within the budget' }, answer: ANSWERED },
  answer_approval_by_link: { body: { decision: 'approved', by: 'ada' }, answer: ANSWERED },
  complete_task: { body: { output: { pages: 12 } }, answer: SETTLED },
  fail_task: { body: { code: 'RENDER_FAILED', message: 'The printer is on fire', retryable: false }, answer: SETTLED },
}
