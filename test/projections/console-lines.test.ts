import { describe, expect, it } from 'vitest'
import type { ExecutionEvent, JournalEntry } from '../../src/core/event.ts'
import { consoleLines } from '../../src/history/console-lines.ts'
import { toEventFrames } from '../../src/history/event-frame.ts'
import { logLines } from '../../src/history/log-lines.ts'

const console = [
  { level: 'info', message: 'one' },
  { level: 'warn', message: 'two' },
]
const error = { code: 'CODE_ERROR', message: 'Error: no (line 1)', retryable: false, cause: { line: 1, console } }
const completed: ExecutionEvent = { type: 'node.completed', node: 'code', output: 1, metadata: { console } }
const failed: ExecutionEvent = { type: 'node.failed', node: 'code', error, attempts: 1, route: 'execution' }
const retried: ExecutionEvent = { type: 'node.retry_scheduled', node: 'code', attempt: 1, error, resumeAt: 5 }
const entry = (event: ExecutionEvent): JournalEntry => ({ format: 1, firstSeq: 1, at: 0, events: [event] })

describe('what code writes', () => {
  it.each([completed, failed, retried])('is in the log before the line of its end: %o', (event) => {
    const messages = logLines([entry(event)]).map(({ node_id, message }) => [node_id, message])
    expect(messages.slice(0, 2)).toEqual([
      ['code', 'one'],
      ['code', 'two'],
    ])
    expect(messages).toHaveLength(3)
  })

  it('is on the stream with its event', () => {
    expect(toEventFrames(entry(completed), { captureIo: false, nodeTypeOf: () => 'code' })).toMatchObject([
      { event: 'node.completed', data: { node_type: 'code', console: ['one', 'two'] } },
    ])
  })

  it.each([
    { ...completed, metadata: { console: 'text' } },
    { ...completed, metadata: { console: [1, { message: 2 }] } },
    { ...failed, error: { ...error, cause: null } },
    { type: 'node.skipped', node: 'code' },
  ] satisfies ExecutionEvent[])('is nothing else: %o', (event) => {
    expect(consoleLines(event)).toEqual([])
  })
})
