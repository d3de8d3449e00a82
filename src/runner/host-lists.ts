// Which hosts a deployment names as those that its workflows may reach (ALLOW_HOSTS) or may not (DENY_HOSTS). They come on top of
// the address rules, which ask here; nothing in a list makes a private address public.
import { AttemptError } from '../core/attempt-error.ts'
import { nodeError } from '../core/node-error.ts'
import type { Settings } from '../env.ts'
import { canonicalHost } from './canonical-host.ts'

export interface HostLists {
  /** Null: every host. */
  readonly allow: HostList | null
  readonly deny: HostList
}

interface HostList {
  /** The setting, as errors name it. */
  readonly setting: string
  readonly entries: readonly Entry[]
  /** Entries that are no host. */
  readonly unreadable: readonly string[]
}

/** `example.com`, `example.com:8443`, `*.example.com` for all below it, `*` for all. */
interface Entry {
  /** Empty with `isWildcard`: every host. */
  readonly host: string
  readonly isWildcard: boolean
}

/** Null where the deployment has no lists. */
export function hostListsFrom({ ALLOW_HOSTS: allow = '', DENY_HOSTS: deny = '' }: Settings): HostLists | null {
  if (`${allow}${deny}`.trim() === '') return null
  return { allow: allow.trim() === '' ? null : parseList('ALLOW_HOSTS', allow), deny: parseList('DENY_HOSTS', deny) }
}

function parseList(setting: string, text: string): HostList {
  const given = text.split(',').flatMap((entry) => entry.trim() || [])
  const parsed = given.map((entry) => ({ entry, read: parseEntry(entry) }))
  return {
    setting,
    entries: parsed.flatMap(({ read }) => read ?? []),
    unreadable: parsed.flatMap(({ entry, read }) => (read === null ? entry : [])),
  }
}

function parseEntry(entry: string): Entry | null {
  if (entry === '*') return { host: '', isWildcard: true }
  const isWildcard = entry.startsWith('*.')
  const host = canonicalHost(isWildcard ? entry.slice(2) : entry)
  // URLs take a * in a host; here it would only look like a wildcard.
  return host === null || host.includes('*') ? null : { host: withoutDots(host), isWildcard }
}

/** @throws AttemptError `ADDRESS_BLOCKED`. What is on both lists is denied, and a list of denied hosts that cannot be read denies all. */
export function assertListed(url: URL, { allow, deny }: HostLists): void {
  const [unreadable] = deny.unreadable
  if (unreadable !== undefined) throw refusal(`${deny.setting} of the deployment has an entry that is no host: ${unreadable}`)
  if (holds(deny, url)) throw refusal(`The host ${url.hostname} is one that the deployment refuses (${deny.setting}).`)
  if (allow !== null && !holds(allow, url)) {
    throw refusal(`The host ${url.hostname} is none of those that the deployment allows (${allow.setting}).`)
  }
}

const refusal = (message: string): AttemptError => new AttemptError(nodeError('ADDRESS_BLOCKED', message))

function holds({ entries }: HostList, url: URL): boolean {
  const host = withoutDots(url.hostname)
  const port = url.port === '' ? { 'http:': '80', 'https:': '443' }[url.protocol] : url.port
  const names = [host, `${host}:${port}`]
  return entries.some((entry) =>
    entry.isWildcard ? entry.host === '' || names.some((name) => name.endsWith(`.${entry.host}`)) : names.includes(entry.host),
  )
}

/** `example.com.` is `example.com`, written out to the root. */
const withoutDots = (host: string): string => host.replace(/\.+(?=$|:\d+$)/, '')
