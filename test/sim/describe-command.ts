// A command as one line of a failure's schedule.
import type { Command } from '../../src/core/command.ts'

export function describeCommand(command: Command): string {
  switch (command.type) {
    case 'settle':
      return `settle ${command.node} attempt ${command.attempt} epoch ${command.epoch} ${JSON.stringify(command.result).slice(0, 120)}`
    case 'claim':
      return `claim ${command.node} attempt ${command.attempt} epoch ${command.epoch}`
    case 'signal':
      return `signal ${command.name} ${command.key ?? ''} ${JSON.stringify(command.payload).slice(0, 60)}`
    case 'approve':
      return `approve ${command.node} ${command.answer.decision} epoch ${command.epoch}`
    case 'settle_task':
      return `settle_task ${command.node} since ${command.since} ${command.result.kind}`
    case 'child_ended':
      return `child_ended ${command.executionId} ${command.end.status} to ${command.parent.node}`
    case 'set_timeout':
      return `set_timeout ${command.seconds}`
    default:
      return command.type
  }
}
