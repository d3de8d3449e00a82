import { describe, expect, it } from 'vitest'
import { AttemptError } from '../../src/core/attempt-error.ts'
import { type Allowances, allowancesFrom, assertPublicUrl, classifyHost } from '../../src/runner/address-rules.ts'

const nothing: Allowances = { privateNetwork: false, hosts: new Set() }

/** The code of the refusal; null where the URL may be called. */
function refusal(url: string, allowances = nothing): string | null {
  try {
    assertPublicUrl(url, allowances)
    return null
  } catch (thrown) {
    if (thrown instanceof AttemptError) return thrown.error.code
    throw thrown
  }
}

describe('every spelling of a forbidden address is blocked', () => {
  it.each([
    // Loopback, by WHATWG's IPv4 parser: decimal, octal, hexadecimal, short, mixed, with a dot behind.
    '127.0.0.1',
    '127.1',
    '127.0.1',
    '127.255.255.254',
    '2130706433',
    '017700000001',
    '0177.0.0.1',
    '0x7f000001',
    '0x7f.0.0.1',
    '0x7f.1',
    '0X7F.0.0.0x1',
    '127.0.0.1.',
    '127.0.0.01',
    // The same in percent escapes, full-width digits, circled digits and with an ideographic full stop.
    '%31%32%37.0.0.1',
    '127%2e0%2e0%2e1',
    '127.0.0.1',
    '①②⑦.⓪.⓪.①',
    '127。0。0。1',
    // This network, private, shared and link-local ranges with both their ends.
    '0',
    '0.0.0.0',
    '0.255.255.255',
    '10.0.0.0',
    '10.255.255.255',
    '0xa000001',
    '100.64.0.0',
    '100.127.255.255',
    '100.100.100.200',
    '169.254.0.0',
    '169.254.255.255',
    '172.16.0.0',
    '172.31.255.255',
    '192.168.0.0',
    '192.168.255.255',
    '192.0.0.192',
    // The clouds' metadata service.
    '169.254.169.254',
    '169.254.169.254.',
    '2852039166',
    '0xa9fea9fe',
    '0251.0376.0251.0376',
    '169.254.43518',
    '168.63.129.16',
    // Documentation, benchmarks, relays, multicast, reserved, broadcast.
    '192.0.2.1',
    '198.51.100.1',
    '203.0.113.1',
    '198.18.0.0',
    '198.19.255.255',
    '192.88.99.1',
    '224.0.0.1',
    '239.255.255.255',
    '240.0.0.1',
    '255.255.255.255',
    '4294967295',
    // IPv6: unspecified, loopback, unique-local, link-local, site-local, multicast.
    '[::]',
    '[::1]',
    '[0:0:0:0:0:0:0:1]',
    '[0000:0000:0000:0000:0000:0000:0000:0001]',
    '[fc00::1]',
    '[fdff:ffff::1]',
    '[fd00:ec2::254]',
    '[fe80::1]',
    '[febf::1]',
    '[fec0::1]',
    '[ff02::1]',
    // IPv6 around an IPv4 address: mapped, compatible, translated, NAT64, 6to4, Teredo.
    '[::ffff:127.0.0.1]',
    '[::ffff:7f00:1]',
    '[::ffff:a9fe:a9fe]',
    '[::127.0.0.1]',
    '[::ffff:0:127.0.0.1]',
    '[64:ff9b::7f00:1]',
    '[64:ff9b::169.254.169.254]',
    '[64:ff9b:1::a00:1]',
    '[2002:7f00:1::]',
    '[2002:a9fe:a9fe::1]',
    '[2001:0:4136:e378:8000:63bf:3fff:fdd2]',
    '[2001:db8::1]',
    '[3fff::1]',
    // Not routed between networks.
    '[100::1]',
    '[4000::1]',
    '[5f00::1]',
    // Names of a machine or a local network.
    'localhost',
    'LOCALHOST',
    'localhost.',
    'localhost..',
    'loc%61lhost',
    'ⓛocalhost',
    'local\u00adhost',
    'api.localhost',
    'printer.local',
    'metadata.google.internal',
    'METADATA.google.internal.',
    'metadata.goog',
    'db.corp',
    'nas.home.arpa',
    'router.lan',
    'redis',
    'metadata',
  ])('%s', (host) => {
    expect(refusal(`http://${host}/path`)).toBe('ADDRESS_BLOCKED')
    expect(refusal(`https://${host}:8443/`)).toBe('ADDRESS_BLOCKED')
  })
})

