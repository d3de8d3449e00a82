// `approval`, the answers that come to it, and the signed links that let them in.
import { createHmac } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import type { Command } from '../../src/core/command.ts'
import type { Json, JsonObject } from '../../src/core/json.ts'
import { MAX_KEPT_SIGNAL_CHARACTERS, MAX_LINK_TOKEN_LENGTH } from '../../src/core/limits.ts'
import { type LinkClaims, linkKey, linkUrl, readToken } from '../../src/core/links.ts'
import type { ApprovalAnswer } from '../../src/core/state.ts'
import { checkDefinition } from '../../src/core/validate-definition.ts'
import { describeEvent } from '../../src/history/describe-event.ts'
import { toEventFrames } from '../../src/history/event-frame.ts'
import { nodeTypes } from '../../src/nodes/registry.ts'
import { body, each, restored, statusAt, upTo, value } from '../support/loops.ts'
import { EPOCH_START, graph, TestRun } from '../support/run.ts'

const approval = (id: string, config: JsonObject = {}, more: JsonObject = {}): JsonObject => ({
  id,
  type: 'approval',
  config: { prompt: 'Ship {{ inputs.item }}?', ...config },
  ...more,
})
const delay = (id: string, seconds: number): JsonObject => ({ id, type: 'delay', config: { delay_seconds: seconds } })

const answer = (node: string, partial: Partial<ApprovalAnswer> = {}, epoch = 1): Command => ({
  type: 'approve',
  epoch,
  node,
  answer: { decision: 'approved', by: 'ada', via: 'key', comment: null, form: null, ...partial },
})
const approved = { decision: 'approved', by: 'ada', via: 'key', at: '2026-01-01T00:00:00.000Z' }

const executionId = '0123456789abcdef'
const links = { origin: 'https://millrace.example', key: linkKey('secret', executionId) }
const runOf = (nodes: readonly JsonObject[], edges: readonly string[] = [], inputs: JsonObject = { item: 'boots' }) =>
  new TestRun(graph(nodes, edges), inputs, { links })

const claimsIn = (url: Json | undefined): LinkClaims | null =>
  readToken(String(url).split('/').at(-1) ?? '', (id) => linkKey('secret', id))

