// The upgrade request as the execution object gets it: with the community that we vouch for, and without the caller's key.
export const COMMUNITY_HEADER = 'X-Community-Id'

const FORWARDED = ['Upgrade', 'Connection', 'Sec-WebSocket-Key', 'Sec-WebSocket-Version', 'Sec-WebSocket-Extensions']

export function streamRequest(request: Request, communityId: string): Request {
  const headers = new Headers({ [COMMUNITY_HEADER]: communityId })
  for (const name of FORWARDED) {
    const value = request.headers.get(name)
    if (value !== null) headers.set(name, value)
  }
  const url = new URL(request.url)
  url.searchParams.delete('community_id')
  return new Request(url, { headers })
}