describe('tricks with the rest of a URL', () => {
  it.each([
    ['http://example.com@127.0.0.1/', 'ADDRESS_BLOCKED'],
    ['http://user:pass@example.com/', 'ADDRESS_BLOCKED'],
    ['http://:pass@example.com/', 'ADDRESS_BLOCKED'],
    ['http://127.0.0.1\\@example.com/', 'ADDRESS_BLOCKED'],
    ['http:\\\\127.0.0.1/', 'ADDRESS_BLOCKED'],
    ['http:127.0.0.1/', 'ADDRESS_BLOCKED'],
    ['http:///127.0.0.1/', 'ADDRESS_BLOCKED'],
    ['  http://127.0.0.1/', 'ADDRESS_BLOCKED'],
    ['ht\ntp://127.0.0.1/', 'ADDRESS_BLOCKED'],
    ['http://127.0\t.0.1/', 'ADDRESS_BLOCKED'],
    ['http://127.0.0.1#@example.com/', 'ADDRESS_BLOCKED'],
    ['http://127.0.0.1?@example.com/', 'ADDRESS_BLOCKED'],
    ['ftp://example.com/', 'ADDRESS_BLOCKED'],
    ['file:///etc/passwd', 'ADDRESS_BLOCKED'],
    ['ws://example.com/', 'ADDRESS_BLOCKED'],
    ['data:text/plain,x', 'ADDRESS_BLOCKED'],
    ['javascript:1', 'ADDRESS_BLOCKED'],
    ['', 'CONFIG_INVALID'],
    ['example.com', 'CONFIG_INVALID'],
    ['/path', 'CONFIG_INVALID'],
    ['//example.com', 'CONFIG_INVALID'],
    ['http://', 'CONFIG_INVALID'],
    ['http://256.1.1.1/', 'CONFIG_INVALID'],
    ['http://[::1/', 'CONFIG_INVALID'],
    ['http://[fe80::1%25eth0]/', 'CONFIG_INVALID'],
    ['http://example.com:99999/', 'CONFIG_INVALID'],
  ])('%j is refused with %s', (url, code) => {
    expect(refusal(url)).toBe(code)
  })
})

describe('public hosts', () => {
  it.each([
    'example.com',
    'example.com.',
    'sub.example.co.uk',
    'xn--bcher-kva.example',
    'bücher.example',
    'localhost.example.com',
    'internal.example.com',
    'mylocalhost.com',
    'notinternal.io',
    '10.example.com',
    '1.1.1.1',
    '8.8.8.8',
    '9.255.255.255',
    '11.0.0.0',
    '100.63.255.255',
    '100.128.0.0',
    '126.255.255.255',
    '128.0.0.0',
    '169.253.255.255',
    '169.255.0.0',
    '172.15.255.255',
    '172.32.0.0',
    '192.167.255.255',
    '192.169.0.0',
    '198.17.255.255',
    '198.20.0.0',
    '223.255.255.255',
    '[2606:4700:4700::1111]',
    '[2001:4860:4860::8888]',
    '[2003::1]',
  ])('%s may be called', (host) => {
    expect(refusal(`http://${host}/path?query#fragment`)).toBeNull()
    expect(refusal(`https://${host}:8443/`)).toBeNull()
  })

  it('have no class, others are named by theirs', () => {
    expect(['example.com', '10.0.0.1', '[fe80::1]', '[::ffff:808:808]', '[4000::1]', 'redis'].map(classifyHost)).toEqual([
      null,
      'private',
      'link-local',
      'IPv4-mapped',
      'reserved',
      'a name of the local network',
    ])
  })
})

describe('allowances', () => {
  it('are none unless the deployment sets them', () => {
    expect(allowancesFrom({})).toEqual(nothing)
    expect(allowancesFrom({ ALLOW_PRIVATE_NETWORK: 'false', ALLOW_PRIVATE_HOSTS: ' , ' })).toEqual(nothing)
    expect(allowancesFrom({ ALLOW_PRIVATE_NETWORK: '1' })).toEqual(nothing)
  })

  it('of the whole private network leave the rules of URLs in force', () => {
    const allowances = allowancesFrom({ ALLOW_PRIVATE_NETWORK: 'true' })
    expect(['http://10.0.0.1/', 'http://localhost:3000/', 'https://[::1]/'].map((url) => refusal(url, allowances))).toEqual([
      null,
      null,
      null,
    ])
    expect(['file:///etc/passwd', 'http://a:b@10.0.0.1/'].map((url) => refusal(url, allowances))).toEqual([
      'ADDRESS_BLOCKED',
      'ADDRESS_BLOCKED',
    ])
  })

  it.each([
    ['127.0.0.1', 'http://127.0.0.1:8080/', null],
    ['127.0.0.1', 'http://0x7f.1/', null],
    ['127.0.0.1', 'http://127.0.0.2/', 'ADDRESS_BLOCKED'],
    ['127.0.0.1', 'http://localhost/', 'ADDRESS_BLOCKED'],
    ['127.0.0.1:8080', 'http://127.0.0.1:8080/', null],
    ['127.0.0.1:8080', 'http://127.0.0.1:8081/', 'ADDRESS_BLOCKED'],
    ['127.0.0.1:80', 'http://127.0.0.1/', null],
    ['127.0.0.1:80', 'http://127.0.0.1:8080/', 'ADDRESS_BLOCKED'],
    ['127.0.0.1:443', 'https://127.0.0.1/', null],
    ['db.corp, LocalHost:3000 ', 'http://localhost:3000/', null],
    ['db.corp,localhost:3000', 'https://db.corp/', null],
    ['[::1]', 'http://[0:0::1]/', null],
    ['[::1]:3000', 'http://[::1]/', 'ADDRESS_BLOCKED'],
    ['corp', 'http://db.corp/', 'ADDRESS_BLOCKED'],
    ['10.0.0.0/8', 'http://10.0.0.0/', 'ADDRESS_BLOCKED'],
    ['user@10.0.0.1', 'http://10.0.0.1/', 'ADDRESS_BLOCKED'],
    ['http://10.0.0.1', 'http://10.0.0.1/', 'ADDRESS_BLOCKED'],
    ['*', 'http://10.0.0.1/', 'ADDRESS_BLOCKED'],
  ])('of %j let %s pass: %j', (hosts, url, code) => {
    expect(refusal(url, allowancesFrom({ ALLOW_PRIVATE_HOSTS: hosts }))).toBe(code)
  })
})
