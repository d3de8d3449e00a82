// A folded state, the same command and moment give the same decision: nothing but the journal has a say in it. Whether an output that
// equals its node's input is written out or left to the fold is the one thing that memory decides; the state is the same.
import type { Command } from '../../src/core/command.ts'
import { type Decision, decide } from '../../src/core/decide.ts'
import type { ExecutionEvent } from '../../src/core/event.ts'
import { NO_PAYLOADS } from '../../src/core/payload.ts'
import type { ExecutionState } from '../../src/core/state.ts'
import { nodeTypes } from '../../src/nodes/registry.ts'
import { findDifference, findStateDifference } from './find-difference.ts'
import { violation } from './step.ts'

export function checkDecidedAgain(
  replica: ExecutionState | null,
  command: Command,
  now: number,
  decision: Decision,
  isAlone: boolean,
): void {
  const again = decide(replica, command, now, nodeTypes, NO_PAYLOADS, isAlone)
  const difference =
    findDifference(told(again), told(decision)) ??
    (again.state === null ? null : findStateDifference(again.state, decision.state))
  if (difference !== null) throw violation('deciding-again-decides-the-same', difference)
}

const told = ({ events, effects, noOp }: Decision): unknown => [events.map(withoutOutput), effects, noOp]

const withoutOutput = (event: ExecutionEvent): unknown => (event.type === 'node.completed' ? { ...event, output: null } : event)
