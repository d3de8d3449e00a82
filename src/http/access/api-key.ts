// How a key of the API looks: `mr_live_<id><secret>`, letters and digits. The id names the key in lists, grants and routes and stays
// when it is rotated; the rest is some 190 bits from a cryptographic source, of which only a digest is kept.
const PREFIX = 'mr_live_'
const ID_LENGTH = 12
const SECRET_LENGTH = 32
const ALPHABET = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'

const SHAPE = new RegExp(`^${PREFIX}([0-9A-Za-z]{${ID_LENGTH}})[0-9A-Za-z]{${SECRET_LENGTH}}$`)

/** Null where the text is no such key: then no store need be asked. */
export const keyIdOf = (text: string): string | null => SHAPE.exec(text)?.[1] ?? null

export const drawKeyId = (): string => draw(ID_LENGTH)

/** A new key under this id. */
export const drawKey = (id: string): string => `${PREFIX}${id}${draw(SECRET_LENGTH)}`

/** What a list shows of a key. */
export const keyPrefix = (id: string): string => `${PREFIX}${id}`

function draw(length: number): string {
  let text = ''
  while (text.length < length) {
    for (const byte of crypto.getRandomValues(new Uint8Array(length))) {
      // Above the greatest multiple of 62, letters would not be equally likely.
      if (byte < 248 && text.length < length) text += ALPHABET[byte % ALPHABET.length]
    }
  }
  return text
}
