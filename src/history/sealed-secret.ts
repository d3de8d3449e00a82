// One secret, encrypted: AES-GCM with 256 bits, a fresh iv for every write, bound to its community and name, so that a row copied
// to another place does not open. Called by the secret store; a value is in no message.
import type { SecretKey, SecretKeys } from './secret-keys.ts'

export interface SecretPlace {
  readonly community_id: string
  readonly name: string
}

export interface SealedSecret extends SecretPlace {
  readonly key_id: string
  /** Base64 of iv and ciphertext. */
  readonly ciphertext: string
}

/** The secret is there, and cannot be read. The message may be shown. */
export class SecretUnreadableError extends Error {
  override readonly name = 'SecretUnreadableError'
}

/** As NIST SP 800-38D has it for GCM. */
const IV_BYTES = 12

export async function sealSecret(place: SecretPlace, value: string, key: SecretKey): Promise<SealedSecret> {
  const iv = crypto.getRandomValues(new Uint8Array(IV_BYTES))
  const text = new TextEncoder().encode(value)
  const encrypted = await crypto.subtle.encrypt(algorithm(place, iv), await importKey(key, 'encrypt'), text)
  const ciphertext = Buffer.concat([iv, new Uint8Array(encrypted)]).toString('base64')
  return { community_id: place.community_id, name: place.name, key_id: key.id, ciphertext }
}

/** @throws SecretUnreadableError */
export async function openSecret(sealed: SealedSecret, keys: SecretKeys): Promise<string> {
  const { name, key_id: keyId } = sealed
  const key = keys.byId.get(keyId)
  if (key === undefined)
    throw new SecretUnreadableError(
      `The secret ${name} is encrypted with the key ${keyId}, which \`SECRETS_KEYS\` does not have: put that key back, or set the secret again.`,
    )
  const bytes = Uint8Array.from(Buffer.from(sealed.ciphertext, 'base64'))
  try {
    const algorithmOfRow = algorithm(sealed, bytes.slice(0, IV_BYTES))
    const text = await crypto.subtle.decrypt(algorithmOfRow, await importKey(key, 'decrypt'), bytes.slice(IV_BYTES))
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(text)
  } catch (cause) {
    const message = `The secret ${name} does not open with the key ${keyId}: its row was changed, or the key is another of that id. Set the secret again.`
    throw new SecretUnreadableError(message, { cause })
  }
}

const algorithm = (place: SecretPlace, iv: Uint8Array<ArrayBuffer>) => ({
  name: 'AES-GCM',
  iv,
  additionalData: new TextEncoder().encode(JSON.stringify([place.community_id, place.name])),
})

const importKey = (key: SecretKey, usage: 'encrypt' | 'decrypt'): Promise<CryptoKey> =>
  crypto.subtle.importKey('raw', key.bytes, 'AES-GCM', false, [usage])
