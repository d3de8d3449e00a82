import { describe, expect, it } from 'vitest'
import { parseSecretKeys } from '../../src/history/secret-keys.ts'

const A = 'a1'.repeat(32)
const B = 'B2'.repeat(32)

describe('parseSecretKeys', () => {
  it('reads the keys in their order', () => {
    const keys = parseSecretKeys(` k-1:${A} , k_2:${B}`)
    expect(keys.first.id).toBe('k-1')
    expect([...keys.byId.keys()]).toEqual(['k-1', 'k_2'])
    expect(Buffer.from(keys.byId.get('k_2')?.bytes ?? []).toString('hex')).toBe(B.toLowerCase())
  })

  it.each([undefined, '', '  '])('says how to set one where there is none: %j', (setting) => {
    expect(() => parseSecretKeys(setting)).toThrow(/no key to encrypt secrets with\. Set `SECRETS_KEYS`/)
  })

  it.each([A, `:${A}`, `k1:${A}0`, `k1:${A.slice(1)}`, `k1:${A.slice(1)}g`, `k 1:${A}`, `k1:${A},`, `${'k'.repeat(33)}:${A}`])(
    'refuses %s without showing it',
    (setting) => {
      const parse = () => parseSecretKeys(setting)
      expect(parse).toThrow(/^Entry [12] of `SECRETS_KEYS` is no key/)
      expect(parse).not.toThrow(/a1a1/)
    },
  )

  it('refuses two keys of one id', () => {
    expect(() => parseSecretKeys(`k1:${A},k1:${B}`)).toThrow(/two keys of one id/)
  })
})
