// Thousands of random graphs through the core and a fake shell that drops, duplicates, delays, reorders and crashes; every decision
// is checked against named invariants. MILLRACE_SIM_SEED and MILLRACE_SIM_RUNS choose others; a failure prints its seed.
import process from 'node:process'
import { describe, expect, it } from 'vitest'
import { nodeTypes } from '../../src/nodes/registry.ts'
import { FAULT_RATES } from './faults.ts'
import { type Simulated, simulate } from './simulate.ts'

const DEFAULT_RUNS = 6_000
const seed = Number(process.env.MILLRACE_SIM_SEED ?? 1)
const runs = Number(process.env.MILLRACE_SIM_RUNS ?? DEFAULT_RUNS)

/** What has occurred over all runs, by name. */
class Tally {
  readonly counts = new Map<string, number>()

  add(name: string, count = 1): void {
    this.counts.set(name, (this.counts.get(name) ?? 0) + count)
  }

  show = (): string => [...this.counts].map(([name, count]) => `${name} ${count}`).join(', ')
}

const tallies = {
  faults: new Tally(),
  ends: new Tally(),
  nodeTypes: new Tally(),
  joins: new Tally(),
  events: new Tally(),
  noOps: new Tally(),
  errors: new Tally(),
  steps: new Tally(),
}

function record({ workflow, faultless, faulty, faults, end }: Simulated): void {
  for (const [kind, count] of faults.injected) tallies.faults.add(kind, count)
  tallies.ends.add(`${workflow.family} ${end.phase.status}`)
  for (const [noOp, count] of faulty.noOps) tallies.noOps.add(noOp, count)
  for (const event of faulty.journal.entries.flatMap(({ events }) => events)) {
    tallies.events.add(event.type)
    if ('error' in event) tallies.errors.add(event.error.code)
  }
  for (const { id, type } of workflow.definition.nodes)
    if (end.nodes.get(id)?.status === 'completed' || end.nodes.get(id)?.status === 'failed') tallies.nodeTypes.add(type)
  for (const { join = 'all' } of workflow.definition.nodes) tallies.joins.add(join === 'all' ? join : Object.keys(join).join())
  tallies.steps.add('faultless', faultless.steps)
  tallies.steps.add('faulty', faulty.steps)
}

describe('simulation', () => {
  it(`${runs} random graphs keep every invariant, without faults and under them`, { timeout: 120_000 }, () => {
    for (let run = seed; run < seed + runs; run += 1) record(simulate(run))
    const { steps, faults, ends } = tallies
    // Not by the console, which is shown for failures only: that it did something should be seen.
    process.stdout.write(
      `simulation: ${runs} graphs from seed ${seed}; steps ${steps.show()}; faults ${faults.show()}; ends ${ends.show()}\n`,
    )
  })

  // A simulation that never injects is a test that cannot fail.
  it.runIf(runs >= DEFAULT_RUNS)('every kind of fault, node type, join, event, no-op and end has occurred', () => {
    expect([...tallies.faults.counts.keys()].sort()).toEqual(Object.keys(FAULT_RATES).sort())
    expect([...tallies.nodeTypes.counts.keys()].sort()).toEqual(nodeTypes.all.map(({ type }) => type).sort())
    expect([...tallies.joins.counts.keys()].sort()).toEqual(['all', 'count', 'when'])
    expect([...tallies.noOps.counts.keys()].sort()).toEqual([
      'ALREADY_CLAIMED',
      'ALREADY_FINISHED',
      'ALREADY_STARTED',
      'NOTHING_DUE',
      'NOT_RUNNING',
      'SUPERSEDED_ATTEMPT',
      'SUPERSEDED_EPOCH',
      'UNKNOWN_NODE',
    ])
    expect([...tallies.events.counts.keys()].sort()).toEqual([
      'execution.cancelled',
      'execution.completed',
      'execution.created',
      'execution.failed',
      'execution.started',
      'node.cancelled',
      'node.claimed',
      'node.completed',
      'node.failed',
      'node.interrupted',
      'node.retry_scheduled',
      'node.skipped',
      'node.started',
      'node.waiting',
    ])
    const errors = [
      'CONFIG_INVALID',
      'EXECUTION_TIMEOUT',
      'EXPRESSION_ERROR',
      'HTTP_STATUS',
      'INPUT_INVALID',
      'INTERRUPTED',
      'ON_PURPOSE',
    ]
    expect([...tallies.errors.counts.keys()]).toEqual(expect.arrayContaining(errors))
    expect([...tallies.ends.counts.keys()].sort()).toEqual([
      'free cancelled',
      'free completed',
      'free failed',
      'ordered completed',
      'ordered failed',
    ])
  })
})
