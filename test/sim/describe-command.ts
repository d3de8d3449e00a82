// A command as one line of a failure's schedule.
import type { Command } from '../../src/core/command.ts'

export function describeCommand(command: Command): string {
  switch (command.type) {
    case 'settle':
      return `settle ${command.node} attempt ${command.attempt} epoch ${command.epoch} ${JSON.stringify(command.result).slice(0, 120)}`
    case 'claim':
      return `claim ${command.node} attempt ${command.attempt} epoch ${command.epoch}`
    default:
      return command.type
  }
}
