// The body of a dry run: that of a start, and what is to be answered in the place of nodes.
import { z } from '@hono/zod-openapi'
import { badRequest } from '../errors.ts'
import { MAX_MOCKS } from '../limits.ts'
import { jsonObjectSchema, jsonValueSchema } from '../schema.ts'
import { startBodySchema } from '../start/start-body.ts'
import type { GivenMocks } from './mocks.ts'

const mockErrorSchema = z.object({
  code: z.string().regex(/^[A-Z][A-Z0-9_]{0,63}$/, { error: "'code' is a code as NETWORK_ERROR" }),
  message: z.string().min(1).max(1_000).optional(),
  retryable: z.boolean().optional().openapi({ description: 'Absent: by the code, or by `status`.' }),
  status: z.int().min(100).max(599).optional(),
  cause: jsonValueSchema.optional(),
  times: z.int().min(1).optional().openapi({ description: 'So many attempts fail; absent: all.' }),
})

const NAMES =
  'By node: `fetch`; in a loop `each.fetch`, or `each[3].fetch` for one iteration; in the workflow that node `call` starts `call/fetch`.'

export const dryRunBodySchema = startBodySchema.extend({
  mocks: jsonObjectSchema.optional().openapi({
    description: `Outputs that are given in the place of nodes. ${NAMES} Of an approval: \`{ decision, by?, comment?, form? }\`.`,
  }),
  mock_errors: z
    .record(z.string(), mockErrorSchema)
    .optional()
    .openapi({ description: `Failures of nodes. ${NAMES}` }),
})

export type DryRunBody = z.infer<typeof dryRunBodySchema>

/** @throws ApiError where there are too many */
export function readMocks({ mocks = {}, mock_errors: errors = {} }: DryRunBody): GivenMocks {
  const count = Object.keys(mocks).length + Object.keys(errors).length
  if (count > MAX_MOCKS) throw badRequest('mocks', `a dry run has at most ${MAX_MOCKS} mocks, here are ${count}`)
  return { outputs: mocks, errors }
}