describe('an answer', () => {
  it('takes the port of its decision, and is the output; the event says who, how and when', () => {
    const run = runOf([approval('ok'), value('yes', '{{ input.by }}')], ['ok:approved>yes'])
    run.now += 1_000
    const at = EPOCH_START + 1_000
    const given = { decision: 'approved', by: 'ada', via: 'key', comment: 'fine', form: { size: 42 }, at }
    const output = { ...approved, at: '2026-01-01T00:00:01.000Z', comment: 'fine', form: { size: 42 } }
    expect(run.send(answer('ok', { comment: 'fine', form: { size: 42 } })).events.slice(0, 2)).toEqual([
      { type: 'approval.answered', node: 'ok', answer: given },
      { type: 'node.completed', node: 'ok', output, ports: ['approved'], takenEdges: [] },
    ])
    expect(run.state.phase).toMatchObject({ status: 'completed', output: 'ada' })
  })

  it('leaves out what was not said', () => {
    const run = runOf([approval('ok')])
    run.send(answer('ok'))
    expect(run.state.phase).toMatchObject({ output: approved })
  })

  it('that rejects takes its port', () => {
    const run = runOf([approval('ok'), value('no', 'sorry')], ['ok:rejected>no'])
    run.send(answer('ok', { decision: 'rejected' }))
    expect(run.state.phase).toMatchObject({ status: 'completed', output: 'sorry' })
  })

  it('that rejects fails the node where no edge leaves that port, which an error edge catches', () => {
    const run = runOf([approval('ok'), value('yes', 1)], ['ok:approved>yes'])
    run.send(answer('ok', { decision: 'rejected', comment: 'too dear' }))
    expect(run.node('ok')).toMatchObject({
      status: 'failed',
      error: { code: 'SIGNAL_INVALID', message: 'node ok: rejected by ada', retryable: false, cause: { comment: 'too dear' } },
    })
    const caught = runOf([approval('ok'), value('no', '{{ input.code }}')], ['ok:error>no'])
    caught.send(answer('ok', { decision: 'rejected' }))
    expect(caught.state.phase).toMatchObject({ status: 'completed', output: 'SIGNAL_INVALID' })
  })

  it('counts once', () => {
    const run = runOf([approval('ok'), delay('d', 60)], ['ok>d'])
    run.send(answer('ok'))
    expect(run.send(answer('ok', { decision: 'rejected' })).noOp).toBe('ALREADY_ANSWERED')
    expect(run.state.outputs).toMatchObject({ ok: { decision: 'approved' } })
  })

  it('that comes early is kept, once, also across a snapshot, and counts when it is asked for', () => {
    const run = runOf([delay('d', 60), approval('ok')], ['d>ok'])
    run.send(answer('ok'))
    expect(run.node('ok').status).toBe('pending')
    expect(run.send(answer('ok')).noOp).toBe('ALREADY_ANSWERED')
    expect(restored(run)).toEqual(run.state)
    run.wakeAfter(60_000)
    expect(run.state.phase).toMatchObject({ status: 'completed', output: approved })
  })

  it('is kept whole only where it came early, and no more than as many characters as of events', () => {
    const run = runOf([each(body([delay('d', 60), approval('in')], ['d>in']))], [], { item: 1, list: upTo(10) })
    const say = (index: number, length: number) =>
      run.send(answer(`each[${index}].in`, { comment: 'x'.repeat(length - 'null""'.length) }))
    for (let index = 0; index < 7; index += 1) say(index, MAX_KEPT_SIGNAL_CHARACTERS / 8)
    expect(say(7, MAX_KEPT_SIGNAL_CHARACTERS / 8 + 1).noOp).toBe('TOO_MANY_SIGNALS')
    expect(say(7, MAX_KEPT_SIGNAL_CHARACTERS / 8).noOp).toBeNull()
    expect(say(8, 10).noOp).toBe('TOO_MANY_SIGNALS')
    const asked = runOf([approval('ok')])
    asked.send(answer('ok', { comment: 'fine', form: { a: 1 } }))
    expect(asked.state.approvals.ok).toMatchObject({ by: 'ada', comment: null, form: null })
    expect(asked.state.phase).toMatchObject({ output: { comment: 'fine', form: { a: 1 } } })
  })

  it('that comes late changes nothing', () => {
    const run = runOf([approval('ok', { timeout_seconds: 60 }), delay('d', 60)], ['ok:timeout>d'])
    run.wakeAfter(60_000)
    expect(run.node('ok')).toMatchObject({ status: 'completed', ports: ['timeout'], output: null })
    expect(run.send(answer('ok')).noOp).toBe('NOT_WAITING_FOR_IT')
    run.cancel()
    expect(run.send(answer('ok')).noOp).toBe('ALREADY_FINISHED')
  })

  it('against the time out: what is first in the journal decides', () => {
    const run = runOf([approval('ok', { timeout_seconds: 60 }), value('t', 1)], ['ok:timeout>t'])
    run.now += 60_000
    run.send(answer('ok'))
    run.wakeAfter(0)
    expect(run.node('ok')).toMatchObject({ status: 'completed', ports: ['approved'] })
  })

  it('is taken while paused; what follows starts on resume', () => {
    const run = runOf([approval('ok'), value('yes', 1)], ['ok>yes'])
    run.send({ type: 'pause', by: 'ada', reason: null })
    run.send(answer('ok'))
    expect(run.statuses()).toEqual({ ok: 'completed', yes: 'pending' })
    run.send({ type: 'resume', by: 'ada' })
    expect(run.state.phase.status).toBe('completed')
  })

  it('goes to an approval and to nothing else', () => {
    const run = runOf([approval('ok'), delay('d', 60), each(body([approval('in')]))], ['d>each'], { item: 1, list: [1] })
    for (const path of ['d', 'none', 'each[0].in', 'each[0]', '', '__proto__'])
      expect(run.send(answer(path)).noOp).toBe('UNKNOWN_NODE')
  })

  it('may be to a node of any name', () => {
    const run = runOf([delay('d', 60), approval('constructor'), approval('toString')], ['d>toString'])
    run.send(answer('constructor'))
    run.wakeAfter(60_000)
    expect(run.statuses()).toEqual({ d: 'completed', constructor: 'completed', toString: 'waiting' })
  })

  it('in a loop is to one iteration', () => {
    const run = runOf([each(body([approval('in')]))], [], { item: 1, list: ['a', 'b'] })
    run.send(answer('each[1].in'))
    expect([statusAt(run, 'each[0].in'), statusAt(run, 'each[1].in')]).toEqual(['waiting', 'completed'])
  })
})

