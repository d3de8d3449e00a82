// Real mail servers on loopback, as good and as bad as they come. `unknown…@` they refuse, `busy…@` they put off. What they took is
// told over HTTP (`GET /`; `GET /alone` once nobody is connected to the silent and the rude any more), because the tests that use it
// run inside workerd.
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createServer as createHttpServer } from 'node:http'
import { createServer, type Server, type Socket } from 'node:net'
import path from 'node:path'
import { buffer } from 'node:stream/consumers'
import { SMTPServer, type SMTPServerOptions } from 'smtp-server'
import { MAIL_PASSWORD, MAIL_USER } from './mail-login.ts'

/** Names of the servers, each with its port. */
export interface MailServers {
  readonly ports: Readonly<Record<ServerName, number>>
  /** Base of what tells the mails. */
  readonly url: string
  readonly close: () => Promise<void>
}

export type ServerName =
  /** TLS from the first byte. */
  | 'tls'
  /** STARTTLS. */
  | 'starttls'
  /** Neither, as behind somebody who strips STARTTLS; would take passwords all the same. */
  | 'plain'
  /** TLS and STARTTLS with a certificate that nobody has vouched for. */
  | 'untrusted'
  | 'untrustedStarttls'
  /** Says nothing. */
  | 'silent'
  /** Hangs up at once. */
  | 'rude'
  /** Hangs up in the middle of a mail. */
  | 'faint'
  /** Refuses everybody, at length. */
  | 'wordy'
  /** Repeats the password when it refuses it. */
  | 'parrot'

export interface TakenMail {
  readonly server: ServerName
  readonly user: string | null
  readonly isSecure: boolean
  readonly from: string
  readonly to: readonly string[]
  readonly raw: string
}

/** Key and certificate for 127.0.0.1. vitest.config.ts has the platform trust the one called `trusted`. */
function certificate(name: string): Pick<SMTPServerOptions, 'key' | 'cert'> {
  const pem = readFileSync(path.join(import.meta.dirname, `../fixtures/mail-server/${name}.pem`))
  return { key: pem, cert: pem }
}

export async function startMailServers(): Promise<MailServers> {
  const mails: TakenMail[] = []
  const sockets = new Set<Socket>()
  const [trusted, stranger] = [certificate('trusted'), certificate('stranger')]
  const honest = (server: ServerName, options: SMTPServerOptions) => honestServer(server, options, mails)
  const servers: Readonly<Record<ServerName, Server>> = {
    tls: honest('tls', { secure: true, ...trusted }),
    starttls: honest('starttls', trusted),
    plain: honest('plain', { ...stranger, disabledCommands: ['STARTTLS'], allowInsecureAuth: true }),
    untrusted: honest('untrusted', { secure: true, ...stranger }),
    untrustedStarttls: honest('untrustedStarttls', stranger),
    silent: rawServer(sockets, () => {}),
    rude: rawServer(sockets, (socket) => socket.destroy()),
    faint: rawServer(sockets, faint),
    wordy: rawServer(sockets, (socket) => socket.end(`554 ${'no '.repeat(1000)}\r\n`)),
    parrot: rawServer(sockets, parrot),
  }
  const http = createHttpServer(async (request, response) => {
    if (request.url === '/alone') await Promise.all([...sockets].map((socket) => once(socket, 'close')))
    response.end(JSON.stringify(mails))
  })
  const ports = await Promise.all(Object.entries(servers).map(async ([name, server]) => [name, await listen(server)]))
  const httpPort = await listen(http)
  return {
    ports: Object.fromEntries(ports),
    url: `http://127.0.0.1:${httpPort}/`,
    async close() {
      for (const socket of sockets) socket.destroy()
      await Promise.all([http, ...Object.values(servers)].map((server) => new Promise((resolve) => server.close(resolve))))
    },
  }
}

function listen(server: Server): Promise<number> {
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      resolve(address === null || typeof address === 'string' ? 0 : address.port)
    })
  })
}

function honestServer(name: ServerName, options: SMTPServerOptions, mails: TakenMail[]): Server {
  const server = new SMTPServer({
    disableReverseLookup: true,
    authOptional: true,
    onAuth({ username, password }, _session, done) {
      const isKnown = username === MAIL_USER && password === MAIL_PASSWORD
      done(isKnown ? null : reply(535, 'Who are you?'), isKnown ? { user: username } : undefined)
    },
    onRcptTo({ address }, _session, done) {
      if (address.startsWith('unknown')) return done(reply(550, 'No such user'))
      return done(address.startsWith('busy') ? reply(451, 'Greylisted, come again') : null)
    },
    async onData(stream, { envelope, user, secure }, done) {
      const raw = (await buffer(stream)).toString('latin1')
      const from = envelope.mailFrom === false ? '' : envelope.mailFrom.address
      const to = envelope.rcptTo.map(({ address }) => address)
      mails.push({ server: name, user: user ?? null, isSecure: secure, from, to, raw })
      done(null)
    },
    ...options,
  })
  // A client that does not trust it hangs up: nothing that a test has to hear of.
  server.on('error', () => {})
  return server.server
}

const reply = (responseCode: number, text: string): Error => Object.assign(new Error(text), { responseCode })

function rawServer(sockets: Set<Socket>, talk: (socket: Socket) => void): Server {
  return createServer((socket) => {
    sockets.add(socket)
    socket.on('error', () => {}).on('close', () => sockets.delete(socket))
    talk(socket)
  })
}

function faint(socket: Socket): void {
  let isData = false
  socket.write('220 faint\r\n')
  socket.on('data', (chunk) => {
    if (isData) return socket.destroy()
    isData = /^DATA/m.test(chunk.toString())
    return socket.write(isData ? '354 go on\r\n' : '250 yes\r\n')
  })
}

function parrot(socket: Socket): void {
  socket.write('220 parrot\r\n')
  socket.on('data', (chunk) => {
    const [, , login] = chunk.toString().split(/\s+/)
    const [, , password] = Buffer.from(login ?? '', 'base64')
      .toString()
      .split('\0')
    socket.write(password === undefined ? '250-hello\r\n250 AUTH PLAIN\r\n' : `535 ${password} and ${login} are wrong\r\n`)
  })
}
