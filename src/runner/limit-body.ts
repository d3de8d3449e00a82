// Bounds what a response may bring, while it streams: neither `Content-Length` nor the size of a packed body is believed.
import { responseTooLarge } from '../core/attempt-error.ts'

/** The same response, whose body breaks off with `RESPONSE_TOO_LARGE` past so many bytes, unpacked. */
export function limitBody(response: Response, maxBytes: number): Response {
  if (response.body === null) return response
  let size = 0
  const counter = new TransformStream<Uint8Array, Uint8Array>({
    transform(chunk, controller) {
      size += chunk.byteLength
      if (size <= maxBytes) controller.enqueue(chunk)
      else controller.error(responseTooLarge(maxBytes))
    },
  })
  const limited = new Response(response.body.pipeThrough(counter), response)
  // Where it came from after redirects: a response made by hand does not know.
  return Object.defineProperty(limited, 'url', { value: response.url })
}
