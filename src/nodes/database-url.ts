// Connection URLs of PostgreSQL and MySQL, as their own tools write them. Messages never repeat a part of one: it holds a password.
import { AttemptError } from '../core/attempt-error.ts'
import { nodeError } from '../core/node-error.ts'

export interface DatabaseServer {
  readonly kind: 'postgres' | 'mysql'
  /** Without the brackets of IPv6. */
  readonly host: string
  readonly port: number
  readonly user: string
  readonly password: string
  /** As the URL spells it. */
  readonly rawPassword: string
  readonly database: string
  /** Encrypted, and the server's certificate verified; there is nothing between that and plain text. */
  readonly tls: boolean
}

const KINDS: ReadonlyMap<string, { readonly kind: DatabaseServer['kind']; readonly port: number }> = new Map([
  ['postgres:', { kind: 'postgres', port: 5432 }],
  ['postgresql:', { kind: 'postgres', port: 5432 }],
  ['mysql:', { kind: 'mysql', port: 3306 }],
  ['mariadb:', { kind: 'mysql', port: 3306 }],
])

const TLS_WORDS: ReadonlyMap<string, boolean> = new Map([
  ['disable', false],
  ['false', false],
  ['require', true],
  ['verify-full', true],
  ['true', true],
])

/** Certificates of one's own: the platform verifies against the public ones and takes no others. */
const REFUSED_PARAMETERS = ['sslrootcert', 'sslcert', 'sslkey']

/** @throws AttemptError `CONFIG_INVALID` */
export function readDatabaseUrl(text: string): DatabaseServer {
  const url = URL.parse(text)
  const known = url === null ? undefined : KINDS.get(url.protocol)
  if (url === null || known === undefined) {
    throw refusal('is no URL that begins with postgres://, mysql://, d1:// or hyperdrive://')
  }
  const { hostname, port, username, password, pathname, searchParams } = url
  const database = decoded(pathname.slice(1), 'database')
  if (hostname === '' || username === '' || database === '' || database.includes('/')) {
    throw refusal('must name host, user and database, as postgres://user:password@host:5432/database does')
  }
  const refused = REFUSED_PARAMETERS.find((name) => searchParams.has(name))
  if (refused !== undefined) throw refusal(`has ${refused}; certificates of one's own need Hyperdrive`)
  return {
    kind: known.kind,
    host: decoded(hostname, 'host').replace(/^\[(.*)\]$/, '$1'),
    port: port === '' ? known.port : Number(port),
    user: decoded(username, 'user'),
    password: decoded(password, 'password'),
    rawPassword: password,
    database,
    tls: tlsOf(searchParams),
  }
}

/** The safe one unless the URL says otherwise. */
function tlsOf(parameters: URLSearchParams): boolean {
  const word = parameters.get('sslmode') ?? parameters.get('ssl') ?? 'require'
  const tls = TLS_WORDS.get(word.toLowerCase())
  if (tls === undefined) throw refusal('has an sslmode that is none of disable, require and verify-full')
  return tls
}

function decoded(text: string, part: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    throw refusal(`has a ${part} that is not percent-encoded as URLs are: a % is written %25`)
  }
}

const refusal = (problem: string): AttemptError =>
  new AttemptError(nodeError('CONFIG_INVALID', `The connection URL of the secret ${problem}.`))
