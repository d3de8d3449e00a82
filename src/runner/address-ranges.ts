// The addresses that no workflow may call unless a deployment allows it: the IANA special-purpose registries (RFC 6890, kept at
// iana.org/assignments/iana-ipv4-special-registry) and the clouds' metadata services. A constant of `address-rules.ts`.

export interface AddressRange {
  readonly cidr: string
  /** As error messages name it. */
  readonly name: string
}

export const FORBIDDEN_IPV4: readonly AddressRange[] = [
  { cidr: '0.0.0.0/8', name: 'unspecified' }, // RFC 1122 3.2.1.3
  { cidr: '10.0.0.0/8', name: 'private' }, // RFC 1918
  { cidr: '100.64.0.0/10', name: 'carrier-grade NAT' }, // RFC 6598; holds Alibaba Cloud's metadata, 100.100.100.200
  { cidr: '127.0.0.0/8', name: 'loopback' }, // RFC 1122 3.2.1.3
  { cidr: '168.63.129.16/32', name: 'metadata' }, // Azure WireServer, a public address that only its own machines reach
  { cidr: '169.254.0.0/16', name: 'link-local' }, // RFC 3927; holds 169.254.169.254, the metadata of most clouds
  { cidr: '172.16.0.0/12', name: 'private' }, // RFC 1918
  { cidr: '192.0.0.0/24', name: 'reserved' }, // RFC 6890 2.1; holds Oracle Cloud's metadata, 192.0.0.192
  { cidr: '192.0.2.0/24', name: 'documentation' }, // RFC 5737
  { cidr: '192.88.99.0/24', name: 'reserved' }, // RFC 7526, the relays of 6to4
  { cidr: '192.168.0.0/16', name: 'private' }, // RFC 1918
  { cidr: '198.18.0.0/15', name: 'benchmarking' }, // RFC 2544
  { cidr: '198.51.100.0/24', name: 'documentation' }, // RFC 5737
  { cidr: '203.0.113.0/24', name: 'documentation' }, // RFC 5737
  { cidr: '224.0.0.0/4', name: 'multicast' }, // RFC 5771
  { cidr: '255.255.255.255/32', name: 'broadcast' }, // RFC 919
  { cidr: '240.0.0.0/4', name: 'reserved' }, // RFC 1112 4
]

/** First match names the address; what no entry names is forbidden too unless it is global unicast. */
export const FORBIDDEN_IPV6: readonly AddressRange[] = [
  { cidr: '::/128', name: 'unspecified' }, // RFC 4291 2.5.2
  { cidr: '::1/128', name: 'loopback' }, // RFC 4291 2.5.3
  { cidr: '::ffff:0:0/96', name: 'IPv4-mapped' }, // RFC 4291 2.5.5.2
  { cidr: '::/96', name: 'IPv4-compatible' }, // RFC 4291 2.5.5.1
  { cidr: '64:ff9b::/96', name: 'NAT64' }, // RFC 6052
  { cidr: '64:ff9b:1::/48', name: 'NAT64' }, // RFC 8215
  { cidr: '2001:db8::/32', name: 'documentation' }, // RFC 3849
  { cidr: '2001::/23', name: 'reserved' }, // RFC 2928; holds Teredo (RFC 4380), which wraps an IPv4 address
  { cidr: '2002::/16', name: '6to4' }, // RFC 3056, wraps an IPv4 address
  { cidr: '3fff::/20', name: 'documentation' }, // RFC 9637
  { cidr: 'fc00::/7', name: 'unique-local' }, // RFC 4193; holds fd00:ec2::254, the metadata of EC2
  { cidr: 'fe80::/10', name: 'link-local' }, // RFC 4291 2.5.6
  { cidr: 'fec0::/10', name: 'site-local' }, // RFC 3879
  { cidr: 'ff00::/8', name: 'multicast' }, // RFC 4291 2.7
]

/** RFC 4291 2.4: all that is routed between networks today. */
export const GLOBAL_UNICAST_IPV6 = '2000::/3'

/** Names that resolve inside a machine or a network; each stands for itself and everything below it. */
export const FORBIDDEN_NAMES: readonly string[] = [
  'localhost', // RFC 6761 6.3
  'localdomain',
  'local', // RFC 6762
  'internal', // ICANN resolution 2024.07.29.06; holds metadata.google.internal
  'metadata.goog', // Google Cloud's metadata by its other name
  'home.arpa', // RFC 8375
  'intranet', // RFC 6762 appendix G, with the next four
  'private',
  'corp',
  'home',
  'lan',
]
