// The shape of a canonical definition: which members have which types. Meaning (ids, ports, bounds) is validation's.
import { z } from 'zod'
import { isJsonObject } from '../json.ts'

const object = z.custom<Record<string, unknown>>(isJsonObject, { error: 'expected an object' })
const codes = z.array(z.string())

const retry = z.looseObject({
  strategy: z.enum(['none', 'fixed', 'linear', 'exponential']).optional(),
  max_attempts: z.number().optional(),
  initial_delay_ms: z.number().optional(),
  max_delay_ms: z.number().optional(),
  multiplier: z.number().optional(),
  jitter: z.enum(['full', 'none']).optional(),
  retry_on: codes.optional(),
  give_up_on: codes.optional(),
  max_elapsed_seconds: z.number().optional(),
})

const join = z.union([z.literal('all'), z.strictObject({ count: z.number() }), z.strictObject({ when: z.string() })], {
  error: 'expected "all", "any", { "count": n } or { "when": "a && b" }',
})

const node = z.looseObject({
  id: z.string(),
  type: z.string(),
  config: object,
  retry: retry.optional(),
  timeout_seconds: z.number().optional(),
  on_error: z.enum(['fail', 'continue']).optional(),
  join: join.optional(),
  cancel_rest: z.boolean().optional(),
  at_most_once: z.boolean().optional(),
  disabled: z.boolean().optional(),
  label: z.string().optional(),
})

const edge = z.looseObject({
  from: z.string(),
  to: z.string(),
  port: z.string().optional(),
  when: z.string().optional(),
})

const settings = z.looseObject({
  timeout_seconds: z.number().optional(),
  retry: retry.optional(),
  priority: z.enum(['high', 'normal', 'low']).optional(),
  retention_days: z.number().optional(),
  capture_io: z.boolean().optional(),
  error_workflow: z.string().optional(),
  callback_url: z.string().optional(),
})

export const definitionShape = z.looseObject({
  workflow_id: z.string().optional(),
  name: z.string().optional(),
  description: z.string().optional(),
  nodes: z.array(node),
  edges: z.array(edge),
  variables: object.optional(),
  required_variables: z.array(z.string()).optional(),
  input_schema: object.optional(),
  settings: settings.optional(),
})
