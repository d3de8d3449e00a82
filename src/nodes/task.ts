// `task`: work for a worker outside, such as a machine with a GPU or in a private network. The node waits until a worker has told
// its result; how long it waits at most is the node's own `timeout_seconds`.
import { z } from 'zod'
import { DEFAULT_TASK_LEASE_SECONDS, MAX_TASK_LEASE_SECONDS, MAX_TASK_TAG_LENGTH, MAX_TASK_TAGS } from '../core/limits.ts'
import { inlineNode } from './inline-node.ts'
import { jsonField } from './schema.ts'
import { waitsUntil } from './wait-timeout.ts'

const queueRule = `'queue' must be up to ${MAX_TASK_TAG_LENGTH} letters, digits, _, - and ., such as "gpu"`
const tagsRule = `'tags' must be a list of at most ${MAX_TASK_TAGS} texts of 1 to ${MAX_TASK_TAG_LENGTH} characters`
const leaseRule = `'lease_seconds' must be a number from 1 to ${MAX_TASK_LEASE_SECONDS}`

export const task = inlineNode({
  type: 'task',
  summary: 'Has an external worker do the work, and gives its result.',
  config: z.looseObject({
    queue: z
      .string({ error: queueRule })
      .regex(new RegExp(`^[\\w.-]{1,${MAX_TASK_TAG_LENGTH}}$`), { error: queueRule })
      .default('default'),
    tags: z
      .array(z.string({ error: tagsRule }).min(1, { error: tagsRule }).max(MAX_TASK_TAG_LENGTH, { error: tagsRule }), {
        error: tagsRule,
      })
      .max(MAX_TASK_TAGS, { error: tagsRule })
      .default([]),
    payload: jsonField(`'payload' must be JSON`).default(null),
    lease_seconds: z
      .number({ error: leaseRule })
      .min(1, { error: leaseRule })
      .max(MAX_TASK_LEASE_SECONDS, { error: leaseRule })
      .default(DEFAULT_TASK_LEASE_SECONDS),
  }),
  byWorker: true,
  example: { queue: 'gpu', tags: ['cuda'], payload: { image: '{{ inputs.image_url }}' }, lease_seconds: 300 },
  run: ({ queue, tags, lease_seconds: leaseSeconds }, { node, now }) => ({
    kind: 'waiting',
    resumeAt: waitsUntil(node.timeout_seconds, now),
    on: { kind: 'task', queue, tags, leaseSeconds, since: now },
  }),
})
