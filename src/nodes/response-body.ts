// Reads the body of an HTTP response within a bound and gives it as JSON data. The bound holds for the bytes that arrive after
// unpacking: neither `Content-Length` nor the size of the packed body is believed.
import { Buffer } from 'node:buffer'
import { AttemptError, connectionFailure, responseTooLarge } from '../core/attempt-error.ts'
import type { Json } from '../core/json.ts'
import { MAX_EXCERPT_BYTES } from '../core/limits.ts'
import { nodeError } from '../core/node-error.ts'
import { bodyKind, charsetOf } from './content-type.ts'
import { cutText } from './cut-text.ts'
import { hideCredentials } from './http-auth.ts'
import { jsonProblem } from './json-problem.ts'

export type ResponseMode = 'auto' | 'json' | 'text' | 'base64'

interface ReadOptions {
  readonly mode: ResponseMode
  readonly maxBytes: number
  readonly signal: AbortSignal
  /** Bytes of other responses that count against `maxBytes`. */
  readonly bytesBefore?: number
  /** What errors must not show. */
  readonly credentials?: readonly string[]
}

/**
 * The body as data: parsed JSON, text, or `{ base64, content_type }`; null where it is empty.
 * @throws AttemptError `RESPONSE_TOO_LARGE`, `RESPONSE_INVALID`, `NETWORK_ERROR`, `NODE_TIMEOUT`
 */
export const readResponseBody = async (response: Response, options: ReadOptions): Promise<Json> =>
  (await readCounted(response, options)).body

/** The same with the bytes it had, unpacked. */
export async function readCounted(
  response: Response,
  options: ReadOptions,
): Promise<{ readonly body: Json; readonly bytes: number }> {
  const bytes = await readBytes(response, options)
  return {
    body: bytes.byteLength === 0 ? null : dataOf(bytes, response.headers.get('content-type'), options),
    bytes: bytes.byteLength,
  }
}

function dataOf(bytes: Buffer, contentType: string | null, { mode, credentials = [] }: ReadOptions): Json {
  switch (mode === 'auto' ? bodyKind(contentType) : mode) {
    case 'json':
      return parseJson(decodeText(bytes, contentType), credentials)
    case 'text':
      return decodeText(bytes, contentType)
    case 'base64':
      return { base64: bytes.toString('base64'), content_type: contentType }
  }
}

async function readBytes(response: Response, { maxBytes, bytesBefore = 0, signal }: ReadOptions): Promise<Buffer> {
  const chunks: Uint8Array[] = []
  let size = bytesBefore
  try {
    for await (const chunk of chunksOf(response)) {
      size += chunk.byteLength
      if (size > maxBytes) throw responseTooLarge(maxBytes)
      chunks.push(chunk)
    }
  } catch (thrown) {
    throw thrown instanceof AttemptError ? thrown : connectionFailure(thrown, signal, response.url)
  }
  return Buffer.concat(chunks)
}

/** A loop over it that ends early cancels the body, which frees the connection. */
const chunksOf = (response: Response): AsyncIterable<Uint8Array> | Iterable<Uint8Array> => response.body ?? []

/**
 * The beginning of a body, for an error message: as much as arrives, whatever goes wrong. More is read than shown, so that a
 * credential at the cut is seen whole.
 */
export async function readExcerpt(response: Response, credentials: readonly string[] = []): Promise<string> {
  const chunks: Uint8Array[] = []
  let size = 0
  try {
    for await (const chunk of chunksOf(response)) {
      chunks.push(chunk)
      size += chunk.byteLength
      if (size >= 2 * MAX_EXCERPT_BYTES) break
    }
  } catch {
    // The status is the failure to report; a body that breaks off after it is worth no other.
  }
  return excerptOf(decodeText(Buffer.concat(chunks), response.headers.get('content-type')), credentials)
}

/** Credentials are hidden before it is cut: half a one is one too. */
const excerptOf = (text: string, credentials: readonly string[]): string =>
  cutText(hideCredentials(text, credentials), MAX_EXCERPT_BYTES)

/** Bytes that are no text in the declared charset become U+FFFD; a charset nobody knows counts as UTF-8. */
function decodeText(bytes: Uint8Array, contentType: string | null): string {
  const charset = charsetOf(contentType)
  try {
    return new TextDecoder(charset).decode(bytes)
  } catch {
    return new TextDecoder().decode(bytes)
  }
}

function parseJson(text: string, credentials: readonly string[]): Json {
  const problem = jsonProblem(text)
  if (problem !== null) throw new AttemptError(nodeError('RESPONSE_INVALID', `The body of the response is JSON with ${problem}.`))
  try {
    return JSON.parse(text)
  } catch (thrown) {
    const error = nodeError('RESPONSE_INVALID', 'The body of the response is not the JSON that it should be.', {
      cause: { body: excerptOf(text, credentials) },
    })
    throw new AttemptError(error, { cause: thrown })
  }
}
