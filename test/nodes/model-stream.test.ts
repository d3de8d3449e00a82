// A completion in parts is read as the whole that it is, or as the failure that it ends with.
import { describe, expect, it } from 'vitest'
import { AttemptError } from '../../src/core/attempt-error.ts'
import { MAX_RESPONSE_BYTES, MAX_RESPONSE_DEPTH, MAX_SERVER_EVENT_CHARACTERS } from '../../src/core/limits.ts'
import type { NodeError } from '../../src/core/node-error.ts'
import { eventData } from '../../src/nodes/event-data.ts'
import { readModelStream } from '../../src/nodes/model-stream.ts'
import { createGuardedFetch } from '../../src/runner/guarded-fetch.ts'

const { signal } = new AbortController()

/** Sends the text in pieces of so many bytes, then ends or breaks. */
function body(text: string, size = 7, end: 'ends' | 'breaks' = 'ends'): ReadableStream<Uint8Array> {
  const bytes = new TextEncoder().encode(text)
  let at = 0
  return new ReadableStream({
    pull(controller) {
      if (at < bytes.length) controller.enqueue(bytes.slice(at, at + size))
      else if (end === 'ends') controller.close()
      else controller.error(new Error('socket'))
      at += size
    },
  })
}

async function read(text: string, options: { readonly size?: number; readonly end?: 'ends' | 'breaks' } = {}) {
  const said: string[] = []
  const response = new Response(body(text, options.size, options.end))
  const answer = await readModelStream(response, {
    signal,
    say: (part) => said.push(part),
    clean: (shown) => shown.replaceAll('sk-key', '[redacted]'),
  })
  return { answer: JSON.parse(answer), said }
}

async function failure(text: string, options: Parameters<typeof read>[1] = {}): Promise<NodeError> {
  const thrown = await read(text, options).catch((error: unknown) => error)
  if (thrown instanceof AttemptError) return thrown.error
  throw new Error(`no failure: ${JSON.stringify(thrown)}`)
}

const data = (value: object | string) => `data: ${typeof value === 'string' ? value : JSON.stringify(value)}\n\n`
const chunk = (content: string | null, finish: string | null = null) =>
  data({ model: 'stub-1', choices: [{ index: 0, delta: { content }, finish_reason: finish }] })
const DONE = data('[DONE]')
const USAGE = { prompt_tokens: 1, completion_tokens: 2 }

describe('a stream', () => {
  const whole = [
    data({ model: 'stub-1', choices: [{ index: 0, delta: { role: 'assistant' }, finish_reason: null }] }),
    chunk('Grüß '),
    chunk('dich 👋'),
    chunk(null, 'stop'),
    data({ model: 'stub-1', choices: [], usage: USAGE }),
    DONE,
  ].join('')

  it.each([1, 2, 3, 1000])('is the whole, in pieces of %i bytes', async (size) => {
    const { answer, said } = await read(whole, { size })
    expect(answer).toEqual({
      object: 'chat.completion',
      model: 'stub-1',
      choices: [{ index: 0, message: { role: 'assistant', content: 'Grüß dich 👋' }, finish_reason: 'stop' }],
      usage: USAGE,
    })
    expect(said).toEqual(['Grüß ', 'dich 👋'])
  })

  it('may lack usage, model and [DONE]', async () => {
    const { answer } = await read(data({ choices: [{ delta: { content: 'Hi' }, finish_reason: 'length' }] }))
    expect(answer.choices).toMatchObject([{ message: { content: 'Hi' }, finish_reason: 'length' }])
    expect(answer).not.toHaveProperty('usage')
  })

  it('tells a refusal, and only the first of several choices', async () => {
    const second = data({ choices: [{ index: 1, delta: { content: 'no' }, finish_reason: 'stop' }] })
    const { answer, said } = await read(
      chunk('Yes') + second + data({ choices: [{ index: 0, delta: { refusal: 'never' }, finish_reason: 'stop' }] }),
    )
    expect(answer.choices).toMatchObject([{ message: { content: 'Yes', refusal: 'never' } }])
    expect(said).toEqual(['Yes'])
  })

  it('shows no key, also where it comes in two parts', async () => {
    const { answer } = await read(chunk('your sk-') + chunk('key', 'stop'))
    expect(answer.choices[0].message.content).toBe('your [redacted]')
  })
})

