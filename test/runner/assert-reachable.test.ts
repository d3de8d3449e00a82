import { describe, expect, it } from 'vitest'
import { AttemptError } from '../../src/core/attempt-error.ts'
import type { Settings } from '../../src/env.ts'
import { allowancesFrom } from '../../src/runner/address-rules.ts'
import { createAssertReachable } from '../../src/runner/assert-reachable.ts'

const { signal } = new AbortController()
const ask = (host: string, port: number, settings: Settings = {}) =>
  createAssertReachable({ allowances: allowancesFrom(settings) })(host, port, signal)

describe('a TCP address', () => {
  it.each<[string, number, Settings]>([
    ['db.example.com', 5432, {}],
    ['93.184.216.34', 65_535, {}],
    ['2606:4700::1111', 3306, {}],
    ['127.0.0.1', 5432, { ALLOW_PRIVATE_HOSTS: '127.0.0.1' }],
    ['127.0.0.1', 5432, { ALLOW_PRIVATE_HOSTS: '127.0.0.1:5432' }],
    ['db.example.com', 5432, { ALLOW_HOSTS: 'db.example.com:5432' }],
    ['db.example.com', 80, { ALLOW_HOSTS: 'db.example.com:80' }],
  ])('%s:%i may be reached with %j', async (host, port, settings) => {
    await expect(ask(host, port, settings)).resolves.toBeUndefined()
  })

  it.each<[string, number, Settings]>([
    ['localhost', 5432, {}],
    ['10.0.0.1', 5432, {}],
    ['0x7f000001', 5432, {}],
    ['::ffff:127.0.0.1', 5432, {}],
    ['[::1]', 5432, {}],
    ['169.254.169.254', 80, {}],
    ['127.0.0.1', 5433, { ALLOW_PRIVATE_HOSTS: '127.0.0.1:5432' }],
    ['db.example.com', 5433, { ALLOW_HOSTS: 'db.example.com:5432' }],
    ['db.example.com', 5432, { DENY_HOSTS: '*.example.com' }],
    ['mail.example.com', 25, {}],
    ['127.0.0.1', 25, { ALLOW_PRIVATE_NETWORK: 'true' }],
  ])('%s:%i may not with %j', async (host, port, settings) => {
    await expect(ask(host, port, settings)).rejects.toMatchObject({ error: { code: 'ADDRESS_BLOCKED', retryable: false } })
  })

  it.each<[string, number]>([
    ['', 5432],
    ['a b', 5432],
    ['evil.example/@db.example.com', 5432],
    ['ada@db.example.com', 5432],
    ['db.example.com?', 5432],
    ['db.example.com', 0],
    ['db.example.com', 65_536],
    ['db.example.com', 1.5],
    ['db.example.com:80', 5432],
  ])('%j:%d is none', async (host, port) => {
    await expect(ask(host, port)).rejects.toMatchObject({ error: { code: 'CONFIG_INVALID' } })
  })

  it('is looked up where the deployment wants that', async () => {
    const asked: string[] = []
    const checkAddress = async (url: URL) => {
      asked.push(url.host)
      throw new AttemptError({ code: 'ADDRESS_BLOCKED', message: 'private', retryable: false })
    }
    const reach = createAssertReachable({ allowances: allowancesFrom({}), checkAddress })
    await expect(reach('db.example.com', 5432, signal)).rejects.toThrow('private')
    expect(asked).toEqual(['db.example.com:5432'])
  })
})