describe('a new epoch', () => {
  it('asks anew where the node runs again: an answer of the epoch before is superseded', () => {
    const run = runOf([approval('ok'), approval('also')])
    run.send(answer('ok'))
    run.cancel()
    run.send({ type: 'recover', by: 'ada' })
    expect(run.statuses()).toEqual({ ok: 'completed', also: 'waiting' })
    expect(run.send(answer('also')).noOp).toBe('SUPERSEDED_EPOCH')
    expect(run.send(answer('ok', {}, 2)).noOp).toBe('ALREADY_ANSWERED')
    run.send(answer('also', {}, 2))
    expect(run.state.phase.status).toBe('completed')
  })
})

describe('links', () => {
  it('are for one approval of one epoch, and for an event in all epochs', () => {
    const run = runOf([value('a', '{{ approval_url("ok") }}'), value('e', '{{ event_url("paid") }}'), approval('ok'), wait])
    expect(run.state.outputs.a).toMatch(/^https:\/\/millrace\.example\/api\/v1\/approvals\/[A-Za-z0-9_-]+\.[A-Za-z0-9_-]{43}$/)
    expect(run.state.outputs.e).toMatch(/^https:\/\/millrace\.example\/api\/v1\/events\/[A-Za-z0-9_-]+\.[A-Za-z0-9_-]{43}$/)
    expect(claimsIn(run.state.outputs.a)).toEqual({ kind: 'approval', executionId, epoch: 1, node: 'ok' })
    expect(claimsIn(run.state.outputs.e)).toEqual({ kind: 'event', executionId, event: 'paid' })
  })

  it('in a loop lead to the same iteration, else to what is around it', () => {
    const inner = body([value('own', '{{ approval_url("in") }}'), value('outer', '{{ approval_url("ok") }}'), approval('in')])
    const run = runOf([approval('ok'), each(inner)], [], { item: 1, list: ['a', 'b'] })
    const outputs = run.state.iterations.get('each[1]')?.outputs
    expect(claimsIn(outputs?.own)).toMatchObject({ node: 'each[1].in' })
    expect(claimsIn(outputs?.outer)).toMatchObject({ node: 'ok' })
  })

  it('may be in the prompt itself, and are of the epoch that asks', () => {
    const run = runOf([approval('ok', { prompt: '{{ approval_url("ok") }}' })])
    run.cancel()
    run.send({ type: 'recover', by: 'ada' })
    const node = run.node('ok')
    expect(claimsIn(node.status === 'waiting' && node.on.kind === 'approval' ? node.on.prompt : '')).toMatchObject({ epoch: 2 })
  })

  it.each([
    ['approval_url(inputs.name)', 'approval_url() knows no approval node "nothing" here'],
    ['event_url(inputs.name)', 'event_url() knows no wait-for-event node for "nothing"'],
  ])('what leads nowhere is an error at run time: %s', (expression, message) => {
    const run = runOf([value('a', `{{ ${expression} }}`), approval('ok')], [], { item: 1, name: 'nothing' })
    expect(run.node('a')).toMatchObject({
      status: 'failed',
      error: { code: 'EXPRESSION_ERROR', message: expect.stringContaining(message) },
    })
  })

  it('a deployment without a secret has none, and says so', () => {
    const run = new TestRun(graph([value('a', '{{ approval_url("ok") }}'), approval('ok')], []), { item: 1 })
    expect(run.node('a')).toMatchObject({
      status: 'failed',
      error: { code: 'EXPRESSION_ERROR', message: expect.stringContaining('approval_url() needs the secret ID_SECRET') },
    })
  })
})