describe('a stream fails', () => {
  it.each([
    ['ends too early', chunk('Hel'), {}, { code: 'MODEL_ERROR', message: expect.stringContaining('broke off') }],
    ['ends before it begins', '', {}, { code: 'MODEL_ERROR' }],
    ['breaks', chunk('Hel'), { end: 'breaks' }, { code: 'NETWORK_ERROR' }],
    ['is given up by its provider', chunk('Hel') + chunk('', 'error') + DONE, {}, { code: 'MODEL_ERROR' }],
    [
      'says so',
      chunk('Hel') + data({ error: { message: 'overloaded; you sent sk-key' } }),
      {},
      { code: 'MODEL_ERROR', message: 'The model server refused: overloaded; you sent [redacted]' },
    ],
    ['says so with a status', chunk('Hel') + data({ error: { message: 'later', code: 503 } }), {}, { status: 503 }],
  ] as const)('that %s: another attempt may help', async (_, text, options, expected) => {
    expect(await failure(text, options)).toMatchObject({ retryable: true, ...expected })
  })

  it.each([
    ['a status that stays', data({ error: { message: 'no credit', code: 402 } }), { code: 'MODEL_ERROR', status: 402 }],
    ['no JSON', data('{"choices":'), { code: 'RESPONSE_INVALID' }],
    ['no chunk', data({ choices: 'none' }), { code: 'RESPONSE_INVALID' }],
    ['too deep JSON', data('['.repeat(MAX_RESPONSE_DEPTH + 1)), { code: 'RESPONSE_INVALID' }],
    ['an endless line', 'data: '.padEnd(MAX_SERVER_EVENT_CHARACTERS + 1, 'x'), { code: 'RESPONSE_TOO_LARGE' }],
    ['an endless event', 'data: xxxxxxxx\n'.repeat(MAX_SERVER_EVENT_CHARACTERS / 14 + 2), { code: 'RESPONSE_TOO_LARGE' }],
  ])('by %s: another would end alike', async (_, text, expected) => {
    expect(await failure(text, { size: 64 * 1024 })).toMatchObject({ retryable: false, ...expected })
  })

  it.each([0, 1])('by its text past the limit: at it, and %i above', async (more) => {
    const half = MAX_RESPONSE_BYTES / 32
    const text = Array.from({ length: 32 }, () => chunk('x'.repeat(half))).join('') + chunk('x'.repeat(more), 'stop')
    if (more === 0) expect((await read(text, { size: 1024 * 1024 })).said).toHaveLength(32)
    else expect(await failure(text, { size: 1024 * 1024 })).toMatchObject({ code: 'RESPONSE_TOO_LARGE' })
  })
})

it.each([0, 1])('its bytes may be more than those of other answers, %i above the limit are too many', async (more) => {
  const sent = async () => new Response('x'.repeat(10 + more))
  const fetch = createGuardedFetch({ fetch: sent, allowances: { privateNetwork: false, hosts: new Set() } })
  const read = (await fetch('https://models.example.com/', { signal, maxResponseBytes: 10 })).text()
  if (more === 0) expect(await read).toHaveLength(10)
  else await expect(read).rejects.toThrow('more than 10 bytes')
})

describe('data of server-sent events', () => {
  const of = async (text: string, size = 1) => {
    const events: string[] = []
    for await (const event of eventData(body(text, size))) events.push(event)
    return events
  }

  it.each([
    ['data: a\n\ndata:b\n\n', ['a', 'b']],
    ['data: a\r\ndata: b\r\n\r\n', ['a\nb']],
    ['data: a\rdata: b\r\rdata: c\r\rx', ['a\nb', 'c']],
    [': a comment\n\nevent: x\nid: 1\ndata: a\nretry: 5\n\n', ['a']],
    ['data\n\ndata:  two spaces\n\n', ['', ' two spaces']],
    ['database: no\ndata: cut off\n', []],
  ])('of %j', async (text, events) => {
    expect(await of(text)).toEqual(events)
    expect(await of(text, 1000)).toEqual(events)
  })

  it('of the longest event that is read', async () => {
    expect(await of(`data: ${'x'.repeat(MAX_SERVER_EVENT_CHARACTERS - 8)}\n\n`, 4096)).toHaveLength(1)
  })
})
