// Functions on times, all in UTC. Wherever a time is taken, ISO 8601 text will do. Part of the table in `functions.ts`.
import type { Arguments, ExpressionFunction } from './expression-function.ts'
import { timestamp } from './expression-operators.ts'
import { Duration } from './expression-value.ts'
import { parseDuration } from './iso-time.ts'

const DAY_MS = 86_400_000
const date = (args: Arguments): Date => new Date(args.time(0))
const dayOfYear = (day: Date): number => Math.floor((day.getTime() - Date.UTC(day.getUTCFullYear(), 0, 1)) / DAY_MS)

/** A part of a time; of a duration, all of it in that unit. */
const part = (unitMs: number, ofDate: (day: Date) => number) => (args: Arguments) => {
  const value = args.value(0)
  return value instanceof Duration ? Math.trunc(value.ms / unitMs) + 0 : ofDate(date(args))
}

export const TIME_FUNCTIONS: readonly ExpressionFunction[] = [
  {
    name: 'now',
    parameters: [],
    returns: 'string',
    summary: 'The moment the node became ready, as ISO 8601 text. Equal for all its attempts.',
    example: 'size(now())',
    result: 24,
    evaluate: (_args, run) => new Date(run.context.now).toISOString(),
  },
  {
    name: 'timestamp',
    parameters: ['time: string | number'],
    returns: 'timestamp',
    summary:
      'A time from ISO 8601 text or seconds since 1970, to add durations to, subtract and compare. As a result: ISO 8601 text.',
    example: 'timestamp("2026-01-31T00:00:00Z") + duration("1h30m")',
    result: '2026-01-31T01:30:00.000Z',
    evaluate: (args, run) => timestamp(typeof args.value(0) === 'number' ? args.number(0) * 1000 : args.time(0), run),
  },
  {
    name: 'duration',
    parameters: ['text: string'],
    returns: 'duration',
    summary: 'A span of time: `h`, `m`, `s`, `ms`. As a result: a number of seconds.',
    example: 'duration("1m30s")',
    result: 90,
    evaluate: (args) => {
      const ms = parseDuration(args.text(0))
      if (ms === null) throw args.error('takes text such as "1h30m" or "2.5s"')
      return new Duration(ms)
    },
  },
  {
    name: 'date_add',
    parameters: ['time: string', 'seconds: number'],
    returns: 'string',
    summary: 'The time so many seconds later, as ISO 8601 text.',
    example: 'date_add("2026-02-28T12:00:00Z", 86400)',
    result: '2026-03-01T12:00:00.000Z',
    evaluate: (args, run) => new Date(timestamp(args.time(0) + args.span(1), run).ms).toISOString(),
  },
  {
    name: 'date_diff',
    parameters: ['first: string', 'second: string'],
    returns: 'number',
    summary: 'The first time less the second, in seconds.',
    example: 'date_diff("2026-01-02", "2026-01-01")',
    result: 86400,
    evaluate: (args) => (args.time(0) - args.time(1)) / 1000,
  },
  {
    name: 'getFullYear',
    parameters: ['time: string'],
    returns: 'number',
    summary: 'The year.',
    example: '"2026-07-04T10:20:30Z".getFullYear()',
    result: 2026,
    evaluate: (args) => date(args).getUTCFullYear(),
  },
  {
    name: 'getMonth',
    parameters: ['time: string'],
    returns: 'number',
    summary: 'The month, 0 (January) to 11.',
    example: '"2026-07-04T10:20:30Z".getMonth()',
    result: 6,
    evaluate: (args) => date(args).getUTCMonth(),
  },
  {
    name: 'getDate',
    parameters: ['time: string'],
    returns: 'number',
    summary: 'The day of the month, 1 to 31.',
    example: '"2026-07-04T10:20:30Z".getDate()',
    result: 4,
    evaluate: (args) => date(args).getUTCDate(),
  },
  {
    name: 'getDayOfMonth',
    parameters: ['time: string'],
    returns: 'number',
    summary: 'The day of the month, 0 to 30.',
    example: '"2026-07-04T10:20:30Z".getDayOfMonth()',
    result: 3,
    evaluate: (args) => date(args).getUTCDate() - 1,
  },
  {
    name: 'getDayOfWeek',
    parameters: ['time: string'],
    returns: 'number',
    summary: 'The day of the week, 0 (Sunday) to 6.',
    example: '"2026-07-04T10:20:30Z".getDayOfWeek()',
    result: 6,
    evaluate: (args) => date(args).getUTCDay(),
  },
  {
    name: 'getDayOfYear',
    parameters: ['time: string'],
    returns: 'number',
    summary: 'The day of the year, 0 to 365.',
    example: '"2026-02-01".getDayOfYear()',
    result: 31,
    evaluate: (args) => dayOfYear(date(args)),
  },
  {
    name: 'getHours',
    parameters: ['time: string | duration'],
    returns: 'number',
    summary: 'The hour, 0 to 23; of a duration, all of it in hours.',
    example: '"2026-07-04T10:20:30Z".getHours()',
    result: 10,
    evaluate: part(3_600_000, (day) => day.getUTCHours()),
  },
  {
    name: 'getMinutes',
    parameters: ['time: string | duration'],
    returns: 'number',
    summary: 'The minute, 0 to 59; of a duration, all of it in minutes.',
    example: 'duration("1h30m").getMinutes()',
    result: 90,
    evaluate: part(60_000, (day) => day.getUTCMinutes()),
  },
  {
    name: 'getSeconds',
    parameters: ['time: string | duration'],
    returns: 'number',
    summary: 'The second, 0 to 59; of a duration, all of it in seconds.',
    example: '"2026-07-04T10:20:30Z".getSeconds()',
    result: 30,
    evaluate: part(1000, (day) => day.getUTCSeconds()),
  },
  {
    name: 'getMilliseconds',
    parameters: ['time: string | duration'],
    returns: 'number',
    summary: 'The millisecond, 0 to 999; of a duration, all of it in milliseconds.',
    example: '"2026-07-04T10:20:30.250Z".getMilliseconds()',
    result: 250,
    evaluate: part(1, (day) => day.getUTCMilliseconds()),
  },
]
