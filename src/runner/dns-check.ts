// Asks a resolver over HTTPS what a name means before an attempt calls it, so that a public name of a private address is refused.
// Optional: a deployed Worker cannot reach private addresses, what runs elsewhere can. It makes rebinding harder, not impossible:
// the platform resolves the name once more.
import { z } from 'zod'
import { AttemptError } from '../core/attempt-error.ts'
import type { ExpiringMemo } from '../core/expiring-memo.ts'
import { MAX_DNS_ANSWER_BYTES, MAX_DNS_KEPT_SECONDS, MAX_DNS_MS } from '../core/limits.ts'
import { type NodeErrorCode, nodeError } from '../core/node-error.ts'
import { type Allowances, classifyHost, mayBePrivate } from './address-rules.ts'
import { limitBody } from './limit-body.ts'

/** Resolves where the URL may be called. @throws AttemptError */
export type AddressCheck = (url: URL, signal: AbortSignal) => Promise<void>

/** What a name turned out to be: why its address is not public, or null. */
export type KnownNames = ExpiringMemo<{ readonly kind: string | null }>

export interface DnsCheckDeps {
  /** A resolver that speaks JSON, such as https://cloudflare-dns.com/dns-query. */
  readonly resolver: string
  readonly fetch: (url: string, init: RequestInit) => Promise<Response>
  readonly allowances: Allowances
  /** Shared by all checks of an isolate. */
  readonly known: KnownNames
  /** Milliseconds since the epoch. */
  readonly now: () => number
}

/** As Cloudflare and Google answer `application/dns-json`. Types: IANA DNS parameters. */
const dnsAnswer = z.object({
  Answer: z.array(z.object({ type: z.int(), TTL: z.number().min(0), data: z.string() })).default([]),
})
const ADDRESS_TYPES: ReadonlyMap<string, number> = new Map([
  ['A', 1],
  ['AAAA', 28],
])

interface Address {
  readonly hostname: string
  readonly seconds: number
}

export function createDnsCheck(deps: DnsCheckDeps): AddressCheck {
  const { known, now } = deps
  return async (url, signal) => {
    const { hostname } = url
    if (isAddress(hostname) || mayBePrivate(url, deps.allowances)) return
    const before = known.get(hostname, now())
    const { kind } = before ?? (await look(hostname, signal, deps))
    if (kind !== null) throw failure('ADDRESS_BLOCKED', `The host ${hostname} is not public: its address is ${kind}.`, false)
  }
}

/** Of a parsed URL. */
const isAddress = (hostname: string): boolean => hostname.startsWith('[') || /^[\d.]+$/.test(hostname)

const failure = (code: NodeErrorCode, message: string, retryable: boolean): AttemptError =>
  new AttemptError(nodeError(code, message, { retryable }))

async function look(hostname: string, signal: AbortSignal, deps: DnsCheckDeps) {
  const addresses = (await Promise.all(Array.from(ADDRESS_TYPES, (type) => resolve(hostname, type, signal, deps)))).flat()
  if (addresses.length === 0) throw failure('NETWORK_ERROR', `The name ${hostname} has no address.`, true)
  const kind = addresses.map((address) => classifyHost(address.hostname)).find((found) => found !== null) ?? null
  const seconds = Math.min(MAX_DNS_KEPT_SECONDS, ...addresses.map((address) => address.seconds))
  const result = { kind }
  deps.known.set(hostname, result, deps.now() + seconds * 1000)
  return result
}

/** What cannot be asked is not called: the check is there for those who want to be sure. */
async function resolve(
  hostname: string,
  [name, type]: readonly [string, number],
  signal: AbortSignal,
  { resolver, fetch }: DnsCheckDeps,
): Promise<readonly Address[]> {
  try {
    const url = new URL(resolver)
    url.searchParams.set('name', hostname)
    url.searchParams.set('type', name)
    const within = AbortSignal.any([signal, AbortSignal.timeout(MAX_DNS_MS)])
    const response = await fetch(url.href, { headers: { accept: 'application/dns-json' }, signal: within })
    const { Answer: answers } = dnsAnswer.parse(await limitBody(response, MAX_DNS_ANSWER_BYTES).json())
    return answers.filter((answer) => answer.type === type).map(({ data, TTL }) => ({ hostname: addressOf(data), seconds: TTL }))
  } catch {
    if (signal.aborted && signal.reason instanceof AttemptError) throw signal.reason
    throw failure('NETWORK_ERROR', `The name ${hostname} could not be resolved (DNS_CHECK_URL).`, true)
  }
}

/** Spelled as URLs spell addresses. @throws TypeError for what is none */
function addressOf(data: string): string {
  const { hostname } = new URL(`http://${data.includes(':') ? `[${data}]` : data}`)
  if (!isAddress(hostname)) throw new TypeError('no address')
  return hostname
}
