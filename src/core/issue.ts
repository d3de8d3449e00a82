// Makers of findings. Every message names the value, the rule and, where there is one, the way out.
import { type ConfigPath, formatPath } from './config-path.ts'
import type { Issue, IssueCode } from './definition.ts'

export interface Place {
  readonly path: ConfigPath
  readonly nodeId?: string | undefined
}

export const errorAt = (code: IssueCode, place: Place, message: string): Issue => issueAt('error', code, place, message)

export const warningAt = (code: IssueCode, place: Place, message: string): Issue => issueAt('warning', code, place, message)

/** Findings about the body of a node, at their place in the whole definition. */
export const issuesWithin = (issues: readonly Issue[], path: ConfigPath, owner: string): Issue[] =>
  issues.map((issue) => ({
    ...issue,
    path: issue.path === '' ? formatPath(path) : `${formatPath(path)}.${issue.path}`,
    node_id: issue.node_id === undefined ? owner : `${owner}.${issue.node_id}`,
  }))

const issueAt = (severity: Issue['severity'], code: IssueCode, { path, nodeId }: Place, message: string): Issue => ({
  severity,
  code,
  path: formatPath(path),
  message,
  ...(nodeId === undefined ? {} : { node_id: nodeId }),
})
