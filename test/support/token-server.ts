// A server with OAuth2 client credentials: gives tokens, and answers only those who bring one that it has not withdrawn.
import type { IncomingMessage } from 'node:http'
import { text } from 'node:stream/consumers'
import { type MisbehavingServer, startMisbehavingServer } from './misbehaving-server.ts'

export interface TokenRequest {
  readonly headers: IncomingMessage['headers']
  readonly form: Readonly<Record<string, string>>
}

export interface TokenServer extends MisbehavingServer {
  readonly tokenRequests: readonly TokenRequest[]
  /** Seconds that its next tokens live; null: it does not say. */
  lives(seconds: unknown): void
  /** No token given so far is good any more. */
  withdraw(): void
  /** `/token` is answered like this from now on; null: with tokens. */
  answers(refusal: { readonly status: number; readonly body: string } | null): void
}

export async function startTokenServer(): Promise<TokenServer> {
  const tokenRequests: TokenRequest[] = []
  const good = new Set<string>()
  let life: unknown = 3600
  let refusal: Parameters<TokenServer['answers']>[0] = null
  const server = await startMisbehavingServer({
    '/token': async (request, response) => {
      const form = Object.fromEntries(new URLSearchParams(await text(request)))
      tokenRequests.push({ headers: request.headers, form })
      const token = `access-token-${tokenRequests.length}`
      good.add(token)
      response.setHeader('content-type', 'application/json')
      if (refusal !== null) response.writeHead(refusal.status).end(refusal.body)
      else response.end(JSON.stringify({ access_token: token, token_type: 'bearer', ...(life !== null && { expires_in: life }) }))
    },
    '/resource': (request, response) => {
      const token = request.headers.authorization?.replace('Bearer ', '') ?? ''
      response.setHeader('content-type', 'application/json')
      response.writeHead(good.has(token) ? 200 : 401).end(JSON.stringify({ by: token }))
    },
  })
  return {
    ...server,
    tokenRequests,
    lives: (seconds) => {
      life = seconds
    },
    withdraw: () => good.clear(),
    answers: (given) => {
      refusal = given
    },
  }
}
