// Holds each node's config against the schema of its type. A string with a template is not known yet: what the schema says of
// it is left out here and checked again after rendering.
import type { z } from 'zod'
import type { Issue } from '../definition.ts'
import { errorAt } from '../issue.ts'
import type { Json } from '../json.ts'
import { isTemplate } from '../template.ts'
import { valueAt } from '../value-at.ts'
import type { CheckedNode, Subject } from './subject.ts'

export const checkConfigs = (subject: Subject): Issue[] => subject.nodes.flatMap(checkConfig)

function checkConfig({ index, definition, type }: CheckedNode): Issue[] {
  const problems = type?.config.safeParse(definition.config).error?.issues ?? []
  return problems
    .filter((problem) => !isExcused(problem, definition.config))
    .map((problem) => {
      const place = { path: ['nodes', index, 'config', ...textPath(problem.path)], nodeId: definition.id }
      return errorAt('BAD_CONFIG', place, problem.message)
    })
}

/** Whether a template is what the schema stumbled over, itself or in a member of a union that would fit otherwise. */
function isExcused(problem: z.core.$ZodIssue, root: Json): boolean {
  const value = valueAt(root, textPath(problem.path))
  if (typeof value === 'string') return isTemplate(value)
  if (problem.code !== 'invalid_union' || value === undefined) return false
  return problem.errors.some((member) => member.length > 0 && member.every((inner) => isExcused(inner, value)))
}

const textPath = (path: readonly PropertyKey[]): (string | number)[] =>
  path.map((part) => (typeof part === 'number' ? part : String(part)))
