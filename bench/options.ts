// The command line of the benchmark, and readers of options that the kill test shares.
import { parseArgs } from 'node:util'
import { isKind, KINDS, type Kind } from './kind.ts'
import { isSystemName, SYSTEM_NAMES, type SystemName } from './system.ts'

export interface BenchOptions {
  readonly only: readonly SystemName[]
  readonly kinds: readonly Kind[]
  readonly callers: readonly number[]
  /** Length of one cell. */
  readonly seconds: number
}

const MAX_SECONDS = 300
const MAX_CALLERS = 256

/** @throws with a sentence for people where an option makes no sense */
export function readOptions(args: readonly string[]): BenchOptions {
  const { values } = parseArgs({
    args: [...args],
    options: {
      only: { type: 'string', default: SYSTEM_NAMES.join(',') },
      kinds: { type: 'string', default: KINDS.join(',') },
      callers: { type: 'string', default: '1,8,32' },
      seconds: { type: 'string', default: '5' },
    },
  })
  return {
    only: list('--only', values.only, isSystemName),
    kinds: list('--kinds', values.kinds, isKind),
    callers: values.callers.split(',').map((text) => positive('--callers', text, MAX_CALLERS)),
    seconds: positive('--seconds', values.seconds, MAX_SECONDS),
  }
}

export function positive(option: string, text: string, max: number): number {
  const value = Number(text)
  if (!Number.isInteger(value) || value < 1 || value > max)
    throw new Error(`${option}: ${text} is not a whole number from 1 to ${max}`)
  return value
}

export function list<T extends string>(option: string, text: string, isKnown: (value: string) => value is T): T[] {
  return text.split(',').map((value) => {
    if (!isKnown(value)) throw new Error(`${option}: ${value} is unknown`)
    return value
  })
}
