// What an attempt says: rarely asked after where nobody listens, at most two parts a second where somebody does, and no secret in two parts.
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import {
  MAX_DELTA_CHARACTERS,
  MAX_DELTA_WAIT_MS,
  MAX_UNHEARD_PAUSE_MS,
  MIN_DELTA_PAUSE_MS,
  UNHEARD_PAUSE_MS,
} from '../../src/core/limits.ts'
import { Redactor } from '../../src/runner/redact.ts'
import { type Utterance, Voice } from '../../src/runner/voice.ts'

beforeEach(() => {
  vi.useFakeTimers()
})
afterEach(() => {
  vi.useRealTimers()
})

interface Sent extends Utterance {
  readonly at: number
}

/** A voice, and what it sends; `hears` answers it. */
function voice(
  isListened: boolean,
  hears: (part: Utterance) => Promise<boolean> = async () => true,
  secrets: readonly string[] = [],
) {
  const startedAt = Date.now()
  const sent: Sent[] = []
  const redactor = new Redactor()
  for (const secret of secrets) redactor.conceal(secret)
  const speaking = new Voice({
    isListened,
    send: (part) => {
      sent.push({ at: Date.now() - startedAt, ...part })
      return hears(part)
    },
    redactor: { redact: (text) => redactor.text(text), heldFrom: (text) => redactor.heldFrom(text) },
  })
  return { voice: speaking, sent }
}

const pass = (ms: number) => vi.advanceTimersByTimeAsync(ms)

describe('while somebody listens', () => {
  it('comes at once, then twice a second, with what was said meanwhile', async () => {
    const { voice: speaking, sent } = voice(true)
    for (const word of 'one two three four five '.match(/\S+ /g) ?? []) {
      speaking.say(word)
      await pass(200)
    }
    expect(sent).toEqual([
      { at: 0, offset: 0, text: 'one ' },
      { at: MIN_DELTA_PAUSE_MS, offset: 4, text: 'two three ' },
      { at: 2 * MIN_DELTA_PAUSE_MS, offset: 14, text: 'four five ' },
    ])
  })

  it('is never two calls at once, however long one takes', async () => {
    const first = Promise.withResolvers<boolean>()
    const { voice: speaking, sent } = voice(true, () => (sent.length === 1 ? first.promise : Promise.resolve(true)))
    speaking.say('a')
    await pass(0)
    speaking.say('b')
    await pass(MAX_DELTA_WAIT_MS - 1)
    expect(sent).toHaveLength(1)
    first.resolve(true)
    await pass(0)
    expect(sent[1]).toMatchObject({ offset: 1, text: 'b' })
  })

  it('sends the rest at the end, still at most twice a second', async () => {
    const { voice: speaking, sent } = voice(true)
    speaking.say('begun')
    await pass(100)
    speaking.say(', ended')
    const ended = speaking.end()
    await pass(MIN_DELTA_PAUSE_MS - 101)
    expect(sent).toHaveLength(1)
    await pass(1)
    await ended
    expect(sent[1]).toEqual({ at: MIN_DELTA_PAUSE_MS, offset: 5, text: ', ended' })
    speaking.say('late')
    await pass(10_000)
    expect(sent).toHaveLength(2)
  })

  it('begins anew', async () => {
    const { voice: speaking, sent } = voice(true)
    speaking.say('wrong')
    await pass(0)
    speaking.say(null)
    speaking.say('right')
    await pass(MIN_DELTA_PAUSE_MS)
    expect(sent.map(({ offset, text }) => [offset, text])).toEqual([
      [0, 'wrong'],
      [0, 'right'],
    ])
  })

  it('holds nothing up that does not answer, or fails', async () => {
    const { voice: deaf } = voice(true, () => new Promise(() => {}))
    deaf.say('x')
    await pass(0)
    const ended = deaf.end()
    await pass(MAX_DELTA_WAIT_MS)
    await ended
    const { voice: broken, sent } = voice(true, () => Promise.reject(new Error('gone')))
    broken.say('x')
    await pass(0)
    broken.say('y')
    await broken.end()
    expect(sent).toHaveLength(1)
  })

  it('ends with its attempt', async () => {
    const { voice: speaking, sent } = voice(true)
    speaking.say('a')
    speaking.stop()
    speaking.say('b')
    await pass(10_000)
    expect(sent).toEqual([])
  })
})

