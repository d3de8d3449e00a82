import { describe, expect, it } from 'vitest'
import type { ExecutionEvent } from '../../src/core/event.ts'
import { toEventFrames } from '../../src/history/event-frame.ts'
import { frameOptions } from '../../src/history/frame-options.ts'
import { at, created, fold, iso, journal, refused, started } from './journal.ts'

const plain = { captureIo: false, nodeTypeOf: () => 'http-request' }
const frameOf = (event: ExecutionEvent) => toEventFrames({ format: 1, firstSeq: 7, at: at(0), events: [event] }, plain)[0]

describe('toEventFrames', () => {
  it('counts on from the first sequence number of the row', () => {
    const entry = { format: 1, firstSeq: 41, at: at(0), events: [started, { type: 'node.skipped', node: 'a' }] } as const
    expect(toEventFrames(entry, plain)).toEqual([
      { type: 'event', seq: 41, at: iso(0), event: 'execution.started', level: 'info', message: 'Execution started' },
      {
        type: 'event',
        seq: 42,
        at: iso(0),
        event: 'node.skipped',
        level: 'debug',
        node_id: 'a',
        message: 'Step skipped: a',
        data: { node_type: 'http-request' },
      },
    ])
  })

  it('a start that was put off says until when', () => {
    const birth = { ...created({ nodes: { a: 'value' }, edges: [] }), startAt: at(60) }
    expect(frameOf(birth)).toMatchObject({ message: `Execution created, to start at ${iso(60)}`, data: { start_at: iso(60) } })
  })

  it.each<[ExecutionEvent, string, string]>([
    [
      { type: 'signal.received', name: 'paid', payload: 1, by: 'shop' },
      'info',
      'Event paid from shop: kept, no node takes it yet',
    ],
    [{ type: 'execution.recovered', by: 'ops', rerun: ['a'] }, 'warn', 'Execution recovered by ops: 1 step runs again'],
    [{ type: 'execution.recovered', by: 'ops', rerun: ['a', 'b'] }, 'warn', 'Execution recovered by ops: 2 steps run again'],
    [{ type: 'node.started', node: 'a', attempt: 1, leaseUntil: at(9) }, 'info', 'Step started: a'],
    [{ type: 'node.started', node: 'a', attempt: 2, leaseUntil: at(9) }, 'info', 'Step started: a (attempt 2)'],
    [{ type: 'node.claimed', node: 'a', attempt: 1, leaseUntil: at(9) }, 'debug', 'Step taken up: a'],
    [{ type: 'node.waiting', node: 'a', resumeAt: at(5) }, 'info', `Step waiting: a until ${iso(5)}`],
    [{ type: 'node.completed', node: 'a', output: 1 }, 'info', 'Step completed: a'],
    [{ type: 'node.completed', node: 'a', output: 1, metadata: { latency_ms: 12 } }, 'info', 'Step completed: a (12ms)'],
    [{ type: 'node.completed', node: 'a', log: { level: 'warn', message: 'stock is low' } }, 'warn', 'stock is low'],
    [
      { type: 'node.retry_scheduled', node: 'a', attempt: 1, error: refused, resumeAt: at(5) },
      'warn',
      `a failed (attempt 1), next attempt at ${iso(5)}: HTTP_STATUS 503 from api.example.com`,
    ],
    [
      { type: 'node.interrupted', node: 'a', attempt: 1, resumeAt: at(5) },
      'warn',
      `a was interrupted (attempt 1), next attempt at ${iso(5)}`,
    ],
    [
      { type: 'node.failed', node: 'a', error: refused, attempts: 3, route: 'execution' },
      'error',
      'a failed: HTTP_STATUS 503 from api.example.com',
    ],
    [{ type: 'node.cancelled', node: 'a' }, 'warn', 'Step cancelled: a'],
    [{ type: 'execution.completed', output: 1 }, 'info', 'Execution completed'],
    [{ type: 'execution.failed', error: refused, node: 'a' }, 'error', 'Execution failed: HTTP_STATUS 503 from api.example.com'],
    [{ type: 'execution.cancelled', by: 'ada', reason: null }, 'warn', 'Execution cancelled by ada'],
    [{ type: 'execution.cancelled', by: 'ada', reason: 'typo' }, 'warn', 'Execution cancelled by ada: typo'],
  ])('%o', (event, level, message) => expect(frameOf(event)).toMatchObject({ event: event.type, level, message }))

  it('tells when and after how many attempts', () => {
    const retry = frameOf({ type: 'node.retry_scheduled', node: 'a', attempt: 2, error: refused, resumeAt: at(5) })
    const node_type = 'http-request'
    expect(retry?.data).toEqual({ node_type, attempt: 2, resume_at: iso(5), error_code: 'HTTP_STATUS' })
    const failed = frameOf({ type: 'node.failed', node: 'a', error: refused, attempts: 3, route: 'continue' })
    expect(failed?.data).toEqual({ node_type, attempts: 3, error_code: 'HTTP_STATUS', route: 'continue' })
  })
})

describe('payloads in frames', () => {
  const graph = { nodes: { a: 'start', b: 'http-request' }, edges: ['a>b'], variables: { region: 'SECRET-0' } }
  const entries = (captureIo: boolean, output: string) =>
    journal(
      [created(graph, { captureIo }, { name: 'SECRET-1' }), started, { type: 'node.completed', node: 'a' }],
      [{ type: 'node.started', node: 'b', attempt: 1, config: { url: 'SECRET-2', $sealed: 'unseen' }, leaseUntil: at(9) }],
      [
        { type: 'node.completed', node: 'b', output },
        { type: 'execution.completed', output },
      ],
    )
  const framesOf = (captureIo: boolean, output: string) => {
    const rows = entries(captureIo, output)
    const options = frameOptions(fold(rows))
    return rows.flatMap((entry) => toEventFrames(entry, options))
  }

  it('are absent unless captured', () => {
    expect(JSON.stringify(framesOf(false, 'SECRET-3'))).not.toContain('SECRET')
  })

  it('are there when captured, but never the definition and the inputs at creation', () => {
    const frames = framesOf(true, 'SECRET-3')
    expect(JSON.stringify(frames[0])).not.toContain('SECRET')
    expect(frames.slice(2).map(({ data }) => data)).toEqual([
      { node_type: 'start', input: { name: 'SECRET-1' }, output: { name: 'SECRET-1' } },
      { node_type: 'http-request', attempt: 1, config: { url: 'SECRET-2' } },
      { node_type: 'http-request', input: { name: 'SECRET-1' }, output: 'SECRET-3' },
      { output: 'SECRET-3' },
    ])
  })

  it('are cut at 10,240 bytes of JSON', () => {
    const whole = 'x'.repeat(10_238)
    expect(framesOf(true, whole).at(-1)?.data).toEqual({ output: whole })
    expect(framesOf(true, `${whole}x`).at(-1)?.data).toEqual({ output: `"${'x'.repeat(10_228)}[truncated]` })
  })
})
