// Thousands of random graphs through the core and a fake shell that drops, duplicates, delays, reorders and crashes; every decision
// is checked against named invariants. MILLRACE_SIM_SEED and MILLRACE_SIM_RUNS choose others; a failure prints its seed.
import process from 'node:process'
import { describe, expect, it } from 'vitest'
import type { NoOp } from '../../src/core/command.ts'
import type { BodyDefinition, NodeDefinition } from '../../src/core/definition.ts'
import type { ExecutionEvent } from '../../src/core/event.ts'
import { nodeTypes } from '../../src/nodes/registry.ts'
import { FAULT_RATES } from './faults.ts'
import { instancesOf } from './instances.ts'
import { type Simulated, simulate } from './simulate.ts'

const DEFAULT_RUNS = 5_200
/** Runs of each graph under faults, besides one without. */
const SCHEDULES = Number(process.env.MILLRACE_SIM_SCHEDULES ?? 4)
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
  ports: new Tally(),
  /** Of node instances: loops around them. */
  depths: new Tally(),
}

function record({ workflow, faultless, faulty }: Simulated): void {
  const { nodes } = workflow.definition
  for (const node of nodes) for (const join of joinsIn(node)) tallies.joins.add(join)
  tallies.steps.add('faultless', faultless.steps)
  for (const { shell, faults, end } of faulty) {
    for (const [kind, count] of faults.injected) tallies.faults.add(kind, count)
    tallies.ends.add(`${workflow.family} ${end.phase.status}`)
    for (const [noOp, count] of shell.noOps) tallies.noOps.add(noOp, count)
    for (const event of shell.journal.entries.flatMap(({ events }) => events)) {
      tallies.events.add(event.type)
      if ('error' in event) tallies.errors.add(event.error.code)
    }
    for (const { node, state, iteration } of instancesOf(end)) {
      tallies.depths.add(String(iteration.split('[').length - 1))
      if (state.status === 'completed' || state.status === 'failed') tallies.nodeTypes.add(node.type.type)
      if (state.status === 'completed') tallies.ports.add(`${node.type.type} ${state.ports[0]}`)
    }
    tallies.steps.add('faulty', shell.steps)
  }
}

/** Joins of a node and of those in its body. */
function joinsIn({ join = 'all', config: { body } }: NodeDefinition): readonly string[] {
  const inner = (body as BodyDefinition | undefined)?.nodes ?? [] // A random definition has been validated.
  return [join === 'all' ? join : Object.keys(join).join(), ...inner.flatMap(joinsIn)]
}

const namesIn = ({ counts }: Tally): readonly string[] => [...counts.keys()].sort()

/** All of them: the compiler sees to it. */
const NO_OPS: Readonly<Record<NoOp, true>> = {
  ALREADY_ANSWERED: true,
  ALREADY_SETTLED: true,
  ALREADY_CLAIMED: true,
  ALREADY_FINISHED: true,
  ALREADY_PAUSED: true,
  ALREADY_STARTED: true,
  NOTHING_DUE: true,
  NOT_FINISHED: true,
  NOT_PAUSED: true,
  NOT_RUNNING: true,
  NOT_STARTED: true,
  NOT_WAITING_FOR_IT: true,
  REPEATED_SIGNAL: true,
  SUPERSEDED_ATTEMPT: true,
  SUPERSEDED_EPOCH: true,
  TOO_MANY_SIGNALS: true,
  UNKNOWN_NODE: true,
  UNKNOWN_SIGNAL: true,
}

const EVENTS: Readonly<Record<ExecutionEvent['type'], true>> = {
  'approval.answered': true,
  'child.ended': true,
  'execution.cancelled': true,
  'execution.adopted': true,
  'execution.checkpointed': true,
  'execution.completed': true,
  'execution.created': true,
  'execution.failed': true,
  'execution.paused': true,
  'execution.recovered': true,
  'execution.replayed': true,
  'execution.resumed': true,
  'execution.started': true,
  'execution.timeout_set': true,
  'iteration.cancelled': true,
  'iteration.completed': true,
  'iteration.failed': true,
  'iteration.started': true,
  'node.cancelled': true,
  'node.claimed': true,
  'node.completed': true,
  'node.failed': true,
  'node.interrupted': true,
  'node.iterating': true,
  'node.retry_scheduled': true,
  'node.skipped': true,
  'node.started': true,
  'node.waiting': true,
  'signal.consumed': true,
  'signal.received': true,
}

const PORTS = ['approval approved', 'approval rejected', 'approval timeout', 'wait-for-event out', 'wait-for-event timeout']

describe('simulation', () => {
  it(`${runs} random graphs keep every invariant, without faults and under them`, { timeout: 600_000 }, () => {
    for (let run = seed; run < seed + runs; run += 1) record(simulate(run, SCHEDULES))
    const { steps, faults, ends } = tallies
    // Not by the console, which is shown for failures only: that it did something should be seen.
    process.stdout.write(
      `simulation: ${runs} graphs, each under ${SCHEDULES} schedules of faults, from seed ${seed}; steps ${steps.show()}; faults ${faults.show()}; ends ${ends.show()}\n`,
    )
  })

  // A simulation that never injects is a test that cannot fail.
  it.runIf(runs >= DEFAULT_RUNS)('every kind of fault, node type, join, event, no-op, depth and end has occurred', () => {
    expect(namesIn(tallies.faults)).toEqual(Object.keys(FAULT_RATES).sort())
    // What a handed-off type does is the Runner's: to the core they are alike, and these stand for all of them.
    const handedOff = ['code', 'http-request', 'workflow']
    const types = nodeTypes.all.filter(({ kind, type }) => kind === 'inline' || handedOff.includes(type))
    expect(namesIn(tallies.nodeTypes)).toEqual(types.map(({ type }) => type).sort())
    expect(namesIn(tallies.joins)).toEqual(['all', 'count', 'when'])
    expect(namesIn(tallies.depths)).toEqual(['0', '1', '2', '3'])
    expect(namesIn(tallies.noOps)).toEqual(Object.keys(NO_OPS).sort())
    expect(namesIn(tallies.events)).toEqual(Object.keys(EVENTS).sort())
    expect(namesIn(tallies.ports)).toEqual(expect.arrayContaining(PORTS))
    const errors = [
      'CHILD_FAILED',
      'CONFIG_INVALID',
      'EXECUTION_TIMEOUT',
      'EXPRESSION_ERROR',
      'HTTP_STATUS',
      'INPUT_INVALID',
      'INTERRUPTED',
      'LOOP_LIMIT',
      'NODE_TIMEOUT',
      'SIGNAL_INVALID',
      'ON_PURPOSE',
    ]
    expect([...tallies.errors.counts.keys()]).toEqual(expect.arrayContaining(errors))
    expect(namesIn(tallies.ends)).toEqual([
      'free cancelled',
      'free completed',
      'free failed',
      'ordered completed',
      'ordered failed',
    ])
  })
})
