// How a MySQL connection becomes encrypted: as the platform does it by default, certificate and name verified. The library's own way
// takes options that Workers refuse, so this one is put in its place; what it touches of the library is pinned with its version.
import type { EventEmitter } from 'node:events'
import { isIP } from 'node:net'
import type { Duplex } from 'node:stream'
import { connect } from 'node:tls'
import type { Connection } from 'mysql2'

/** The parts of a connection that the library's `startTLS` uses, as of mysql2 3.24. */
interface Upgradable extends EventEmitter {
  stream: Duplex
  readonly packetParser: { execute(data: Buffer): void }
  _handleNetworkError(error: Error): void
}

export function useVerifiedTls(connection: Connection, host: string): void {
  const upgradable = connection as unknown as Upgradable
  const startTLS = (onSecure: (error?: Error) => void): void => {
    const plain = upgradable.stream
    plain.removeAllListeners('data')
    let isSecure = false
    // Names of hosts are sent, addresses are only verified (RFC 6066, section 3).
    const secure = connect({ socket: plain, host, ...(isIP(host) === 0 && { servername: host }) }, () => {
      isSecure = true
      onSecure()
    })
    secure.on('error', (error) => (isSecure ? upgradable._handleNetworkError(error) : onSecure(error)))
    secure.on('data', (data: Buffer) => upgradable.packetParser.execute(data))
    upgradable.stream = secure
  }
  Object.assign(connection, { startTLS })
}
