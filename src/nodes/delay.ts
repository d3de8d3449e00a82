// `delay`: holds the execution, then passes its input on. The timer is the engine's and is durable.
// `until` gives a moment: ISO 8601 text with a time zone (`2026-03-01T08:00:00Z`; a date alone is midnight UTC), or a
// number of milliseconds since the epoch. A moment that has passed goes on at once.
import { z } from 'zod'
import type { Json } from '../core/json.ts'
import { MAX_DELAY_SECONDS } from '../core/limits.ts'
import type { InlineContext } from '../core/node-type.ts'
import { describeJson } from './describe-json.ts'
import { completed, inlineNode } from './inline-node.ts'
import { inputInvalid } from './node-failed.ts'
import { expressionField } from './schema.ts'

const secondsRule = `'delay_seconds' must be a number from 0 to ${MAX_DELAY_SECONDS} (365 days); fractions are allowed`
const oneRule = "delay node requires exactly one of 'delay_seconds' and 'until'"

export const delay = inlineNode({
  type: 'delay',
  summary: 'Waits for some seconds or until a moment; passes its input on.',
  config: z
    .looseObject({
      delay_seconds: z
        .number({ error: secondsRule })
        .min(0, { error: secondsRule })
        .max(MAX_DELAY_SECONDS, { error: secondsRule })
        .optional(),
      until: expressionField(`'until' must be an expression that gives a moment, such as "inputs.due_at"`).optional(),
    })
    .refine((config) => (config.delay_seconds === undefined) !== (config.until === undefined), {
      path: ['delay_seconds'],
      error: oneRule,
    }),
  expressions: ['until'],
  example: { delay_seconds: 5 },
  run({ delay_seconds: seconds = 0, until }, context) {
    const resumeAt = until === undefined ? context.now + Math.ceil(seconds * 1000) : resolveMoment(until, context)
    return resumeAt <= context.now ? completed(context.input) : { kind: 'waiting', resumeAt, on: { kind: 'timer' } }
  },
})

function resolveMoment(until: string, context: InlineContext): number {
  const moment = parseMoment(context.evaluate(until))
  if (moment - context.now <= MAX_DELAY_SECONDS * 1000) return moment
  throw inputInvalid(`'until' is more than ${MAX_DELAY_SECONDS} seconds (365 days) away`)
}

/** Text without a time zone is refused: it would mean another moment on every machine. */
const momentText = z.union([z.iso.datetime({ offset: true }), z.iso.date()])

function parseMoment(value: Json): number {
  if (typeof value === 'number') return Math.ceil(value)
  const text = momentText.safeParse(value)
  if (text.success) return Date.parse(text.data)
  throw inputInvalid(
    `'until' must give ISO 8601 text with a time zone, such as "2026-03-01T08:00:00Z", or milliseconds since 1970, and gave ${describeJson(value)}`,
  )
}
