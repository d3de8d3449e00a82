import { describe, expect, it } from 'vitest'
import { MAX_REDELIVERY_DELAY_SECONDS } from '../../src/core/limits.ts'
import { redeliver, redeliveryDelaySeconds } from '../../src/queues/redelivery.ts'

describe('redeliveryDelaySeconds', () => {
  it.each([
    [1, 5],
    [2, 10],
    [3, 20],
    [10, 2_560],
    [11, MAX_REDELIVERY_DELAY_SECONDS],
    [100, MAX_REDELIVERY_DELAY_SECONDS],
  ])('after delivery %i waits %i s', (attempts, seconds) => {
    expect(redeliveryDelaySeconds(attempts)).toBe(seconds)
  })
})

describe('redeliver', () => {
  it('asks for the message after its delay', () => {
    const asked: unknown[] = []
    redeliver({ attempts: 3, retry: (options) => asked.push(options) })
    expect(asked).toEqual([{ delaySeconds: 20 }])
  })
})
