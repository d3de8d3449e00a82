// The opaque cursor of a rotation: the place, in (community, name) order, of the last secret that was looked at.
import { z } from 'zod'
import type { SecretPlace } from './sealed-secret.ts'

const cursorSchema = z.tuple([z.string(), z.string()])

export const formatSecretCursor = ({ community_id, name }: SecretPlace): string =>
  Buffer.from(JSON.stringify([community_id, name])).toString('base64url')

/** Null where the text is no cursor of ours. */
export function parseSecretCursor(text: string): SecretPlace | null {
  try {
    const [community_id, name] = cursorSchema.parse(JSON.parse(Buffer.from(text, 'base64url').toString()))
    return { community_id, name }
  } catch {
    return null
  }
}
