import { describe, expect, it } from 'vitest'
import { MAX_LOG_MESSAGE_BYTES } from '../../src/core/limits.ts'
import { log } from '../../src/nodes/log.ts'
import { configIssues } from '../support/config-issues.ts'
import { inlineContext } from '../support/inline-context.ts'

const run = (config: Parameters<typeof log.run>[0]) => log.run(config, inlineContext({ input: 'in' }))
const logged = (level: string, message: string) => ({ kind: 'completed', output: 'in', log: { level, message } })

describe('log', () => {
  it.each([
    ['at info by default', { message: 'Hello' }, logged('info', 'Hello')],
    ['at its level', { level: 'warn', message: 'Hello' }, logged('warn', 'Hello')],
    ['what is no text as JSON', { message: { b: 1, a: [2] } }, logged('info', '{"a":[2],"b":1}')],
  ])('writes %s', (_name, config, result) => {
    expect(run(config)).toEqual(result)
  })

  it('cuts a long message between two characters', () => {
    const atLimit = 'x'.repeat(MAX_LOG_MESSAGE_BYTES)
    expect(run({ message: atLimit })).toEqual(logged('info', atLimit))
    expect(run({ message: `${atLimit}x` })).toEqual(logged('info', atLimit))
    expect(run({ message: `${atLimit.slice(2)}😀` })).toEqual(logged('info', atLimit.slice(2)))
  })

  it('refuses an unknown level and no message', () => {
    expect(configIssues(log, { level: 'loud' })).toEqual([
      "level: 'level' must be one of debug, info, warn, error",
      "message: log node requires a 'message' field",
    ])
  })
})
