// Commands that come at any moment and are often out of place: stale settlements and claims, events and answers that nobody asked
// for, operators' requests. Each is one kind of fault.
import type { Command, ReplayPlan } from '../../src/core/command.ts'
import type { ExecutionState } from '../../src/core/state.ts'
import type { FakeOutside } from './fake-outside.ts'
import type { FaultKind, Faults } from './faults.ts'
import { instancesOf } from './instances.ts'
import type { Random } from './random.ts'

interface Situation {
  readonly state: ExecutionState
  readonly random: Random
  readonly outside: FakeOutside
  readonly start: Command
}

type Disturbance = (situation: Situation) => Command | null

/** One after the other: each is made of the state that the one before has left. */
export function* disturbances(
  faults: Faults,
  outside: FakeOutside,
  start: Command,
  now: () => ExecutionState,
): Iterable<Command> {
  const { random } = faults
  // `Object.entries` widens the keys of a record to string.
  const kinds = Object.entries(DISTURBANCES) as [FaultKind, Disturbance][]
  for (const [kind, make] of kinds) {
    if (!faults.occurs(kind)) continue
    const command = make({ random, outside, start, state: now() })
    if (command === null) continue
    faults.count(kind)
    yield command
  }
}

const DISTURBANCES = {
  stale_attempt: (situation) => staleSettlement(situation, situation.state.epoch),
  stale_epoch: (situation) => staleSettlement(situation, situation.state.epoch + situation.random.pick([-1, 1])),
  unknown_node: ({ random, state }) => ({
    ...STALE,
    epoch: state.epoch,
    attempt: 1,
    node: random.pick(['nowhere', '__proto__', 'hasOwnProperty', 'n0[7].n0', 'n0[0].', '.n0', 'n0.n0', 'n0[0]', '']),
  }),
  stale_claim: ({ random, state }) => ({
    type: 'claim',
    epoch: random.pick([state.epoch - 1, state.epoch]),
    ...staleAttempt(state, random),
  }),
  duplicate_start: ({ start }) => start,
  early_alarm: () => ({ type: 'wake' }),
  early_signal: ({ outside }) => outside.signal(),
  repeated_signal: ({ outside }) => outside.repeatedSignal(),
  unknown_signal: ({ outside }) => outside.unknownSignal(),
  huge_signal: ({ outside }) => outside.hugeSignal(),
  early_answer: ({ outside, state }) => outside.answer(state.epoch),
  stale_answer: ({ outside, state }) => outside.answer(state.epoch - 1),
  early_work: ({ outside, state }) => outside.work(state),
  misplaced_work: ({ outside, state, random }) => {
    const work = outside.work(state)
    if (work?.type !== 'settle_task') return null
    return {
      ...work,
      node: random.pick([...instancesOf(state).map(({ path }) => path), 'nowhere']),
      since: work.since + random.pick([-1, 1]),
    }
  },
  misplaced_answer: ({ outside, state, random }) => {
    const answer = outside.answer(state.epoch)
    const others = instancesOf(state).flatMap(({ path, node: { type } }) => (type.type === 'approval' ? [] : [path]))
    const node = random.pick([...others, 'nowhere', 'n0[1000000].n0', '__proto__[0].n0'])
    return answer === null ? null : { ...answer, node }
  },
  stray_child_end: ({ state, random }) => ({
    type: 'child_ended',
    executionId: random.pick(['nobody', ...state.orphans]),
    parent: { executionId: 'parent', epoch: state.epoch, node: random.pick(['nowhere', ...state.nodes.keys()]), failures: 7 },
    end: { status: 'completed', output: 'stray' },
  }),
  pause: ({ random }) => ({ type: 'pause', by: 'sim', reason: random.pick([null, 'lunch']) }),
  stray_resume: () => ({ type: 'resume', by: 'sim' }),
  checkpoint: ({ random }) => ({ type: 'checkpoint', by: 'sim', name: random.pick([null, 'here']) }),
  recover_open: ({ state }) => (state.phase.status === 'open' ? { type: 'recover', by: 'sim' } : null),
  early_replay: ({ state }) =>
    state.phase.status === 'open'
      ? {
          type: 'replay',
          by: 'sim',
          plan: { ...EMPTY_PLAN, epoch: state.epoch },
        }
      : null,
  lift_timeout: () => ({ type: 'set_timeout', by: 'sim', seconds: null }),
} as const satisfies Partial<Record<FaultKind, Disturbance>>

const EMPTY_PLAN: ReplayPlan = {
  epoch: 0,
  from: null,
  rerun: [],
  unfinished: [],
  reopened: [],
  outputs: {},
  askedEdges: {},
  definition: null,
  version: null,
  configHash: null,
}

const STALE = { type: 'settle', result: { kind: 'completed', output: 'stale' } } as const

const staleSettlement = ({ state, random }: Situation, epoch: number): Command => ({
  ...STALE,
  epoch,
  ...staleAttempt(state, random),
})

/** Never one that is under way. */
function staleAttempt(state: ExecutionState, random: Random): { readonly node: string; readonly attempt: number } {
  const { path: node, state: status } = random.pick(instancesOf(state))
  return { node, attempt: status.status === 'running' ? status.attempt + random.pick([-1, 1, 7]) : random.int(0, 3) }
}
