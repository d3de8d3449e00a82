// ISO 8601 as the expression language and node configs read it. Stricter than `Date.parse`, which takes what an engine
// happens to understand.

const ISO = /^(\d{4})-(\d{2})-(\d{2})(?:[Tt](\d{2}):(\d{2})(?::(\d{2})(?:\.\d{1,9})?)?(?:[Zz]|[+-]\d{2}:\d{2}))?$/

/** Ms since the epoch, or null where the text is no time. A date alone is its midnight in UTC; a time needs its zone. */
export function parseTime(text: string): number | null {
  const match = ISO.exec(text)
  if (match === null) return null
  const ms = Date.parse(text.toUpperCase())
  // An engine may roll 31 February over into March.
  const day = new Date(`${text.slice(0, 10)}T00:00:00Z`)
  return Number.isNaN(ms) || day.getUTCDate() !== Number(match[3]) ? null : ms
}

const DURATION = /^([+-]?)((?:\d+(?:\.\d+)?(?:h|ms|m|s|us|µs|ns))+)$/
const DURATION_PART = /(\d+(?:\.\d+)?)(h|ms|m|s|us|µs|ns)/g
const MS_PER_UNIT: Readonly<Record<string, number>> = { h: 3_600_000, m: 60_000, s: 1000, ms: 1, us: 1e-3, µs: 1e-3, ns: 1e-6 }
/** Longer than any duration between two times of the years 1 to 9999. */
const MAX_DURATION_MS = 315_576_000_000_000
const MAX_DURATION_LENGTH = 64

/** Ms of a duration as CEL writes it (`1h30m`, `-1.5s`), or null where the text is none. */
export function parseDuration(text: string): number | null {
  const match = text.length <= MAX_DURATION_LENGTH ? DURATION.exec(text) : null
  if (match === null) return null
  const [, sign, parts = ''] = match
  let ms = 0
  for (const [, amount, unit = ''] of parts.matchAll(DURATION_PART)) ms += Number(amount) * (MS_PER_UNIT[unit] ?? 0)
  if (ms > MAX_DURATION_MS) return null
  return sign === '-' ? 0 - ms : ms
}
