import { describe, expect, it } from 'vitest'
import { MAX_DELAY_SECONDS } from '../../src/core/limits.ts'
import { delay } from '../../src/nodes/delay.ts'
import { configIssues } from '../support/config-issues.ts'
import { inlineContext, NOW } from '../support/inline-context.ts'

const until = (due: string | number | boolean | null) =>
  delay.run({ until: 'inputs.due' }, inlineContext({ input: 'in', executionInputs: { due } }))

describe('delay', () => {
  it.each([
    [5, 5_000],
    [0.25, 250],
    [0.0001, 1],
    [MAX_DELAY_SECONDS, MAX_DELAY_SECONDS * 1000],
  ])('waits %d seconds', (seconds, milliseconds) => {
    expect(delay.run({ delay_seconds: seconds }, inlineContext())).toEqual({
      kind: 'waiting',
      resumeAt: NOW + milliseconds,
      on: { kind: 'timer' },
    })
  })

  it.each([
    ['text with a zone', '2026-03-01T10:00:00+01:00', Date.parse('2026-03-01T09:00:00Z')],
    ['a date', '2026-03-02', Date.parse('2026-03-02T00:00:00Z')],
    ['milliseconds', NOW + 1.5, NOW + 2],
    ['the limit', NOW + MAX_DELAY_SECONDS * 1000, NOW + MAX_DELAY_SECONDS * 1000],
  ])('waits until %s', (_name, due, resumeAt) => {
    expect(until(due)).toEqual({ kind: 'waiting', resumeAt, on: { kind: 'timer' } })
  })

  it('goes on at once, with its input, where the moment has passed', () => {
    const goesOn = { kind: 'completed', output: 'in' }
    expect(until('2020-01-01T00:00:00Z')).toEqual(goesOn)
    expect(until(NOW)).toEqual(goesOn)
    expect(delay.run({ delay_seconds: 0 }, inlineContext({ input: 'in' }))).toEqual(goesOn)
  })

  it.each([
    ['text without a zone', '2026-03-01T10:00:00', 'gave text'],
    ['other text', 'tomorrow', 'gave text'],
    ['another kind', true, 'gave a boolean'],
    ['null', null, 'gave null'],
    ['a moment above the limit', NOW + MAX_DELAY_SECONDS * 1000 + 1, '365 days'],
  ])('fails on %s', (_name, due, message) => {
    expect(until(due)).toMatchObject({
      kind: 'failed',
      error: { code: 'INPUT_INVALID', message: expect.stringContaining(message) },
    })
  })

  it.each([
    ['neither', {}, 'exactly one of'],
    ['both', { delay_seconds: 1, until: 'inputs.due' }, 'exactly one of'],
    ['a negative number', { delay_seconds: -1 }, 'from 0 to 31536000'],
    ['more than the limit', { delay_seconds: MAX_DELAY_SECONDS + 1 }, 'from 0 to 31536000'],
    ['text', { delay_seconds: 'soon' }, 'from 0 to 31536000'],
  ])('is refused with %s', (_name, config, message) => {
    expect(configIssues(delay, config)).toEqual([expect.stringMatching(new RegExp(`^delay_seconds: .*${message}`))])
  })
})
