// Which hosts an outbound request may reach: decided from the URL alone, at every hop. The guarded fetch asks; nothing here
// resolves names. A public name that resolves to a private address is therefore not seen here: a deployed Worker cannot reach such
// addresses anyway, for others there is `dns-check.ts`.
import { AttemptError } from '../core/attempt-error.ts'
import { type NodeErrorCode, nodeError } from '../core/node-error.ts'
import type { Settings } from '../env.ts'
import { type AddressRange, FORBIDDEN_IPV4, FORBIDDEN_IPV6, FORBIDDEN_NAMES, GLOBAL_UNICAST_IPV6 } from './address-ranges.ts'
import { canonicalHost } from './canonical-host.ts'
import { assertListed, type HostLists, hostListsFrom } from './host-lists.ts'

/** What a deployment lets its workflows reach beyond public addresses. */
export interface Allowances {
  readonly privateNetwork: boolean
  /** `host` or `host:port`, spelled as WHATWG URLs spell hosts. */
  readonly hosts: ReadonlySet<string>
  /** Hosts that it names, whatever their addresses. */
  readonly lists?: HostLists
}

/** An entry that is no host allows nothing. */
export function allowancesFrom(settings: Settings): Allowances {
  const hosts = (settings.ALLOW_PRIVATE_HOSTS ?? '').split(',').flatMap((entry) => canonicalHost(entry.trim()) ?? [])
  const lists = hostListsFrom(settings)
  return { privateNetwork: settings.ALLOW_PRIVATE_NETWORK === 'true', hosts: new Set(hosts), ...(lists !== null && { lists }) }
}

/** @throws AttemptError `CONFIG_INVALID` for what is no URL, `ADDRESS_BLOCKED` for one that must not be called. */
export function assertPublicUrl(text: string, allowances: Allowances): URL {
  const url = URL.parse(text)
  if (url === null) throw refusal('CONFIG_INVALID', 'The URL is not a complete URL such as https://example.com/path.')
  if (url.protocol !== 'http:' && url.protocol !== 'https:') {
    throw refusal('ADDRESS_BLOCKED', `A URL must begin with http: or https:, not ${url.protocol}`)
  }
  if (url.username !== '' || url.password !== '') {
    throw refusal('ADDRESS_BLOCKED', 'A URL must not hold a user name or password; give them in `auth`.')
  }
  const kind = classifyHost(url.hostname)
  if (kind !== null && !mayBePrivate(url, allowances)) {
    const hint = 'ALLOW_PRIVATE_HOSTS of the deployment can allow it.'
    throw refusal('ADDRESS_BLOCKED', `The host ${url.hostname} is not public (${kind}). ${hint}`)
  }
  if (allowances.lists !== undefined) assertListed(url, allowances.lists)
  return url
}

const refusal = (code: NodeErrorCode, message: string): AttemptError => new AttemptError(nodeError(code, message))

/** Whether the deployment lets this host be private. */
export function mayBePrivate(url: URL, allowances: Allowances): boolean {
  const port = url.port === '' ? { 'http:': '80', 'https:': '443' }[url.protocol] : url.port
  return allowances.privateNetwork || allowances.hosts.has(url.hostname) || allowances.hosts.has(`${url.hostname}:${port}`)
}

/**
 * Why a host is not public; null where it is. `hostname` is that of a parsed URL: the WHATWG parser has by then undone
 * decimal, octal, hexadecimal, short, percent-encoded and full-width spellings.
 */
export function classifyHost(hostname: string): string | null {
  if (hostname.startsWith('[')) return classifyIpv6(parseIpv6(hostname.slice(1, -1)))
  if (/^[\d.]+$/.test(hostname)) return nameOf(parseIpv4(hostname), IPV4)
  return classifyName(hostname.replace(/\.+$/, ''))
}

function classifyName(name: string): string | null {
  if (!name.includes('.')) return 'a name of the local network'
  return FORBIDDEN_NAMES.some((suffix) => `.${name}`.endsWith(`.${suffix}`)) ? 'a name of the local network' : null
}

function classifyIpv6(address: bigint): string | null {
  return nameOf(address, IPV6) ?? (isWithin(address, GLOBAL_UNICAST) ? null : 'reserved')
}

const nameOf = (address: bigint, blocks: readonly Block[]): string | null =>
  blocks.find((block) => isWithin(address, block))?.name ?? null

/** A range by its first bits: those left after shifting the others out. */
interface Block {
  readonly prefix: bigint
  readonly shift: bigint
  readonly name: string
}

const isWithin = (address: bigint, block: Block): boolean => address >> block.shift === block.prefix

function parseBlock({ cidr, name }: AddressRange): Block {
  const [address = '', length = ''] = cidr.split('/')
  const isIpv6 = address.includes(':')
  const shift = BigInt((isIpv6 ? 128 : 32) - Number(length))
  return { prefix: (isIpv6 ? parseIpv6(address) : parseIpv4(address)) >> shift, shift, name }
}

/** Four decimal numbers, as a parsed URL has them. */
const parseIpv4 = (address: string): bigint => address.split('.').reduce((value, part) => (value << 8n) | BigInt(part), 0n)

/** Hexadecimal groups with at most one `::`, as a parsed URL has them. */
function parseIpv6(address: string): bigint {
  const [head = [], tail = []] = address.split('::').map((half) => half.split(':').filter((group) => group !== ''))
  const zeros = Array<string>(8 - head.length - tail.length).fill('0')
  return [...head, ...zeros, ...tail].reduce((value, group) => (value << 16n) | BigInt(`0x${group}`), 0n)
}

const IPV4 = FORBIDDEN_IPV4.map(parseBlock)
const IPV6 = FORBIDDEN_IPV6.map(parseBlock)
const GLOBAL_UNICAST = parseBlock({ cidr: GLOBAL_UNICAST_IPV6, name: 'global unicast' })
