import { describe, expect, it } from 'vitest'
import { MAX_TASK_LEASE_SECONDS, MAX_TASK_TAG_LENGTH, MAX_TASK_TAGS } from '../../src/core/limits.ts'
import { task } from '../../src/nodes/task.ts'
import { graph, workflow } from '../support/run.ts'

const isValid = (config: object) => task.config.safeParse(config).success
const texts = (count: number) => Array.from({ length: count }, (_, n) => `t${n}`)

describe('the config of a task', () => {
  it('may be empty', () => {
    expect(task.config.parse({})).toEqual({ queue: 'default', tags: [], payload: null, lease_seconds: 60 })
  })

  it.each([
    [{ queue: 'q'.repeat(MAX_TASK_TAG_LENGTH) }, { queue: 'q'.repeat(MAX_TASK_TAG_LENGTH + 1) }],
    [{ queue: 'eu.gpu_1-a' }, { queue: 'eu gpu' }],
    [{ queue: 'x' }, { queue: '' }],
    [{ tags: texts(MAX_TASK_TAGS) }, { tags: texts(MAX_TASK_TAGS + 1) }],
    [{ tags: ['x'.repeat(MAX_TASK_TAG_LENGTH)] }, { tags: ['x'.repeat(MAX_TASK_TAG_LENGTH + 1)] }],
    [{ tags: ['x'] }, { tags: [''] }],
    [{ tags: [] }, { tags: 'x' }],
    [{ lease_seconds: 1 }, { lease_seconds: 0.9 }],
    [{ lease_seconds: MAX_TASK_LEASE_SECONDS }, { lease_seconds: MAX_TASK_LEASE_SECONDS + 1 }],
  ])('%.60j is valid, %.60j is not', (good, bad) => {
    expect(isValid(good)).toBe(true)
    expect(isValid(bad)).toBe(false)
  })

  it('may have a timeout of any length, which other nodes that wait may not', () => {
    const definition = (type: string, timeout_seconds: number) => () =>
      workflow(graph([{ id: 't', type, config: type === 'delay' ? { delay_seconds: 1 } : {}, timeout_seconds }], []))
    expect(definition('task', 30 * 24 * 3600)).not.toThrow()
    for (const seconds of [0, -1, 401 * 24 * 3600]) expect(definition('task', seconds)).toThrow()
    expect(definition('delay', 5)).toThrow(/calls nothing that could time out/)
  })
})
