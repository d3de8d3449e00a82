import { describe, expect, it } from 'vitest'
import { AttemptError } from '../../src/core/attempt-error.ts'
import { readDatabaseUrl } from '../../src/nodes/database-url.ts'

function refusal(url: string): string {
  try {
    readDatabaseUrl(url)
  } catch (thrown) {
    if (!(thrown instanceof AttemptError)) throw thrown
    expect(thrown.error).toMatchObject({ code: 'CONFIG_INVALID', retryable: false })
    return thrown.error.message
  }
  throw new Error('not refused')
}

describe('a connection URL', () => {
  it.each([
    ['postgres://ada:pw@db.example.com/shop', { kind: 'postgres', host: 'db.example.com', port: 5432, tls: true }],
    ['postgresql://ada:pw@db.example.com:6432/shop?sslmode=verify-full', { port: 6432, tls: true }],
    ['postgres://ada:pw@db.example.com/shop?sslmode=disable', { tls: false }],
    ['postgres://ada:pw@db.example.com/shop?sslmode=require&channel_binding=require', { tls: true }],
    ['mysql://ada:pw@db.example.com/shop', { kind: 'mysql', port: 3306, tls: true }],
    ['mariadb://ada:pw@db.example.com/shop?ssl=false', { kind: 'mysql', tls: false }],
    ['mysql://ada:pw@db.example.com/shop?ssl=true', { tls: true }],
    ['postgres://ada@[2606:4700::1111]:5432/shop', { host: '2606:4700::1111', password: '' }],
    [
      'postgres://a%40b:p%2Fw%3A%25@db.example.com/my%20shop',
      { user: 'a@b', password: 'p/w:%', rawPassword: 'p%2Fw%3A%25', database: 'my shop' },
    ],
  ])('%s is read', (url, expected) => {
    expect(readDatabaseUrl(url)).toMatchObject(expected)
  })

  it.each([
    ['oracle://ada:hunter22@db.example.com/shop', 'begins with'],
    ['https://ada:hunter22@db.example.com/shop', 'begins with'],
    ['host=db.example.com password=hunter22', 'begins with'],
    ['postgres://ada:hunter22@/shop', 'begins with'],
    ['postgres://db.example.com/hunter22', 'must name host'],
    ['postgres://ada:hunter22@db.example.com', 'must name host'],
    ['postgres://ada:hunter22%@db.example.com/shop', 'percent-encoded'],
    ['postgres://ada:hunter22@db.example.com/shop?sslmode=prefer', 'sslmode'],
    ['postgres://ada:hunter22@db.example.com/shop?sslmode=no-verify', 'sslmode'],
    ['postgres://ada:hunter22@db.example.com/shop?sslrootcert=system', 'sslrootcert'],
  ])('%s is refused, and not repeated', (url, reason) => {
    const message = refusal(url)
    expect(message).toContain(reason)
    expect(message).not.toContain('hunter22')
  })
})
