// What is true after the last restart, against what must be: every accepted execution has ended once, with its own result, is in
// history once, and its calls have arrived under their keys, each at least once. Reads only; says what is wrong, in sentences.

import { setTimeout as sleep } from 'node:timers/promises'
import { isDeepStrictEqual } from 'node:util'
import { inParallel } from './in-parallel.ts'
import { hasEnded, type Listed, type MillraceApi, type View } from './millrace-api.ts'
import type { Accepted } from './mixed-load.ts'

const CONCURRENCY = 16
const ASK_AGAIN_MS = 500
const LIST_AGAIN_MS = 5_000

/** The last view of each, taken when it had ended or the deadline (ms since the epoch) had passed. */
export async function untilEnded(api: MillraceApi, accepted: readonly Accepted[], deadline: number): Promise<Map<string, View>> {
  const views = new Map<string, View>()
  await inParallel(CONCURRENCY, accepted, async ({ id }) => {
    for (;;) {
      const view = await api.view(id)
      if (view !== null) views.set(id, view)
      if ((view !== null && hasEnded(view)) || Date.now() > deadline) return
      await sleep(ASK_AGAIN_MS)
    }
  })
  return views
}

/** The whole history, as soon as these are in it with their end; at the latest after the deadline. */
export async function untilListed(api: MillraceApi, ids: readonly string[], deadline: number): Promise<Listed[]> {
  for (;;) {
    const listed = await api.list()
    const ended = new Set(listed.filter(hasEnded).map((row) => row.execution_id))
    if (ids.every((id) => ended.has(id)) || Date.now() > deadline) return listed
    await sleep(LIST_AGAIN_MS)
  }
}

export function wrongResults(
  accepted: readonly Accepted[],
  views: ReadonlyMap<string, View>,
  endSeen: ReadonlyMap<string, string | null>,
): string[] {
  return accepted.flatMap(({ id, kind, output }) => {
    const view = views.get(id)
    const name = `${id} (${kind})`
    if (view === undefined) return [`${name} is lost`]
    if (view.status !== 'completed') return [`${name} is ${view.status}: ${view.error_message ?? describeBlocked(view)}`]
    const seen = endSeen.get(id)
    return [
      ...(isDeepStrictEqual(view.final_output, output)
        ? []
        : [`${name} gave ${JSON.stringify(view.final_output)} instead of ${JSON.stringify(output)}`]),
      ...(seen === undefined || seen === view.end_time ? [] : [`${name} ended at ${seen} and again at ${view.end_time}`]),
    ]
  })
}

/** Each unfinished node with what it waits for. */
const describeBlocked = (view: View): string =>
  Object.entries(view.node_states)
    .filter(([, node]) => node.blocked_on !== null)
    .map(([id, node]) => `${id} ${node.status}, blocked on ${JSON.stringify(node.blocked_on)}`)
    .join('; ')

export async function wrongEndings(api: MillraceApi, ids: readonly string[]): Promise<string[]> {
  const wrong: string[] = []
  await inParallel(CONCURRENCY, ids, async (id) => {
    const endings = await api.endings(id)
    if (endings.length !== 1) wrong.push(`${id} ended ${endings.length} times in its journal: ${endings.join(', ')}`)
  })
  return wrong
}

export function wrongHistory(
  listed: readonly Listed[],
  accepted: readonly Accepted[],
  views: ReadonlyMap<string, View>,
): string[] {
  const rows = Map.groupBy(listed, (row) => row.execution_id)
  const known = new Set(accepted.map(({ id }) => id))
  const strangers = [...rows.keys()].filter((id) => !known.has(id)).map((id) => `${id} is listed, and nobody started it`)
  const wrong = accepted.flatMap(({ id }) => {
    const [row, ...more] = rows.get(id) ?? []
    const view = views.get(id)
    if (row === undefined) return [`${id} is not listed`]
    if (more.length > 0) return [`${id} is listed ${more.length + 1} times`]
    const agrees = view === undefined || (row.status === view.status && row.end_time === view.end_time)
    return agrees ? [] : [`${id} is ${view.status} at ${view.end_time} and listed as ${row.status} at ${row.end_time}`]
  })
  return [...strangers, ...wrong]
}

export interface CallCounts {
  readonly expected: number
  readonly keys: number
  readonly requests: number
  /** Calls that took effect more than once, and how often beyond the first. */
  readonly repeatedKeys: number
  readonly repeats: number
}

/** The first request of a key is refused by the server, so that all others are effects. */
export function countCalls(requestsByKey: ReadonlyMap<string, number>, accepted: readonly Accepted[]): CallCounts {
  const requests = [...requestsByKey.values()]
  const repeats = requests.map((count) => Math.max(0, count - 2))
  return {
    expected: accepted.reduce((sum, { calls }) => sum + calls.length, 0),
    keys: requests.length,
    requests: requests.reduce((sum, count) => sum + count, 0),
    repeatedKeys: repeats.filter((count) => count > 0).length,
    repeats: repeats.reduce((sum, count) => sum + count, 0),
  }
}

export function wrongCalls(requestsByKey: ReadonlyMap<string, number>, accepted: readonly Accepted[]): string[] {
  // Run 1: nothing here is replayed on purpose.
  const expected = new Set(accepted.flatMap(({ id, calls }) => calls.map((path) => `${id}.${path}.1`)))
  const missing = [...expected].filter((key) => (requestsByKey.get(key) ?? 0) < 2)
  const strangers = [...requestsByKey.keys()].filter((key) => !expected.has(key))
  return [
    ...missing.map((key) => `call ${key} had no effect: ${requestsByKey.get(key) ?? 0} requests`),
    ...strangers.map((key) => `call ${key} is nobody's`),
  ]
}
