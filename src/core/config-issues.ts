// Holds a config against the schema of its type where some of its strings are not known yet: templates at validation, strings with
// secrets in a transition. What the schema says of those is left out here and checked again when they are known.
import type { z } from 'zod'
import { type ConfigPath, formatPath } from './config-path.ts'
import type { Json } from './json.ts'
import { valueAt } from './value-at.ts'

export interface ConfigIssue {
  readonly path: ConfigPath
  readonly message: string
}

export type IsUnknown = (text: string, path: ConfigPath) => boolean

export function configIssues(schema: z.ZodType, config: Json, isUnknown: IsUnknown): readonly ConfigIssue[] {
  const issues = schema.safeParse(config).error?.issues ?? []
  return issues.filter((issue) => !isExcused(issue, config, [])).map(({ path, message }) => ({ path: textPath(path), message }))

  /** Whether such a string is what the schema stumbled over, itself or in a member of a union that would fit otherwise. */
  function isExcused(issue: z.core.$ZodIssue, root: Json, above: ConfigPath): boolean {
    const path = textPath(issue.path)
    const place = [...above, ...path]
    const value = valueAt(root, path)
    if (typeof value === 'string') return isUnknown(value, place)
    if (issue.code !== 'invalid_union' || value === undefined) return false
    return issue.errors.some((member) => member.length > 0 && member.every((inner) => isExcused(inner, value, place)))
  }
}

const textPath = (path: readonly PropertyKey[]): ConfigPath =>
  path.map((part) => (typeof part === 'number' ? part : String(part)))

/** The message of a node that failed by them. */
export const configProblems = (issues: readonly ConfigIssue[]): string =>
  issues.map(({ path, message }) => `${formatPath(['config', ...path])}: ${message}`).join('; ')
