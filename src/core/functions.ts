// The functions of the expression language, in one table: the compiler looks them up here, docs/expressions.md lists
// them, and a test runs every example.
import { DATA_FUNCTIONS } from './data-functions.ts'
import type { ExpressionFunction } from './expression-function.ts'
import { LINK_FUNCTIONS } from './link-functions.ts'
import { LIST_FUNCTIONS } from './list-functions.ts'
import { NUMBER_FUNCTIONS } from './number-functions.ts'
import { TEXT_FUNCTIONS } from './text-functions.ts'
import { TIME_FUNCTIONS } from './time-functions.ts'

export const FUNCTIONS: readonly ExpressionFunction[] = [
  ...TEXT_FUNCTIONS,
  ...LIST_FUNCTIONS,
  ...NUMBER_FUNCTIONS,
  ...TIME_FUNCTIONS,
  ...DATA_FUNCTIONS,
  ...LINK_FUNCTIONS,
]

const byName: ReadonlyMap<string, ExpressionFunction> = new Map(FUNCTIONS.map((entry) => [entry.name, entry]))

export const findFunction = (name: string): ExpressionFunction | undefined => byName.get(name)
