// Answers of models that are to be JSON of a schema: how they are asked for, read and, where they do not fit, asked for again.
import { validateAnswer } from '../core/input-schema.ts'
import type { Json, JsonObject } from '../core/json.ts'
import { jsonProblem } from './json-problem.ts'

export const jsonInstruction = (schema: JsonObject): string =>
  `Answer with one JSON value and nothing else: no explanation, no code fence. It must fit this JSON Schema:\n${JSON.stringify(schema)}`

export const repairInstruction = (issues: readonly string[]): string =>
  `That answer does not fit:\n${issues.map((issue) => `- ${issue}`).join('\n')}\nAnswer again, with the corrected JSON value alone.`

/** Findings that a model is told of, and a failure shows. */
const MAX_SHOWN_ISSUES = 20

/** The value, or what is wrong with it. */
export function readJsonAnswer(
  text: string,
  schema: JsonObject,
): { readonly value: Json } | { readonly issues: readonly string[] } {
  const json = withoutFence(text)
  const problem = jsonProblem(json)
  if (problem !== null) return { issues: [`it is JSON with ${problem}`] }
  const value = parseJson(json)
  if (value === undefined) return { issues: ['it is no JSON'] }
  const issues = validateAnswer(schema, value)
  if (issues.length === 0) return { value }
  return { issues: issues.slice(0, MAX_SHOWN_ISSUES).map(({ path, message }) => `${path}: ${message}`) }
}

/** Models like to put a fence around JSON, whatever they are told. */
const withoutFence = (text: string): string => /^```(?:json)?\s*\n(.*)```$/s.exec(text.trim())?.[1] ?? text

function parseJson(text: string): Json | undefined {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
