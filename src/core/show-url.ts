// Errors name the endpoint that failed; they are journaled, logged and shown, so they must not name more.

/** A URL as errors show it: without query and fragment, which may hold secrets. */
export function showUrl(text: string): string {
  const url = URL.parse(text)
  return url === null ? 'the server' : `${url.protocol}//${url.host}${url.pathname}`
}
