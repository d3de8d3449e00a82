// Makers of findings. Every message names the value, the rule and, where there is one, the way out.
import { type ConfigPath, formatPath } from './config-path.ts'
import type { Issue, IssueCode } from './definition.ts'

export interface Place {
  readonly path: ConfigPath
  readonly nodeId?: string | undefined
}

export const errorAt = (code: IssueCode, place: Place, message: string): Issue => issueAt('error', code, place, message)

export const warningAt = (code: IssueCode, place: Place, message: string): Issue => issueAt('warning', code, place, message)

const issueAt = (severity: Issue['severity'], code: IssueCode, { path, nodeId }: Place, message: string): Issue => ({
  severity,
  code,
  path: formatPath(path),
  message,
  ...(nodeId === undefined ? {} : { node_id: nodeId }),
})