const wait = { id: 'wait', type: 'wait-for-event', config: { event: 'paid' } }

describe('tokens', () => {
  const claims: LinkClaims = { kind: 'approval', executionId, epoch: 3, node: 'each[3].ok' }
  const token = linkUrl(links, claims).split('/').at(-1) ?? ''
  const read = (text: string) => readToken(text, (id) => linkKey('secret', id))

  it('give back what was signed, whatever the name', () => {
    expect(read(token)).toEqual(claims)
    const odd: LinkClaims = { kind: 'event', executionId, event: 'Zahlung/ä?&\u2028 "x"' }
    expect(read(linkUrl(links, odd).split('/').at(-1) ?? '')).toEqual(odd)
  })

  it('of another secret, another execution or with anything changed are none', () => {
    expect(readToken(token, (id) => linkKey('other', id))).toBeNull()
    expect(readToken(token, () => linkKey('secret', 'fedcba9876543210'))).toBeNull()
    const [content = '', mac = ''] = token.split('.')
    const other =
      linkUrl(links, { ...claims, epoch: 4 })
        .split('/')
        .at(-1)
        ?.split('.')[0] ?? ''
    for (const forged of [
      `${other}.${mac}`,
      `${content}.${mac.slice(1)}`,
      `${content}.`,
      content,
      `${token}.x`,
      `${content}=.${mac}`,
      '',
      '.',
    ])
      expect(read(forged)).toBeNull()
    for (let at = 0; at < token.length; at += 1) {
      const changed = token[at] === 'A' ? 'B' : 'A'
      expect(read(token.slice(0, at) + changed + token.slice(at + 1))).toBeNull()
    }
  })

  it.each([
    'null',
    '[]',
    '["approval"]',
    '["approval","x",1,"ok"]',
    `["approval","${executionId}",0,"ok"]`,
    `["other","${executionId}","x"]`,
  ])('of other content are none, though signed: %s', (content) => {
    const part = btoa(content).replaceAll('=', '')
    const mac = createHmac('sha256', links.key).update(part).digest('base64url')
    expect(read(`${part}.${mac}`)).toBeNull()
  })

  it(`are at most ${MAX_LINK_TOKEN_LENGTH} characters, which the longest path needs not`, () => {
    const path = `${'x'.repeat(64)}[99999].`.repeat(8) + 'y'.repeat(64)
    expect(
      read(
        linkUrl(links, { ...claims, node: path })
          .split('/')
          .at(-1) ?? '',
      ),
    ).toMatchObject({ node: path })
    const fill = (length: number) =>
      linkUrl(links, { ...claims, node: 'x'.repeat(length) })
        .split('/')
        .at(-1) ?? ''
    const longest = Array.from({ length: 1_600 }, (_, n) => n).findLast((n) => fill(n).length <= MAX_LINK_TOKEN_LENGTH) ?? 0
    expect(read(fill(longest))).not.toBeNull()
    expect(read(fill(longest + 1))).toBeNull()
  })
})

const issuesOf = (nodes: readonly JsonObject[]): readonly string[] =>
  checkDefinition(graph(nodes, []), nodeTypes).issues.map(({ code, path, message }) => `${code} ${path}: ${message}`)

