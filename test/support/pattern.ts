// Starts an example of examples/patterns in the pure core. Tests drive it from there.
import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import type { Json, JsonObject } from '../../src/core/json.ts'
import { success, TestRun } from './run.ts'

const FOLDER = path.join(import.meta.dirname, '../../examples/patterns')

/** File names, sorted: that is the order of the patterns. */
export const patternFiles = (): readonly string[] => readdirSync(FOLDER).sort()

/** `variables` lie over the example's own. */
export function runPattern(name: string, variables: JsonObject = {}): TestRun {
  const text = readFileSync(path.join(FOLDER, `${name}.json`), 'utf8')
  const example: { workflow: JsonObject; variables: JsonObject } = JSON.parse(text)
  return new TestRun(example.workflow, { ...example.variables, ...variables })
}

/** What an `http-request` gives. */
export const answer = (body: Json = {}) => success({ status: 200, headers: {}, body })
