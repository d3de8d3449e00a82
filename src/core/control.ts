// What operators ask of a running execution: pause, resume, a checkpoint, another time limit.
import type { Command } from './command.ts'
import { type Decision, ignored, type Moment, transact } from './decision.ts'
import { mustNode } from './graph.ts'
import { nodePath, openRuns } from './instance.ts'
import { enqueueAttempt, isUnclaimed } from './run-node.ts'
import type { ExecutionState } from './state.ts'
import type { Transition } from './transition.ts'
import { handleDue } from './wake.ts'

type CommandOf<Type extends Command['type']> = Extract<Command, { readonly type: Type }>

/** Starts nothing new; what is under way settles, and timers keep their moment. */
export const pause = (state: ExecutionState, { by, reason }: CommandOf<'pause'>, moment: Moment): Decision =>
  state.paused !== null
    ? ignored(state, 'ALREADY_PAUSED')
    : transact(state, moment, (transition) => transition.emit({ type: 'execution.paused', by, reason }))

/** Goes on, first with what came due in between. Messages of the task queue that came in between were refused: they are sent again. */
export const resume = (state: ExecutionState, { by }: CommandOf<'resume'>, moment: Moment): Decision =>
  state.paused === null
    ? ignored(state, 'NOT_PAUSED')
    : transact(state, moment, (transition) => {
        transition.emit({ type: 'execution.resumed', by })
        enqueueUnclaimed(transition)
        handleDue(transition, transition.draft)
      })

function enqueueUnclaimed(transition: Transition): void {
  const unclaimed: { readonly path: string; readonly attempt: number }[] = []
  for (const { iteration, run } of openRuns(transition.draft))
    for (const [id, node] of run.nodes)
      if (node.status === 'running' && isUnclaimed(mustNode(run.graph.nodes, id), node))
        unclaimed.push({ path: nodePath(iteration, id), attempt: node.attempt })
  for (const { path, attempt } of unclaimed) enqueueAttempt(transition, path, attempt)
}

export const checkpoint = (state: ExecutionState, { by, name }: CommandOf<'checkpoint'>, moment: Moment): Decision =>
  transact(state, moment, (transition) => transition.emit({ type: 'execution.checkpointed', by, name }))

/** Counted as before, from the first node. A limit that has passed already ends the execution. */
export const setTimeLimit = (state: ExecutionState, { by, seconds }: CommandOf<'set_timeout'>, moment: Moment): Decision =>
  transact(state, moment, (transition) => {
    transition.emit({ type: 'execution.timeout_set', by, seconds })
    handleDue(transition, transition.draft)
  })
