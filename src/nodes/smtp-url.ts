// Reads the address of a mail server as secrets and settings hold it: `smtps://user:password@host:465`. Errors never show it.
import { AttemptError } from '../core/attempt-error.ts'
import { nodeError } from '../core/node-error.ts'

export interface SmtpServer {
  /** As URLs spell hosts: what is checked is what is connected to. IPv6 without brackets. */
  readonly host: string
  readonly port: number
  /** From the first byte, after STARTTLS (without which nothing is sent), or none. */
  readonly security: 'tls' | 'starttls' | 'none'
  /** Null: the server asks for none. */
  readonly login: { readonly user: string; readonly password: string } | null
}

const DEFAULT_PORTS: Readonly<Record<string, number>> = { 'smtps:': 465, 'smtp:': 587 }

/** @param name what holds it, for errors. @throws AttemptError `CONFIG_INVALID` */
export function parseSmtpUrl(text: string, name: string): SmtpServer {
  const refuse = (rule: string): never => {
    throw new AttemptError(nodeError('CONFIG_INVALID', `${name} ${rule}`))
  }
  const url = URL.parse(text)
  const defaultPort = DEFAULT_PORTS[url?.protocol ?? '']
  // The host of such a URL is not canonical yet; that of an https one is.
  const { hostname = '' } = (url === null ? null : URL.parse(`https://${url.hostname}/`)) ?? {}
  if (url === null || defaultPort === undefined || hostname === '' || !/^\/?$/.test(url.pathname) || url.hash !== '') {
    return refuse('must be an address such as smtps://user:password@smtp.example.com:465, special characters percent-encoded.')
  }
  const login = loginOf(url)
  if (login === undefined) return refuse('has a user name or password that is not percent-encoded, or only one of them.')
  return {
    host: hostname.replace(/^\[|\]$/g, ''),
    port: url.port === '' ? defaultPort : Number(url.port),
    security: securityOf(url) ?? refuse('may say starttls=required or tls=off after smtp://, and nothing else.'),
    login,
  }
}

function securityOf({ protocol, search }: URL): SmtpServer['security'] | null {
  if (protocol === 'smtps:') return search === '' ? 'tls' : null
  if (search === '' || search === '?starttls=required') return 'starttls'
  return search === '?tls=off' ? 'none' : null
}

/** Undefined: it cannot be read. */
function loginOf({ username, password }: URL): SmtpServer['login'] | undefined {
  if (username === '' && password === '') return null
  try {
    const login = { user: decodeURIComponent(username), password: decodeURIComponent(password) }
    return login.user === '' || login.password === '' || /\p{Cc}/u.test(login.user + login.password) ? undefined : login
  } catch {
    return undefined
  }
}
