// The load generator: a fixed number of callers, each sending its next request when the last was answered. Bounded in time
// and count; the first failure ends it.
export interface LoadOptions {
  readonly callers: number
  readonly seconds: number
  readonly maxExecutions: number
  /** One execution, from request to completion. Throws when it does not complete as it should. */
  readonly execute: () => Promise<void>
}

export interface LoadResult {
  readonly completed: number
  readonly failed: number
  readonly firstFailure: string | null
  /** Completed over the time from the first request to the last answer. */
  readonly perSecond: number
  readonly p50Ms: number
  readonly p99Ms: number
}

export async function runClosedLoop(options: LoadOptions): Promise<LoadResult> {
  const latenciesMs: number[] = []
  const failures: string[] = []
  const startedAt = performance.now()
  const deadline = startedAt + options.seconds * 1000
  let started = 0
  const mayStart = () => performance.now() < deadline && failures.length === 0 && started < options.maxExecutions
  const caller = async () => {
    while (mayStart()) {
      started++
      const sentAt = performance.now()
      try {
        await options.execute()
        latenciesMs.push(performance.now() - sentAt)
      } catch (error) {
        failures.push(String(error).slice(0, 500))
      }
    }
  }
  await Promise.all(Array.from({ length: options.callers }, caller))
  const elapsedSeconds = (performance.now() - startedAt) / 1000
  latenciesMs.sort((a, b) => a - b)
  return {
    completed: latenciesMs.length,
    failed: failures.length,
    firstFailure: failures[0] ?? null,
    perSecond: latenciesMs.length / elapsedSeconds,
    p50Ms: percentile(latenciesMs, 0.5),
    p99Ms: percentile(latenciesMs, 0.99),
  }
}

/** Nearest rank: the smallest value that at least this share of all are not above. NaN where there are none. */
export function percentile(sorted: readonly number[], share: number): number {
  return sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? Number.NaN
}
