// The upgrade request as the execution object gets it: with the community that we vouch for, and without the caller's key or token.

/** The community as a header: its name is any text, a header's is not. */
export const communityHeader = (communityId: string) => ({ 'X-Community-Id': encodeURIComponent(communityId.toWellFormed()) })

const FORWARDED = ['Connection', 'Sec-WebSocket-Key', 'Sec-WebSocket-Version', 'Sec-WebSocket-Extensions']

/** `after`: in place of the URL's. */
export function streamRequest(request: Request, communityId: string, after?: number): Request {
  const headers = new Headers({ ...communityHeader(communityId), Upgrade: 'websocket' })
  for (const name of FORWARDED) {
    const value = request.headers.get(name)
    if (value !== null) headers.set(name, value)
  }
  const url = new URL(request.url)
  for (const name of ['community_id', 'token']) url.searchParams.delete(name)
  if (after !== undefined) url.searchParams.set('after', String(after))
  return new Request(url, { headers })
}
