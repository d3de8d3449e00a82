// Log entries of an execution: its events, filtered. The object gives pages; this looks through them up to a bound.

import { isWithin } from '../core/instance.ts'
import { LOG_LEVELS } from '../core/node-type.ts'
import type { ExecutionRpc } from '../execution/contract.ts'
import type { EventFrame } from '../history/event-frame.ts'
import { MAX_EVENTS_PER_PAGE, MAX_LOG_EVENTS_SCANNED } from './limits.ts'

export interface LogQuery {
  readonly communityId: string
  readonly after: number
  readonly limit: number
  /** This level and those above it. */
  readonly level: EventFrame['level'] | undefined
  /** This node or iteration, by path, and everything inside it. */
  readonly nodeId: string | undefined
  /** Part of the message, in any case. */
  readonly text: string | undefined
}

export interface LogPage {
  readonly entries: readonly EventFrame[]
  readonly next: number | null
}

/** Null where there is no such execution. A page may come back short with a `next`: go on from there. */
export async function searchLogs(execution: Pick<ExecutionRpc, 'events'>, query: LogQuery): Promise<LogPage | null> {
  const { communityId, limit, level, nodeId, text } = query
  if (level === undefined && nodeId === undefined && text === undefined) {
    const page = await execution.events(communityId, { after: query.after, limit })
    return page === null ? null : { entries: page.events, next: page.next }
  }
  const entries: EventFrame[] = []
  let after = query.after
  for (let scanned = 0; scanned < MAX_LOG_EVENTS_SCANNED; scanned += MAX_EVENTS_PER_PAGE) {
    const page = await execution.events(communityId, { after, limit: MAX_EVENTS_PER_PAGE })
    if (page === null) return null
    for (const event of page.events) {
      if (!matches(event, query)) continue
      entries.push(event)
      if (entries.length === limit) return { entries, next: event.seq }
    }
    if (page.next === null) return { entries, next: null }
    after = page.next
  }
  return { entries, next: after }
}

const matches = (event: EventFrame, { level, nodeId, text }: LogQuery): boolean =>
  (level === undefined || LOG_LEVELS.indexOf(event.level) >= LOG_LEVELS.indexOf(level)) &&
  (nodeId === undefined || (event.node_id !== undefined && isWithin(event.node_id, nodeId))) &&
  (text === undefined || event.message.toLowerCase().includes(text.toLowerCase()))
