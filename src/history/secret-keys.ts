// The keys that encrypt secrets, as the setting `SECRETS_KEYS` has them: `<key id>:<64 hex>`, comma separated. The first encrypts,
// all decrypt. Messages name key ids, never keys.
export interface SecretKey {
  readonly id: string
  /** 256 bits. */
  readonly bytes: Uint8Array<ArrayBuffer>
}

export interface SecretKeys {
  readonly first: SecretKey
  readonly byId: ReadonlyMap<string, SecretKey>
}

/** The setting is absent or unreadable. The message says how to set it, and may be shown. */
export class SecretKeysError extends Error {
  override readonly name = 'SecretKeysError'
}

const HOW_TO_SET =
  'Set `SECRETS_KEYS` to `<key id>:<64 hex>`, as `printf "k1:$(openssl rand -hex 32)" | wrangler secret put SECRETS_KEYS` does, or in .dev.vars.'

const ENTRY = /^([A-Za-z0-9_-]{1,32}):([0-9a-fA-F]{64})$/

/** @throws SecretKeysError */
export function parseSecretKeys(setting: string | undefined): SecretKeys {
  if (!setting?.trim()) throw new SecretKeysError(`This deployment has no key to encrypt secrets with. ${HOW_TO_SET}`)
  const keys = setting.split(',').map((entry, index) => parseEntry(entry.trim(), index + 1))
  const byId = new Map(keys.map((key) => [key.id, key]))
  const [first] = keys
  if (first !== undefined && byId.size === keys.length) return { first, byId }
  throw new SecretKeysError('`SECRETS_KEYS` has two keys of one id: give each an id of its own.')
}

function parseEntry(entry: string, position: number): SecretKey {
  const [, id, hex] = ENTRY.exec(entry) ?? []
  if (id !== undefined && hex !== undefined) return { id, bytes: Uint8Array.from(Buffer.from(hex, 'hex')) }
  throw new SecretKeysError(`Entry ${position} of \`SECRETS_KEYS\` is no key. ${HOW_TO_SET}`)
}