describe('while nobody listens', () => {
  it('asks ever more rarely, and keeps what nobody has heard', async () => {
    const { voice: speaking, sent } = voice(false, async () => false)
    speaking.say('a')
    await pass(120_000)
    const pauses = sent.map(({ at }, index) => at - (sent[index - 1]?.at ?? 0))
    expect(pauses.slice(0, 6)).toEqual([UNHEARD_PAUSE_MS, 2_000, 4_000, 8_000, MAX_UNHEARD_PAUSE_MS, MAX_UNHEARD_PAUSE_MS])
    expect(sent.at(-1)).toMatchObject({ offset: 0, text: 'a' })
  })

  it('asks nothing of a short attempt', async () => {
    const { voice: speaking, sent } = voice(false)
    speaking.say('a')
    await pass(UNHEARD_PAUSE_MS - 1)
    await speaking.end()
    expect(sent).toEqual([])
  })

  it('goes on twice a second once somebody does', async () => {
    const { voice: speaking, sent } = voice(false, async () => sent.length > 1)
    speaking.say('a')
    await pass(3_000)
    speaking.say('b')
    await pass(MIN_DELTA_PAUSE_MS)
    expect(sent).toEqual([
      { at: 1_000, offset: 0, text: 'a' },
      { at: 3_000, offset: 0, text: 'a' },
      { at: 3_500, offset: 1, text: 'b' },
    ])
  })

  it.each([0, 1])('keeps the last of so much: one part, and %i characters', async (more) => {
    const { voice: speaking, sent } = voice(false)
    speaking.say('x'.repeat(MAX_DELTA_CHARACTERS + more))
    await pass(UNHEARD_PAUSE_MS)
    expect(sent[0]).toMatchObject({ offset: more, text: 'x'.repeat(MAX_DELTA_CHARACTERS) })
  })
})

describe('a secret', () => {
  const SECRET = 'correct-horse-battery'

  it('shows in no part, wherever it is cut', async () => {
    const text = `${'before '.repeat(30)}${SECRET}${' after'.repeat(60)}`
    for (let cut = 200; cut < 240; cut += 1) {
      const { voice: speaking, sent } = voice(true, async () => true, [SECRET])
      speaking.say(text.slice(0, cut))
      await pass(MIN_DELTA_PAUSE_MS)
      speaking.say(text.slice(cut))
      await pass(MIN_DELTA_PAUSE_MS)
      const ended = speaking.end()
      await pass(MIN_DELTA_PAUSE_MS)
      await ended
      const told = sent.map((part) => part.text).join('')
      expect(told).toBe(text.replace(SECRET, '[redacted]'))
      expect(sent.map(({ offset }) => offset)).toEqual(offsetsOf(sent))
    }
  })

  it('comes character by character', async () => {
    const { voice: speaking, sent } = voice(true, async () => true, [SECRET])
    for (const character of `${'a'.repeat(200)}${SECRET}${'b'.repeat(400)}`) {
      speaking.say(character)
      await pass(100)
    }
    await pass(MIN_DELTA_PAUSE_MS)
    expect(sent.length).toBeGreaterThan(10)
    expect(sent.map(({ text }) => text).join('')).toMatch(/^a{200}\[redacted\]b+$/)
  })
})

it('splits no character in two', async () => {
  const { voice: speaking, sent } = voice(true, async () => true, ['secret'])
  speaking.say('👋'.repeat(50))
  await pass(0)
  expect(sent[0]?.text).toMatch(/^(👋)+$/u)
})

const offsetsOf = (sent: readonly Sent[]): readonly number[] =>
  sent.map((_, index) => sent.slice(0, index).reduce((sum, { text }) => sum + text.length, 0))
