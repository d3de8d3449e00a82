// Asks the core what a command comes to, with what has been loaded. Called by the engine alone.
import type { Command } from '../core/command.ts'
import { type Decision, decide } from '../core/decide.ts'
import { type LoadedPayloads, PayloadsMissing } from '../core/payload.ts'
import type { ExecutionState } from '../core/state.ts'
import { nodeTypes } from '../nodes/registry.ts'

/** What brings a result. It is journaled before anything is loaded that only its consequences read: storage outside may be down. */
export const BRINGS_RESULT: ReadonlySet<Command['type']> = new Set(['settle', 'child_ended', 'signal', 'approve'])

/** @throws PayloadsMissing where the command itself reads what is not loaded */
export function decideNow(state: ExecutionState | null, command: Command, now: number, payloads: LoadedPayloads): Decision {
  try {
    return decide(state, command, now, nodeTypes, payloads)
  } catch (thrown) {
    if (!(thrown instanceof PayloadsMissing) || !BRINGS_RESULT.has(command.type)) throw thrown
    return decide(state, command, now, nodeTypes, payloads, true)
  }
}
