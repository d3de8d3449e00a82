// The line that every decision about access leaves in the log:
// `[timestamp] LEVEL module:version EVENT_TYPE community=X user=Y action=Z result=STATUS`.
// No value can forge a field or a line: what is not plain in it is percent-encoded.
import { VERSION } from '../version.ts'

export interface AuditLine {
  /** Ms since the epoch. */
  readonly at: number
  readonly level: 'INFO' | 'WARNING' | 'ERROR'
  readonly eventType: 'AUTH' | 'AUTHZ' | 'AUDIT' | 'ERROR' | 'SYSTEM'
  /** Null where nobody knows. */
  readonly communityId: string | null
  readonly user: string | null
  readonly action: string
  readonly result: 'SUCCESS' | 'FAILURE' | 'DENIED' | 'NOT_FOUND' | 'TIMEOUT'
}

const MODULE = 'millrace'
const UNKNOWN = '-'
/** Of a value, before it is encoded: longer ones are cut. */
const MAX_VALUE_LENGTH = 256

export function formatAuditLine({ at, level, eventType, communityId, user, action, result }: AuditLine): string {
  const timestamp = new Date(at).toISOString().replace(/\.\d+Z$/, 'Z')
  const fields = [
    `community=${encode(communityId)}`,
    `user=${encode(user)}`,
    `action=${encode(action)}`,
    `result=${encode(result)}`,
  ]
  return `[${timestamp}] ${level} ${MODULE}:${VERSION} ${eventType} ${fields.join(' ')}`
}

/** Letters, digits and `._@:+-` stay, so that addresses can be read. `-` alone means that there is none. */
function encode(value: string | null): string {
  if (value === null || value === '') return UNKNOWN
  if (value === UNKNOWN) return '%2D'
  const cut = value.slice(0, MAX_VALUE_LENGTH).toWellFormed()
  return encodeURIComponent(cut).replaceAll(/%40|%3A|%2B|[!~*'()]/g, (text) => PLAIN[text] ?? percent(text))
}

const PLAIN: Readonly<Record<string, string>> = { '%40': '@', '%3A': ':', '%2B': '+' }

const percent = (character: string): string => `%${character.charCodeAt(0).toString(16).toUpperCase()}`
