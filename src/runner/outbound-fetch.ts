// The ways out of an attempt as a deployment's settings have them: the guarded fetch, and the question whether a host may be connected to.
import { ExpiringMemo } from '../core/expiring-memo.ts'
import { MAX_DNS_NAMES_KEPT } from '../core/limits.ts'
import type { GuardedFetch } from '../core/node-type.ts'
import type { Settings } from '../env.ts'
import { allowancesFrom, mayBePrivate } from './address-rules.ts'
import { type AssertReachable, createAssertReachable } from './assert-reachable.ts'
import { createDnsCheck, type KnownNames } from './dns-check.ts'
import { createGuardedFetch } from './guarded-fetch.ts'

/** A bounded memo of public knowledge, for all Runners of the isolate: losing it costs a question. */
const knownNames: KnownNames = new ExpiringMemo(MAX_DNS_NAMES_KEPT)

// Called through a closure: workerd's `fetch` refuses to be a method of anything else.
const platformFetch = (url: string, init: RequestInit) => fetch(url, init)

function addressRules(settings: Settings) {
  const allowances = allowancesFrom(settings)
  const resolver = settings.DNS_CHECK_URL ?? ''
  const dns = { resolver, fetch: platformFetch, allowances, known: knownNames, now: Date.now }
  return { allowances, ...(resolver !== '' && { checkAddress: createDnsCheck(dns) }) }
}

export const outboundFetch = (settings: Settings): GuardedFetch =>
  createGuardedFetch({ fetch: platformFetch, ...addressRules(settings) })

/** Whether the deployment names a host as one of its own network. What is no host is none. */
export function mayBePrivateFor(settings: Settings): (host: string, port: number) => boolean {
  const { allowances } = addressRules(settings)
  return (host, port) => {
    const url = URL.parse(`http://${host.includes(':') && !host.startsWith('[') ? `[${host}]` : host}:${port}/`)
    return url !== null && mayBePrivate(url, allowances)
  }
}

export const assertReachableFor = (settings: Settings): AssertReachable => createAssertReachable(addressRules(settings))
