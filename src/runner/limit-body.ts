// Bounds what a response may bring, while it streams: neither `Content-Length` nor the size of a packed body is believed.
import { responseTooLarge } from '../core/attempt-error.ts'
import { watchBody } from './watch-body.ts'

/** The same response, whose body breaks off with `RESPONSE_TOO_LARGE` past so many bytes, unpacked. */
export function limitBody(response: Response, maxBytes: number): Response {
  let size = 0
  return watchBody(response, (bytes) => {
    size += bytes
    if (size > maxBytes) throw responseTooLarge(maxBytes)
  })
}
