// Whether an attempt may open a TCP connection: the rules of the guarded fetch, held against a host and a port. Asked by node types
// that speak a protocol of their own (databases, mail) before they connect; it connects to nothing itself.
import { AttemptError } from '../core/attempt-error.ts'
import { type NodeErrorCode, nodeError } from '../core/node-error.ts'
import { type Allowances, assertPublicUrl } from './address-rules.ts'
import type { AddressCheck } from './dns-check.ts'

export interface ReachableDeps {
  readonly allowances: Allowances
  /** Looks the host up as well, where the deployment wants it. */
  readonly checkAddress?: AddressCheck
}

/** Resolves where a connection may be made. @throws AttemptError */
export type AssertReachable = (host: string, port: number, signal: AbortSignal) => Promise<void>

/** Between mail servers; the platform blocks it too, without saying so. */
const MAIL_PORT = 25

export function createAssertReachable({ allowances, checkAddress }: ReachableDeps): AssertReachable {
  return async (host, port, signal) => {
    const url = assertPublicUrl(addressUrl(host, port), allowances)
    if (port === MAIL_PORT) {
      throw refusal('ADDRESS_BLOCKED', 'Port 25 is for mail between servers and is blocked; senders use 587 or 465.')
    }
    await checkAddress?.(url, signal)
  }
}

/** What the rules take: they compare hosts as URLs spell them. @throws AttemptError `CONFIG_INVALID` */
function addressUrl(host: string, port: number): string {
  const isIpv6 = host.includes(':') && !host.startsWith('[')
  const name = isIpv6 ? `[${host}]` : host
  const isHost = /^[^\s/?#@\\]+$/.test(name) && URL.canParse(`http://${name}/`) && Number.isInteger(port) && port > 0
  if (!isHost || port > 65_535) throw refusal('CONFIG_INVALID', 'The address is no host name with a port from 1 to 65535.')
  return `http://${name}:${port}/`
}

const refusal = (code: NodeErrorCode, message: string): AttemptError => new AttemptError(nodeError(code, message))
