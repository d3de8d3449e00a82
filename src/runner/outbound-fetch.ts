// The guarded fetch as a deployment's settings have it.
import { ExpiringMemo } from '../core/expiring-memo.ts'
import { MAX_DNS_NAMES_KEPT } from '../core/limits.ts'
import type { GuardedFetch } from '../core/node-type.ts'
import type { Settings } from '../env.ts'
import { allowancesFrom } from './address-rules.ts'
import { createDnsCheck, type KnownNames } from './dns-check.ts'
import { createGuardedFetch } from './guarded-fetch.ts'

/** A bounded memo of public knowledge, for all Runners of the isolate: losing it costs a question. */
const knownNames: KnownNames = new ExpiringMemo(MAX_DNS_NAMES_KEPT)

export function outboundFetch(settings: Settings): GuardedFetch {
  // Called through a closure: workerd's `fetch` refuses to be a method of anything else.
  const platformFetch = (url: string, init: RequestInit) => fetch(url, init)
  const allowances = allowancesFrom(settings)
  const resolver = settings.DNS_CHECK_URL ?? ''
  const dns = { resolver, fetch: platformFetch, allowances, known: knownNames, now: Date.now }
  return createGuardedFetch({ fetch: platformFetch, allowances, ...(resolver !== '' && { checkAddress: createDnsCheck(dns) }) })
}