describe('validation', () => {
  it('finds links that lead nowhere', () => {
    expect(
      issuesOf([value('a', '{{ approval_url("reviw") + approval_url("a") + event_url("sent") }}'), approval('review'), wait]),
    ).toEqual([
      'UNKNOWN_APPROVAL nodes[0].config.value: there is no node `reviw` (did you mean `review`?) to approve',
      'UNKNOWN_APPROVAL nodes[0].config.value: `a` is of type `value`: only an approval can be approved',
      'UNKNOWN_EVENT nodes[0].config.value: no wait-for-event node waits for `sent`',
    ])
  })

  it('lets bodies name what is around them, not the other way round', () => {
    const inner = body([value('a', '{{ approval_url("ok") + approval_url("in") + event_url("paid") }}'), approval('in')])
    expect(issuesOf([each(inner), approval('ok'), wait])).toEqual([])
    expect(issuesOf([each(inner), approval('ok'), wait, value('b', '{{ approval_url("in") }}')])).toEqual([
      'UNKNOWN_APPROVAL nodes[3].config.value: there is no node `in` to approve',
    ])
  })

  it('lets templates name any event, and finds what is waited for in a body', () => {
    const any = { id: 'any', type: 'wait-for-event', config: { event: 'paid-{{ inputs.id }}' } }
    expect(issuesOf([value('a', '{{ event_url("paid-1") }}'), any])).toEqual([])
    expect(issuesOf([value('a', '{{ event_url("paid") }}'), each(body([wait]))])).toEqual([])
  })

  it('holds the form to the rules of input schemas', () => {
    const pattern = { properties: { code: { pattern: '(a+)+$' } } }
    expect(issuesOf([approval('ok', { form: { type: 'nothing' } }), approval('b', { form: pattern })])).toEqual([
      expect.stringContaining('BAD_SCHEMA nodes[0].config.form.type:'),
      expect.stringContaining('NOT_SUPPORTED nodes[1].config.form.properties.code.pattern:'),
    ])
    expect(issuesOf([each(body([approval('in', { form: { type: 'nothing' } })]))])).toEqual([
      expect.stringContaining('BAD_SCHEMA nodes[0].config.body.nodes[0].config.form.type:'),
    ])
  })
})

describe('what is shown', () => {
  const events = () => {
    const run = runOf([approval('ok'), wait])
    run.send(answer('ok', { via: 'link', by: 'Bob', comment: 'private', form: { salary: 1 } }))
    run.send({ type: 'signal', name: 'paid', payload: { card: 'private' }, key: 'k', by: 'shop' })
    return run.journal
  }

  it('tells who answered and by which way, and no payload', () => {
    const frames = events().flatMap((entry) => toEventFrames(entry, { captureIo: false, nodeTypeOf: () => 'x' }))
    expect(frames.find(({ event }) => event === 'approval.answered')).toMatchObject({
      node_id: 'ok',
      message: 'ok: approved by Bob (by link)',
      data: { decision: 'approved', by: 'Bob', via: 'link' },
    })
    expect(frames.find(({ event }) => event === 'signal.received')).toMatchObject({ data: { name: 'paid', by: 'shop' } })
    expect(JSON.stringify(frames)).not.toMatch(/private|salary/)
  })

  it('has the payloads where they are captured', () => {
    const frames = events().flatMap((entry) => toEventFrames(entry, { captureIo: true, nodeTypeOf: () => 'x' }))
    expect(frames.find(({ event }) => event === 'approval.answered')?.data).toMatchObject({
      comment: 'private',
      form: { salary: 1 },
    })
    expect(frames.find(({ event }) => event === 'signal.received')?.data).toMatchObject({ payload: { card: 'private' } })
  })

  it('never has the key of the links', () => {
    const run = runOf([approval('ok')])
    const told = run.journal.flatMap(({ events: all }) => all.map(describeEvent))
    expect(JSON.stringify(told)).not.toContain(links.key)
  })
})
