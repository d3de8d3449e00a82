// Pages of an execution's events: the query parameters and schemas that `/events` and `/logs` share.
import { z } from '@hono/zod-openapi'
import { MAX_NODE_FILTER_LENGTH } from '../core/limits.ts'
import { LOG_LEVELS } from '../core/node-type.ts'
import { DEFAULT_EVENTS_PER_PAGE, MAX_EVENTS_PER_PAGE } from './limits.ts'
import { communityQuerySchema, integerQuery, wordQuery } from './schema.ts'

const AFTER = 'after must be a sequence number, 0 or more'
const LIMIT = `limit must be between 1 and ${MAX_EVENTS_PER_PAGE}`

export const eventQuerySchema = communityQuerySchema.extend({
  after: integerQuery({ min: 0, max: Number.MAX_SAFE_INTEGER, byDefault: 0, notInteger: AFTER, outOfBounds: AFTER }),
  limit: integerQuery({
    min: 1,
    max: MAX_EVENTS_PER_PAGE,
    byDefault: DEFAULT_EVENTS_PER_PAGE,
    notInteger: LIMIT,
    outOfBounds: LIMIT,
  }),
})

export const levelQuerySchema = wordQuery(LOG_LEVELS, (text) => `Invalid level: ${text}`)
  .optional()
  .openapi({ description: 'This level and those above it.' })

export const nodeQuerySchema = z
  .string()
  .max(MAX_NODE_FILTER_LENGTH)
  .optional()
  .openapi({ description: 'This node or iteration, by path (`each`, `each[3]`), and everything inside it.' })

export const eventSchema = z
  .object({
    type: z.literal('event'),
    seq: z.int(),
    at: z.iso.datetime(),
    event: z.string(),
    level: z.enum(LOG_LEVELS),
    node_id: z.string().optional(),
    message: z.string(),
    data: z.record(z.string(), z.unknown()).optional(),
  })
  .openapi('Event')
