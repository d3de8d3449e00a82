// Reads the body of an HTTP response within a bound and gives it as JSON data. The bound holds for the bytes that arrive after
// unpacking: neither `Content-Length` nor the size of the packed body is believed.
import { Buffer } from 'node:buffer'
import { AttemptError, connectionFailure } from '../core/attempt-error.ts'
import type { Json } from '../core/json.ts'
import { MAX_EXCERPT_BYTES } from '../core/limits.ts'
import { nodeError } from '../core/node-error.ts'
import { bodyKind, charsetOf } from './content-type.ts'

export type ResponseMode = 'auto' | 'json' | 'text' | 'base64'

interface ReadOptions {
  readonly mode: ResponseMode
  readonly maxBytes: number
  readonly signal: AbortSignal
}

/**
 * The body as data: parsed JSON, text, or `{ base64, content_type }`; null where it is empty.
 * @throws AttemptError `RESPONSE_TOO_LARGE`, `RESPONSE_INVALID`, `NETWORK_ERROR`, `NODE_TIMEOUT`
 */
export async function readResponseBody(response: Response, { mode, maxBytes, signal }: ReadOptions): Promise<Json> {
  const bytes = await readBytes(response, maxBytes, signal)
  if (bytes.byteLength === 0) return null
  const contentType = response.headers.get('content-type')
  switch (mode === 'auto' ? bodyKind(contentType) : mode) {
    case 'json':
      return parseJson(bytes, contentType)
    case 'text':
      return decodeText(bytes, contentType)
    case 'base64':
      return { base64: bytes.toString('base64'), content_type: contentType }
  }
}

async function readBytes(response: Response, maxBytes: number, signal: AbortSignal): Promise<Buffer> {
  const chunks: Uint8Array[] = []
  let size = 0
  try {
    for await (const chunk of chunksOf(response)) {
      size += chunk.byteLength
      if (size > maxBytes) throw tooLarge(maxBytes)
      chunks.push(chunk)
    }
  } catch (thrown) {
    throw thrown instanceof AttemptError ? thrown : connectionFailure(thrown, signal, response.url)
  }
  return Buffer.concat(chunks)
}

/** A loop over it that ends early cancels the body, which frees the connection. */
const chunksOf = (response: Response): AsyncIterable<Uint8Array> | Iterable<Uint8Array> => response.body ?? []

const tooLarge = (maxBytes: number): AttemptError =>
  new AttemptError(nodeError('RESPONSE_TOO_LARGE', `The body of the response has more than ${maxBytes} bytes.`))

/** The beginning of a body, for an error message: as much as arrives, whatever goes wrong. */
export async function readExcerpt(response: Response): Promise<string> {
  const chunks: Uint8Array[] = []
  let size = 0
  try {
    for await (const chunk of chunksOf(response)) {
      chunks.push(chunk)
      size += chunk.byteLength
      if (size >= MAX_EXCERPT_BYTES) break
    }
  } catch {
    // The status is the failure to report; a body that breaks off after it is worth no other.
  }
  return excerptOf(Buffer.concat(chunks), response.headers.get('content-type'))
}

const excerptOf = (bytes: Uint8Array, contentType: string | null): string =>
  decodeText(bytes.subarray(0, MAX_EXCERPT_BYTES), contentType)

/** Bytes that are no text in the declared charset become U+FFFD; a charset nobody knows counts as UTF-8. */
function decodeText(bytes: Uint8Array, contentType: string | null): string {
  const charset = charsetOf(contentType)
  try {
    return new TextDecoder(charset).decode(bytes)
  } catch {
    return new TextDecoder().decode(bytes)
  }
}

function parseJson(bytes: Uint8Array, contentType: string | null): Json {
  try {
    return JSON.parse(decodeText(bytes, contentType))
  } catch (thrown) {
    const error = nodeError('RESPONSE_INVALID', 'The body of the response is not the JSON that it should be.', {
      cause: { body: excerptOf(bytes, contentType) },
    })
    throw new AttemptError(error, { cause: thrown })
  }
}
