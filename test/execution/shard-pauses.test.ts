// Who tells shards that their execution is paused, or goes on: what they hear, in which order, and how often.
import { afterEach, describe, expect, it, vi } from 'vitest'
import type { ControlAnswer, ControlCommand } from '../../src/execution/contract.ts'
import { ShardPauses } from '../../src/execution/shard-pauses.ts'
import { graph, TestRun } from '../support/run.ts'

const body = graph([{ id: 'v', type: 'value', config: { value: 1 } }], [])
const nodes = [{ id: 'each', type: 'for-each', config: { items: 'inputs.items', body } }]
const sharded = () => new TestRun(graph(nodes, []), { items: Array.from({ length: 1_001 }, () => 0) })

const child = (shard: number) => `c00000000000000${shard}`
const begins = (run: TestRun, shard: number) => run.settle(`each[${shard}].shard`, { kind: 'child', executionId: child(shard) })
const pause = (run: TestRun) => run.send({ type: 'pause', by: 'admin', reason: 'stop' })
const resume = (run: TestRun) => run.send({ type: 'resume', by: 'admin' })

/** Shards that keep what they hear; `answer` may throw, or take its time. */
function heardBy(answer: (id: string) => Promise<void> = async () => {}) {
  const heard: string[] = []
  const control = async (_: string | null, command: ControlCommand, id: string): Promise<ControlAnswer> => {
    heard.push(`${command.type} ${id}`)
    await answer(id)
    return { kind: 'not_found' }
  }
  const pauses = new ShardPauses((id) => ({ control: (communityId, command) => control(communityId, command, id) }))
  return { heard, pauses }
}

afterEach(() => vi.restoreAllMocks())

describe('the pause of an execution', () => {
  it('is told to its shards once, and so is that it goes on', async () => {
    const run = sharded()
    begins(run, 0)
    const { heard, pauses } = heardBy()
    expect(pauses.lackingSince(run.state)).toBeNull()
    pause(run)
    expect(pauses.lackingSince(run.state)).not.toBeNull()
    await pauses.tell(() => run.state)
    await pauses.tell(() => run.state)
    expect(heard).toEqual([`pause ${child(0)}`])
    expect(pauses.lackingSince(run.state)).toBeNull()
    resume(run)
    await pauses.tell(() => run.state)
    expect(heard).toEqual([`pause ${child(0)}`, `resume ${child(0)}`])
  })

  it('is told to a shard whose start was under way', async () => {
    const run = sharded()
    pause(run)
    begins(run, 1)
    const { heard, pauses } = heardBy()
    await pauses.tell(() => run.state)
    expect(heard).toEqual([`pause ${child(1)}`])
  })

  it('is over before its end is told', async () => {
    const run = sharded()
    begins(run, 0)
    const { heard, pauses } = heardBy(async () => {
      if (run.state.paused !== null) resume(run)
    })
    pause(run)
    await Promise.all([pauses.tell(() => run.state), pauses.tell(() => run.state)])
    expect(heard).toEqual([`pause ${child(0)}`, `resume ${child(0)}`])
  })

  it('is owed since the first try, whoever else has heard it since', async () => {
    vi.spyOn(console, 'error').mockImplementation(() => {})
    const now = vi.spyOn(Date, 'now').mockReturnValue(1_000)
    const run = sharded()
    begins(run, 0)
    begins(run, 1)
    let downFor = [child(0)]
    const { pauses } = heardBy(async (id) => {
      if (downFor.includes(id)) throw new Error('down')
    })
    pause(run)
    await pauses.tell(() => run.state)
    now.mockReturnValue(9_000)
    resume(run)
    await pauses.tell(() => run.state)
    expect(pauses.lackingSince(run.state)).toBe(1_000)
    downFor = []
    await pauses.tell(() => run.state)
    expect(pauses.lackingSince(run.state)).toBeNull()
  })

  it('is owed to a shard that cannot be reached', async () => {
    vi.spyOn(console, 'error').mockImplementation(() => {})
    const run = sharded()
    begins(run, 0)
    let isDown = true
    const { heard, pauses } = heardBy(async () => {
      if (isDown) throw new Error('down')
    })
    pause(run)
    await pauses.tell(() => run.state)
    expect(heard).toHaveLength(1)
    expect(pauses.lackingSince(run.state)).not.toBeNull()
    isDown = false
    await pauses.tell(() => run.state)
    expect(heard).toHaveLength(2)
    expect(pauses.lackingSince(run.state)).toBeNull()
  })

  it('is told to nobody once the execution has ended', async () => {
    const run = sharded()
    begins(run, 0)
    pause(run)
    run.cancel()
    const { heard, pauses } = heardBy()
    await pauses.tell(() => run.state)
    expect(heard).toEqual([])
  })
})
