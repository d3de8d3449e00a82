// A finished execution goes on in a new epoch: `recover` where it ended, `replay` as its plan says.
import { advanceAll } from './advance.ts'
import { type Asked, askEdges } from './ask-edges.ts'
import type { Command, ReplayPlan } from './command.ts'
import { type Decision, ignored, type Moment, transact } from './decision.ts'
import { forkState } from './draft.ts'
import type { ExecutionEvent } from './event.ts'
import { prepareRun } from './node-run.ts'
import { routeFailure } from './settle-node.ts'
import type { ExecutionState } from './state.ts'
import { Transition } from './transition.ts'
import { collectUnfinished, nothingUnfinished } from './unfinished.ts'

type CommandOf<Type extends Command['type']> = Extract<Command, { readonly type: Type }>

/** Runs again what failed or was cancelled, and what never ran because of that. One that completed has nothing of the kind. */
export function recover(state: ExecutionState, { by }: CommandOf<'recover'>, moment: Moment): Decision {
  if (state.phase.status === 'completed') return ignored(state, 'ALREADY_FINISHED')
  return transact(state, moment, (transition) => {
    transition.emit(recovered(state, by))
    goOn(transition)
  })
}

function recovered(state: ExecutionState, by: string): ExecutionEvent {
  const unfinished = nothingUnfinished()
  collectUnfinished(state, '', unfinished)
  const reopened = [...unfinished.reopened]
  const rerun = [...unfinished.nodes]
  return { type: 'execution.recovered', by, rerun, ...(reopened.length === 0 ? {} : { reopened }) }
}

/** A child that is under way, or has completed, only learns to which epoch of its parent it tells its end. */
export function adopt(state: ExecutionState, { parent }: CommandOf<'adopt'>, moment: Moment): Decision {
  const { identity, phase } = state
  if (identity.parent === undefined || parent.epoch <= identity.parent.epoch) return ignored(state, 'SUPERSEDED_EPOCH')
  const goesOn = phase.status === 'failed' || phase.status === 'cancelled'
  return transact(state, moment, (transition) => {
    if (goesOn) transition.emit(recovered(state, `execution ${parent.executionId}`))
    transition.emit({ type: 'execution.adopted', parent })
    if (goesOn) goOn(transition)
  })
}

export function replay(state: ExecutionState, { by, plan }: CommandOf<'replay'>, moment: Moment): Decision {
  if (plan.epoch !== state.epoch) return ignored(state, 'SUPERSEDED_EPOCH')
  const { deadEdges, errors } = askOnTrial(state, plan, moment)
  return transact(state, moment, (transition) => {
    transition.emit(replayed(by, plan, deadEdges, errors))
    for (const [path, error] of errors) routeFailure(transition, prepareRun(transition, transition.instance(path)), error)
    goOn(transition)
  })
}

/** What becomes of edges is asked of the state as the replay will have made it. */
function askOnTrial(state: ExecutionState, plan: ReplayPlan, moment: Moment): Asked {
  const trial = new Transition(forkState(state), moment)
  trial.emit(replayed('', plan))
  return askEdges(trial, plan.askedEdges)
}

/** One that was cancelled before its first moment has it now. */
function goOn(transition: Transition): void {
  if (transition.draft.startedAt === null) transition.emit({ type: 'execution.started' })
  advanceAll(transition)
}

type Replayed = Extract<ExecutionEvent, { readonly type: 'execution.replayed' }>

/** A node whose edges cannot tell has an error for its end: it is taken back first. */
function replayed(
  by: string,
  plan: ReplayPlan,
  deadEdges: Asked['deadEdges'] = {},
  errors: Asked['errors'] = new Map(),
): Replayed {
  const { from, rerun, reopened, definition, version, configHash } = plan
  const unfinished = [...plan.unfinished, ...errors.keys()]
  const outputs = Object.fromEntries(Object.entries(plan.outputs).filter(([path]) => !errors.has(path)))
  return {
    type: 'execution.replayed',
    by,
    from,
    rerun,
    ...(unfinished.length === 0 ? {} : { unfinished }),
    ...(reopened.length === 0 ? {} : { reopened }),
    ...(Object.keys(outputs).length === 0 ? {} : { outputs }),
    ...(Object.keys(deadEdges).length === 0 ? {} : { deadEdges }),
    ...(definition === null ? {} : { definition }),
    ...(version === null ? {} : { version }),
    ...(configHash === null ? {} : { configHash }),
  }
}
