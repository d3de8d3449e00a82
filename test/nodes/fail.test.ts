import { describe, expect, it } from 'vitest'
import { MAX_LOG_MESSAGE_BYTES } from '../../src/core/limits.ts'
import { fail } from '../../src/nodes/fail.ts'
import { configIssues } from '../support/config-issues.ts'
import { inlineContext } from '../support/inline-context.ts'

describe('fail', () => {
  it.each([
    ['by default', {}, { code: 'NODE_FAILED', message: 'The workflow failed on purpose.', retryable: false }],
    [
      'with its own words',
      { code: 'OUT_OF_STOCK', message: 'No bolts left', retryable: true },
      { code: 'OUT_OF_STOCK', message: 'No bolts left', retryable: true },
    ],
    ['with a value as message', { message: [1] }, { code: 'NODE_FAILED', message: '[1]', retryable: false }],
  ])('fails %s', (_name, config, error) => {
    expect(fail.run(config, inlineContext())).toEqual({ kind: 'failed', error })
  })

  it('cuts a long message, which is kept with the node, its iteration and the execution', () => {
    const atLimit = 'x'.repeat(MAX_LOG_MESSAGE_BYTES)
    expect(fail.run({ message: atLimit }, inlineContext())).toMatchObject({ error: { message: atLimit } })
    const cut = `${atLimit.slice('[truncated]'.length)}[truncated]`
    expect(fail.run({ message: `${atLimit}x` }, inlineContext())).toMatchObject({ error: { message: cut } })
  })

  it.each(['A', 'A_1', 'A'.repeat(64)])('takes the code %s', (code) => {
    expect(configIssues(fail, { code })).toEqual([])
  })

  it.each(['', 'lower', '1A', '_A', 'A-B', 'A'.repeat(65)])('refuses the code %j', (code) => {
    expect(configIssues(fail, { code })).toEqual([expect.stringContaining("code: 'code' must be up to 64 capital letters")])
  })
})
