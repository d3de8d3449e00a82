// One seed: a random graph, run without faults and then under faults. Everything follows from the seed.
import type { ExecutionState } from '../../src/core/state.ts'
import { compareOutcomes } from './compare-outcomes.ts'
import { extraLargeWorkflow } from './extra-large-workflow.ts'
import { FakeShell } from './fake-shell.ts'
import { Faults } from './faults.ts'
import { instancesOf } from './instances.ts'
import { Random } from './random.ts'
import { type RandomWorkflow, randomWorkflow } from './random-workflow.ts'
import { violation } from './step.ts'

/** One graph of so many is too large for one transition. */
const EXTRA_LARGE_EVERY = 600

export interface Simulated {
  readonly workflow: RandomWorkflow
  readonly faultless: FakeShell
  readonly faulty: readonly { readonly shell: FakeShell; readonly faults: Faults; readonly end: ExecutionState }[]
}

export class SimulationFailure extends Error {}

/** @throws SimulationFailure that says how to run this seed again, with the graph and the schedule */
export function simulate(seed: number, schedules: number): Simulated {
  const random = new Random(seed, 'graph')
  const isLarge = seed % EXTRA_LARGE_EVERY === 0
  const workflow = isLarge ? extraLargeWorkflow(random) : randomWorkflow(random, seed % 2 === 0 ? 'ordered' : 'free')
  const faultless = new FakeShell(workflow, seed, new Faults(new Random(seed, 'none'), workflow.family, 0))
  const expected = runReported(faultless, seed, 'without faults')
  const faulty = Array.from({ length: isLarge ? 1 : schedules }, (_, schedule) => {
    const faults = new Faults(new Random(seed, 'faults', schedule), workflow.family, random.pick([0.5, 1, 1, 3]))
    const shell = new FakeShell(workflow, seed, faults)
    const how = `under faults ${schedule}`
    const end = runReported(shell, seed, how)
    reported(shell, seed, how, () => {
      const difference = workflow.family === 'ordered' ? compareOutcomes(expected, end) : null
      if (difference !== null) throw violation('faults-do-not-change-the-outcome', difference)
      shell.goOn()
    })
    return { shell, faults, end }
  })
  return { workflow, faultless, faulty }
}

const runReported = (shell: FakeShell, seed: number, how: string): ExecutionState =>
  reported(shell, seed, how, () => {
    const end = shell.run()
    checkPerformed(shell, end)
    return end
  })

/** A handed-off node that completed was performed at least once: no result comes from nowhere. */
function checkPerformed(shell: FakeShell, end: ExecutionState): void {
  for (const { path, node, state } of instancesOf(end)) {
    if (state.status !== 'completed' || node.type.kind !== 'handed_off' || node.definition.disabled === true) continue
    if (!shell.runner.performed.has(`1 ${path}`)) throw violation('completed-nodes-were-performed', path)
  }
  const orphan = end.orphans.find((id) => !shell.children.hasEnded(id))
  if (orphan !== undefined) throw violation('orphans-end', orphan)
}

function reported<T>(shell: FakeShell, seed: number, how: string, act: () => T): T {
  try {
    return act()
  } catch (error) {
    const { definition, inputs } = shell.workflow
    const lines = [
      `${error instanceof Error ? error.message : String(error)}`,
      `seed ${seed}, ${how}, step ${shell.steps}. Again: MILLRACE_SIM_SEED=${seed} MILLRACE_SIM_RUNS=1 npx vitest run --project pure test/sim`,
      `graph: ${JSON.stringify({ definition, inputs }).slice(0, 6_000)}`,
      `schedule (ms, command):\n${shell.schedule.slice(-200).join('\n')}`,
    ]
    throw new SimulationFailure(lines.join('\n'), { cause: error })
  }
}
