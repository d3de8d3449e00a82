// Reads `Retry-After` (RFC 9110 10.2.3): whole seconds, or an HTTP date to be compared with the client's clock.

/** Seconds to wait, never negative; null where the header is absent or means nothing. `now`: milliseconds since the epoch. */
export function parseRetryAfter(header: string | null, now: number): number | null {
  const text = header?.trim() ?? ''
  if (/^\d+$/.test(text)) return Number(text)
  // A date begins with the day's name; `Date.parse` alone would take `-5` for a month.
  const moment = /^[A-Z][a-z]{2,8},? /.test(text) ? Date.parse(text) : Number.NaN
  return Number.isNaN(moment) ? null : Math.max(0, Math.ceil((moment - now) / 1000))
}
