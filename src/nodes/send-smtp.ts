// Hands a mail to a mail server, by nodemailer's SMTP client over a socket of the platform. The socket is opened here, by name:
// the client would resolve the name itself, and the certificate be held against an address.
import { connect as connectPlain, type Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'
import type { NodemailerError } from 'nodemailer/lib/errors'
import type SMTPConnection from 'nodemailer/lib/smtp-connection'
import { AttemptError, connectionFailure } from '../core/attempt-error.ts'
import { MAX_GOODBYE_MS, MAX_MAIL_REPLY_BYTES } from '../core/limits.ts'
import { nodeError } from '../core/node-error.ts'
import type { Mail } from './compose-mail.ts'
import { cutText } from './cut-text.ts'
import type { SmtpServer } from './smtp-url.ts'

/** Who sends it, and to whom. */
type Envelope = Pick<Mail, 'from' | 'recipients'>

export interface Delivery {
  readonly accepted: readonly string[]
  readonly rejected: readonly Rejection[]
  /** What the server said last. */
  readonly reply: string
}

export interface Rejection {
  readonly address: string
  readonly reply: string
}

/** Resolves once the server has taken the mail for one recipient at least. @throws AttemptError */
export async function sendBySmtp(server: SmtpServer, mail: Envelope, message: Buffer, signal: AbortSignal): Promise<Delivery> {
  try {
    return await deliver(server, mail, message, signal)
  } catch (thrown) {
    throw smtpFailure(thrown, server, signal)
  }
}

async function deliver(
  server: SmtpServer,
  { from, recipients }: Envelope,
  message: Buffer,
  signal: AbortSignal,
): Promise<Delivery> {
  const { default: Connection } = await import('nodemailer/lib/smtp-connection')
  const broken = Promise.withResolvers<never>()
  // Once the mail is out, nobody waits for it.
  broken.promise.catch(() => {})
  const step = <T>(run: (done: Done<T>) => void) => Promise.race([broken.promise, answerTo(run)])
  signal.throwIfAborted()
  const abort = () => broken.reject(signal.reason)
  signal.addEventListener('abort', abort)
  const socket = openSocket(server, broken.reject)
  const connection = new Connection({ ...clientOptions(server), connection: socket })
  connection.on('error', broken.reject)
  try {
    await step<void>((done) => socket.once(server.security === 'tls' ? 'secureConnect' : 'connect', done))
    await step<void>((done) => connection.connect(done))
    const { login } = server
    if (login !== null) await step<unknown>((done) => connection.login({ user: login.user, pass: login.password }, done))
    const sent = await step<Sent>((done) => connection.send({ from: from.address, to: [...recipients] }, message, done))
    connection.quit()
    // Whatever the server makes of that, the mail is out: it is cut when it takes long.
    const cut = setTimeout(() => socket.destroy(), MAX_GOODBYE_MS)
    socket.once('close', () => clearTimeout(cut))
    return { accepted: sent.accepted, rejected: rejections(sent), reply: shown(sent.response) }
  } catch (thrown) {
    connection.close()
    socket.destroy()
    throw thrown
  } finally {
    signal.removeEventListener('abort', abort)
  }
}

/** Whoever hangs up before the client listens is heard all the same. */
function openSocket({ host, port, security }: SmtpServer, fail: (thrown: Error) => void): Socket {
  const socket = security === 'tls' ? connectTls({ host, port, servername: host }) : connectPlain({ host, port })
  socket.on('error', fail)
  socket.once('close', () => fail(new Error('the server hung up')))
  return socket
}

type Sent = NonNullable<Parameters<Parameters<SMTPConnection['send']>[2]>[1]>
type Done<T> = (thrown?: Error | null, value?: T) => void

/** With a success comes the value, where the client has one to give. */
const answerTo = <T>(run: (done: Done<T>) => void): Promise<T> =>
  new Promise((resolve, reject) => run((thrown, value) => (thrown ? reject(thrown) : resolve(value as T))))

const clientOptions = ({ host, port, security }: SmtpServer) => ({
  host,
  port,
  servername: host,
  secure: security === 'tls',
  /** The socket is it already. */
  secured: security === 'tls',
  requireTLS: security === 'starttls',
  ignoreTLS: security === 'none',
  /** The client has no name that a server could look up. */
  name: '[127.0.0.1]',
  /** A connection that is given up is cut. */
  socketCloseTimeout: 0,
})

function rejections({ rejectedErrors = [] }: Pick<Sent, 'rejectedErrors'>): readonly Rejection[] {
  return rejectedErrors.map(({ recipient, response }) => ({ address: String(recipient), reply: shown(String(response)) }))
}

const shown = (reply: string): string => cutText(reply, MAX_MAIL_REPLY_BYTES)

/** Codes of the client for what another attempt would not change, where the server said nothing. */
const FINAL: ReadonlySet<string> = new Set(['EAUTH', 'EENVELOPE', 'EMESSAGE'])

function smtpFailure(thrown: unknown, { host, port }: SmtpServer, signal: AbortSignal): AttemptError {
  if (thrown instanceof AttemptError) return thrown
  const {
    code = '',
    message = '',
    response,
    responseCode,
    rejectedErrors,
  }: Partial<NodemailerError> = thrown instanceof Error ? thrown : {}
  if (response !== undefined && responseCode !== undefined) {
    const error = nodeError('MAIL_REFUSED', `The mail server ${host} refused: ${shown(response)}`, {
      // RFC 5321 4.2.1: 4yz is a transient negative completion.
      retryable: responseCode >= 400 && responseCode < 500,
      status: responseCode,
      ...(rejectedErrors !== undefined && { cause: { rejected: rejections({ rejectedErrors }).map((one) => ({ ...one })) } }),
    })
    return new AttemptError(error, { cause: thrown })
  }
  if (!FINAL.has(code)) return connectionFailure(thrown, signal, `smtp://${host}:${port}`)
  return new AttemptError(nodeError('MAIL_REFUSED', `The mail server ${host} cannot take it: ${message}`), { cause: thrown })
}
