// Sees the bytes of a response pass by, unpacked. Used to bound them and to count them.

/** The same response. A body breaks off with what `see` throws. */
export function watchBody(response: Response, see: (bytes: number) => void): Response {
  if (response.body === null) return response
  const watcher = new TransformStream<Uint8Array, Uint8Array>({
    transform(chunk, controller) {
      see(chunk.byteLength)
      controller.enqueue(chunk)
    },
  })
  // Who reads hears of a body that breaks; `pipeThrough` would have workerd log it, too.
  response.body.pipeTo(watcher.writable).catch(() => {})
  const watched = new Response(watcher.readable, response)
  // Where it came from after redirects: a response made by hand does not know.
  return Object.defineProperty(watched, 'url', { value: response.url })
}
