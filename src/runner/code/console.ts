// What a run of code writes with `console`, as far as its node keeps it: the first lines, and how many more there were.
import { MAX_CONSOLE_CHARACTERS, MAX_CONSOLE_LINES } from '../../core/limits.ts'
import type { ConsoleLine, LogLevel } from '../../core/node-type.ts'

export interface CodeConsole {
  print(level: LogLevel, message: string): void
  lines(): readonly ConsoleLine[]
}

export function createConsole(): CodeConsole {
  const kept: ConsoleLine[] = []
  let characters = 0
  let left = 0
  return {
    print(level, message) {
      characters += message.length
      if (kept.length < MAX_CONSOLE_LINES && characters <= MAX_CONSOLE_CHARACTERS) kept.push({ level, message })
      else left += 1
    },
    lines: () => (left === 0 ? kept : [...kept, { level: 'warn', message: `${left} more lines were not kept` }]),
  }
}
