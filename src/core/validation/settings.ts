// Checks of how nodes and the workflow are run: timeouts, what a failure does, retention.
import type { Issue } from '../definition.ts'
import { errorAt, type Place } from '../issue.ts'
import {
  MAX_CALLBACK_URL_LENGTH,
  MAX_EXECUTION_TIMEOUT_SECONDS,
  MAX_QUEUE_TIMEOUT_SECONDS,
  MAX_RETENTION_DAYS,
} from '../limits.ts'
import { ID_RULE, isId } from './structure.ts'
import type { CheckedNode, Subject } from './subject.ts'

export const checkSettings = (subject: Subject): Issue[] => [
  ...checkExecutionTimeout(subject),
  ...checkRetention(subject),
  ...checkErrorWorkflow(subject),
  ...checkCallbackUrl(subject),
  ...subject.nodes.flatMap((node) => [...checkNodeTimeout(node), ...checkOnError(node)]),
]

function checkExecutionTimeout({ definition: { settings } }: Subject): Issue[] {
  const seconds = settings?.timeout_seconds
  if (seconds === undefined || (seconds >= 1 && seconds <= MAX_EXECUTION_TIMEOUT_SECONDS)) return []
  const message = `an execution's timeout is 1 to ${MAX_EXECUTION_TIMEOUT_SECONDS} seconds (400 days), not ${seconds}`
  return [errorAt('BAD_SETTING', { path: ['settings', 'timeout_seconds'] }, message)]
}

function checkRetention({ definition: { settings } }: Subject): Issue[] {
  const days = settings?.retention_days
  if (days === undefined || (days > 0 && days <= MAX_RETENTION_DAYS)) return []
  const message = `retention is more than 0 and at most ${MAX_RETENTION_DAYS} days, not ${days}`
  return [errorAt('BAD_SETTING', { path: ['settings', 'retention_days'] }, message)]
}

/** Whether it is stored is known when it is needed. */
function checkErrorWorkflow({ definition: { settings } }: Subject): Issue[] {
  const id = settings?.error_workflow
  if (id === undefined || isId(id)) return []
  const message = `an error workflow is named by its id, ${ID_RULE}`
  return [errorAt('BAD_SETTING', { path: ['settings', 'error_workflow'] }, message)]
}

/** Whether it may be reached is known when it is: that is the deployment's. */
function checkCallbackUrl({ definition: { settings } }: Subject): Issue[] {
  const text = settings?.callback_url
  if (text === undefined || (text.length <= MAX_CALLBACK_URL_LENGTH && isWebAddress(text))) return []
  const message = `a callback goes to an address as https://example.com/done, of at most ${MAX_CALLBACK_URL_LENGTH} characters`
  return [errorAt('BAD_SETTING', { path: ['settings', 'callback_url'] }, message)]
}

const isWebAddress = (text: string): boolean => ['http:', 'https:'].includes(URL.parse(text)?.protocol ?? '')

function checkNodeTimeout({ index, definition, type }: CheckedNode): Issue[] {
  const { id, timeout_seconds: seconds } = definition
  if (seconds === undefined || type === undefined) return []
  const place: Place = { path: ['nodes', index, 'timeout_seconds'], nodeId: id }
  const mayTakeLong = type.kind === 'inline' ? type.byWorker === true : type.startsChild === true
  if (type.kind === 'inline' && !mayTakeLong) {
    const message = `a ${type.type} node calls nothing that could time out; \`settings.timeout_seconds\` bounds the whole execution`
    return [errorAt('BAD_SETTING', place, message)]
  }
  if (mayTakeLong && seconds > 0 && seconds <= MAX_EXECUTION_TIMEOUT_SECONDS) return []
  if (seconds <= 0) return [errorAt('BAD_SETTING', place, `a timeout is more than 0 seconds, not ${seconds}`)]
  if (seconds <= MAX_QUEUE_TIMEOUT_SECONDS) return []
  const message = `an attempt can take ${MAX_QUEUE_TIMEOUT_SECONDS} seconds at most in this version, not ${seconds}`
  return [errorAt('NOT_SUPPORTED', place, message)]
}

function checkOnError({ index, definition, type }: CheckedNode): Issue[] {
  const { id, on_error: onError, config } = definition
  if (onError !== 'continue' || type === undefined || type.continuePort(config) !== null) return []
  const message = `a ${type.type} node has several ports and none to continue on after a failure; use an edge from its \`error\` port`
  return [errorAt('BAD_SETTING', { path: ['nodes', index, 'on_error'], nodeId: id }, message)]
}
