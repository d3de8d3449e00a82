// The envelope around every answer, as it is made and as the reference describes it.
import { type RouteConfig, z } from '@hono/zod-openapi'
import type { Context } from 'hono'
import type { HttpEnv } from './deps.ts'
import { ERROR_CODES } from './errors.ts'

interface AnswerParts {
  readonly status?: 200 | 201 | 202
  readonly message?: string
  readonly meta?: Readonly<Record<string, unknown>>
}

export function succeed(c: Context<HttpEnv>, data: unknown, { status = 200, message, meta }: AnswerParts = {}): Response {
  return c.json({ success: true, ...(message !== undefined && { message }), data, ...(meta !== undefined && { meta }) }, status)
}

/** The same for data that is JSON text already, as a stream of bytes. */
export function succeedWith(c: Context<HttpEnv>, json: ReadableStream<Uint8Array>): Response {
  const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>({
    start: (controller) => controller.enqueue(new TextEncoder().encode('{"success":true,"data":')),
    flush: (controller) => controller.enqueue(new TextEncoder().encode('}')),
  })
  // What goes wrong here goes wrong for the reader, too, who sees the stream break off.
  json.pipeTo(writable).catch(() => undefined)
  return c.body(readable, 200, { 'Content-Type': 'application/json' })
}

export const errorSchema = z
  .object({
    success: z.literal(false),
    message: z.string(),
    error_code: z.string().openapi({ enum: ERROR_CODES }),
    details: z.object({
      request_id: z.string(),
      issues: z
        .array(
          z.object({
            severity: z.enum(['error', 'warning']),
            code: z.string(),
            path: z.string(),
            message: z.string(),
            node_id: z.string().optional(),
          }),
        )
        .optional(),
      draft: z.record(z.string(), z.unknown()).optional().openapi({ description: 'The generated workflow that is not valid' }),
    }),
  })
  .openapi('Error')

/** The envelope of a success with this data. */
const successSchema = (data: z.ZodType) =>
  z.object({
    success: z.literal(true),
    message: z.string().optional(),
    data,
    meta: z.record(z.string(), z.unknown()).optional().openapi({ description: '`pagination`, `next` or `warnings`' }),
  })

const json = (schema: z.ZodType) => ({ 'application/json': { schema } })

/** The `responses` of a route: its successes by status. `apiRoute` adds the refusals. */
export const answers = (
  successes: Readonly<Record<number, { description: string; schema: z.ZodType }>>,
): RouteConfig['responses'] =>
  Object.fromEntries(
    Object.entries(successes).map(([status, { description, schema }]) => [
      status,
      { description, content: json(successSchema(schema)) },
    ]),
  )

/** The `body` of a route's request. */
export const jsonBody = <Schema extends z.ZodType>(schema: Schema, description = '') => ({
  required: true,
  description,
  content: { 'application/json': { schema } },
})
