// Runs a `code` node's attempt as the Runner would, with the engine read from its file: plain Node cannot import it.
import { readFileSync } from 'node:fs'
import path from 'node:path'
import type { JsonObject } from '../../src/core/json.ts'
import type { AttemptResult } from '../../src/core/node-type.ts'
import { SEEN } from '../../src/core/seen-scope.ts'
import { attemptTask as attemptTaskOf } from '../../src/execution/attempt-task.ts'
import { nodeTypes } from '../../src/nodes/registry.ts'
import { createRunCode } from '../../src/runner/code/run-code.ts'
import { performAttempt } from '../../src/runner/perform-attempt.ts'
import type { AttemptTask } from '../../src/runner/task.ts'
import { attemptDeps } from './attempt-deps.ts'
import { attemptTask } from './attempt-task.ts'
import type { TestRun } from './run.ts'

const FILE = path.join(import.meta.dirname, '../../src/runner/code/quickjs.wasm')

// Workers' types know modules only as imports.
export const runCode = createRunCode(Reflect.construct(WebAssembly.Module, [readFileSync(FILE)]))

/** The moment that the code is told. */
export const CODE_NOW = Date.parse('2026-03-04T05:06:07.089Z')

export interface CodeRun {
  readonly names?: JsonObject
  readonly config?: JsonObject
  readonly node?: string
  readonly run?: number
}

/** Runs one with what it is given in the place of a core. */
export const runSource = (source: string, { names = {}, config = {}, ...task }: CodeRun = {}): Promise<AttemptResult> =>
  perform({ config: { source, ...config, [SEEN]: { now: CODE_NOW, names } }, ...task })

/** Runs the attempt that is under way at a node. */
export const runAttempt = (run: TestRun, node: string): Promise<AttemptResult> => perform(attemptTaskOf(run.state, node))

/** Bugs are thrown. */
const perform = (task: Partial<AttemptTask>): Promise<AttemptResult> =>
  performAttempt(attemptTask({ nodeType: 'code', ...task }), attemptDeps({ nodeTypes, runCode }))
