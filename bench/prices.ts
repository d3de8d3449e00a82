// List prices of Cloudflare's paid plan in dollars per million units, without the monthly free allowance. Read 2026-11-20.
// Worker requests and CPU time are the same for all and left out.
export const PRICES_PER_MILLION = {
  /** https://developers.cloudflare.com/durable-objects/platform/pricing/ : HTTP requests, RPC calls, alarm runs */
  objectRequests: 0.15,
  /** Same page: each row written, index entry and alarm set. */
  objectRowsWritten: 1,
  /** https://developers.cloudflare.com/d1/platform/pricing/ : rows and index entries written. */
  d1RowsWritten: 1,
  /** https://developers.cloudflare.com/queues/platform/pricing/ : $0.40 per operation; write, read, delete. */
  queueMessages: 1.2,
  /** https://developers.cloudflare.com/workflows/reference/pricing/ : $0.80 per 100,000, from 2026-08-10. */
  workflowSteps: 8,
} as const

export type BillableUnit = keyof typeof PRICES_PER_MILLION
export type BillableUnits = Readonly<Partial<Record<BillableUnit, number>>>

/** Of a million executions that take these units each. */
export function pricePerMillion(units: BillableUnits): number {
  const prices = Object.entries(PRICES_PER_MILLION) as [BillableUnit, number][] // the keys of a literal are its key type
  return prices.reduce((sum, [unit, price]) => sum + (units[unit] ?? 0) * price, 0)
}
