// Which database a node's connection means: resolves the secret, reads the URL that it holds, and asks whether the host may be
// reached. It connects to nothing.
import { AttemptError } from '../core/attempt-error.ts'
import { type NodeErrorCode, nodeError } from '../core/node-error.ts'
import type { AttemptContext } from '../core/node-type.ts'
import { type DatabaseServer, readDatabaseUrl } from './database-url.ts'

/** A D1 database as the platform binds it. */
export type D1Binding = Pick<D1Database, 'prepare'>

export type FoundDatabase = DatabaseServer | { readonly kind: 'd1'; readonly binding: D1Binding }

const BINDING_URL = /^(d1|hyperdrive):\/\/(\w+)\/?$/

/** @throws AttemptError `SECRET_MISSING`, `CONFIG_INVALID`, `ADDRESS_BLOCKED` */
export async function findDatabase(connection: string, context: AttemptContext): Promise<FoundDatabase> {
  const url = BINDING_URL.test(connection) ? connection : (await context.secret(connection)).trim()
  const [, kind, name] = BINDING_URL.exec(url) ?? []
  if (name !== undefined) return kind === 'd1' ? d1Of(name, context) : hyperdriveOf(name, context)
  const server = concealed(readDatabaseUrl(url), context)
  await context.assertReachable(server.host, server.port)
  return server
}

/** The password alone is shown nowhere either, in no spelling: it is only a part of the secret. */
function concealed(server: DatabaseServer, { conceal }: AttemptContext): DatabaseServer {
  for (const text of [server.password, server.rawPassword]) if (text !== '') conceal(text)
  return server
}

function d1Of(name: string, { binding }: AttemptContext): FoundDatabase {
  const bound = binding(name)
  if (isObject(bound) && 'prepare' in bound && 'batch' in bound) return { kind: 'd1', binding: bound as unknown as D1Binding }
  throw notBound(name, 'D1 database')
}

/** Hyperdrive is reached inside the platform: it keeps the connections, and their TLS is its own. */
function hyperdriveOf(name: string, context: AttemptContext): FoundDatabase {
  const bound = context.binding(name)
  if (!isObject(bound) || !('connectionString' in bound) || typeof bound.connectionString !== 'string') {
    throw notBound(name, 'Hyperdrive configuration')
  }
  return { ...concealed(readDatabaseUrl(bound.connectionString), context), tls: false }
}

const isObject = (value: unknown): value is object => typeof value === 'object' && value !== null

function notBound(name: string, what: string): AttemptError {
  const hint = 'It must be in wrangler.toml and opened to the community with DATA_BINDINGS.'
  return refusal('CONFIG_INVALID', `The deployment has no ${what} called ${name} for this community. ${hint}`)
}

const refusal = (code: NodeErrorCode, message: string): AttemptError => new AttemptError(nodeError(code, message))
