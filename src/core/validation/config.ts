// Holds each node's config against the schema of its type, as far as it is known without rendering.
import { configIssues } from '../config-issues.ts'
import { matchesPath } from '../config-path.ts'
import type { Issue } from '../definition.ts'
import { errorAt } from '../issue.ts'
import { isTemplate } from '../template.ts'
import type { CheckedNode, Subject } from './subject.ts'

export const checkConfigs = (subject: Subject): Issue[] => subject.nodes.flatMap(checkConfig)

function checkConfig({ index, definition: { id, config }, type }: CheckedNode): Issue[] {
  if (type === undefined) return []
  // What is never rendered is known already, braces and all.
  const issues = configIssues(type.config, config, (text, path) => isTemplate(text) && !matchesPath(type.deferred, path))
  return issues.map(({ path, message }) =>
    errorAt('BAD_CONFIG', { path: ['nodes', index, 'config', ...path], nodeId: id }, message),
  )
}
