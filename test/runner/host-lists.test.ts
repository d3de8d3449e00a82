import { describe, expect, it } from 'vitest'
import { AttemptError } from '../../src/core/attempt-error.ts'
import type { Settings } from '../../src/env.ts'
import { allowancesFrom, assertPublicUrl } from '../../src/runner/address-rules.ts'

/** The message of the refusal; null where the URL may be called. */
function refusal(url: string, settings: Settings): string | null {
  try {
    assertPublicUrl(url, allowancesFrom(settings))
    return null
  } catch (thrown) {
    if (!(thrown instanceof AttemptError)) throw thrown
    expect(thrown.error).toMatchObject({ code: 'ADDRESS_BLOCKED', retryable: false })
    return thrown.error.message
  }
}

const ALLOWED: readonly [list: string, url: string][] = [
  ['api.example.com', 'https://api.example.com/x'],
  ['API.Example.com', 'https://api.example.com./x'],
  ['example.org., api.example.com', 'http://api.example.com:8080/'],
  ['api.example.com:443', 'https://api.example.com/'],
  ['api.example.com:8443', 'https://api.example.com:8443/'],
  ['*.example.com', 'https://api.example.com/'],
  ['*.example.com', 'https://a.b.example.com./'],
  ['*.example.com:8443', 'https://a.example.com:8443/'],
  ['*.bücher.example', 'https://neue.xn--bcher-kva.example/'],
  ['*', 'https://anything.example/'],
  ['93.184.216.34', 'http://0x5db8d822/'],
  ['[2606:4700::1111]', 'https://[2606:4700:0::1111]/'],
]

const OTHERS: readonly [list: string, url: string][] = [
  ['api.example.com', 'https://example.com/'],
  ['api.example.com', 'https://api.example.com.evil.example/'],
  ['api.example.com:8443', 'https://api.example.com/'],
  ['*.example.com', 'https://example.com/'],
  ['*.example.com', 'https://badexample.com/'],
  ['*.example.com:8443', 'https://a.example.com/'],
  ['example.com', 'https://a.example.com/'],
]

describe('ALLOW_HOSTS', () => {
  it.each(ALLOWED)('%s lets %s pass', (list, url) => {
    expect(refusal(url, { ALLOW_HOSTS: list })).toBeNull()
  })

  it.each([...OTHERS, ['https://api.example.com', 'https://api.example.com/'], ['a*.example.com', 'https://ab.example.com/']])(
    '%s does not let %s pass',
    (list, url) => {
      expect(refusal(url, { ALLOW_HOSTS: list })).toMatch('none of those that the deployment allows (ALLOW_HOSTS)')
    },
  )

  it('allows everything where it is not set, and makes no private host public', () => {
    expect(refusal('https://example.com/', { ALLOW_HOSTS: ' ' })).toBeNull()
    expect(refusal('http://10.0.0.1/', { ALLOW_HOSTS: '10.0.0.1,*' })).toMatch('not public')
    expect(refusal('http://10.0.0.1/', { ALLOW_HOSTS: 'example.com', ALLOW_PRIVATE_NETWORK: 'true' })).toMatch('ALLOW_HOSTS')
  })
})

describe('DENY_HOSTS', () => {
  it.each(ALLOWED)('%s refuses %s, also where it is allowed', (list, url) => {
    expect(refusal(url, { DENY_HOSTS: list, ALLOW_HOSTS: '*' })).toMatch('one that the deployment refuses (DENY_HOSTS)')
  })

  it.each(OTHERS)('%s does not refuse %s', (list, url) => {
    expect(refusal(url, { DENY_HOSTS: list })).toBeNull()
  })

  it('that cannot be read refuses everything, and says which entry it is', () => {
    for (const entry of ['https://evil.example', 'ev*l.example', 'a b'])
      expect(refusal('https://example.com/', { DENY_HOSTS: `x.example, ${entry}` })).toMatch(`no host: ${entry}`)
  })
})
