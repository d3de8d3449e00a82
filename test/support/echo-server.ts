// A real HTTP server on loopback that repeats all that it is sent, in every form that it can think of. `/json`, `/text` and the like
// say in which answer; what has arrived since it was last asked is told under `/seen`.
import { Buffer } from 'node:buffer'
import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { SECRET_FORMS } from './secret-forms.ts'

export interface EchoServer {
  /** `http://127.0.0.1:<port>` */
  readonly base: string
  close(): Promise<void>
}

interface Said {
  /** The request as it came, and what its encodings hold. */
  readonly texts: readonly string[]
  /** All forms of what its encodings hold. */
  readonly forms: readonly string[]
}

const LARGE = 'x'.repeat(1024 * 1024)

type Answer = (response: ServerResponse, said: Said) => unknown

/** Answers to `/<name>/…`. */
const ANSWERS: Readonly<Record<string, Answer>> = {
  json: (response, { texts, forms }) =>
    give(response, 200, JSON.stringify({ keys: Object.fromEntries(texts.map((said) => [said, said])), forms })),
  unicode: (response, { texts }) =>
    give(response, 200, `"${texts.map(SECRET_FORMS['JSON-escaped, every character of it'] ?? String).join('')}"`),
  text: (response, { forms }) => give(response, 200, forms.join('\n'), 'text/plain'),
  binary: (response, { texts }) => give(response, 200, texts.join('\n'), 'application/octet-stream'),
  large: (response, { forms }) => give(response, 200, JSON.stringify([...forms, LARGE])),
  refusal: (response, { texts }) => give(response, 400, texts.toReversed().join('\n'), 'text/plain'),
  garble: (response, { texts }) => give(response, 200, `{ ${texts.join('\n')}`),
  headers: (response, { texts }) =>
    give(
      response.setHeader('x-echo', texts.map(encodeURIComponent)).setHeader('set-cookie', texts.map(encodeURIComponent)),
      200,
      '{}',
    ),
  private: (response, { texts }) => {
    const host = (texts.at(-1) ?? '').toLowerCase().replaceAll(/[^a-z0-9_-]/g, '')
    response.writeHead(302, { location: `http://10.0.0.1/${encodeURIComponent(texts.at(-1) ?? '')}?host=${host}` }).end()
  },
  token: (response) => give(response, 200, JSON.stringify({ access_token: 'access-token-0123456789', expires_in: 600 })),
  model: (response, { texts }) =>
    give(
      response,
      200,
      JSON.stringify({
        id: 'c',
        object: 'chat.completion',
        created: 1,
        model: 'echo-1',
        choices: [{ index: 0, message: { role: 'assistant', content: texts.join('\n') }, finish_reason: 'stop' }],
        usage: { prompt_tokens: 1, completion_tokens: 1, total_tokens: 2 },
      }),
    ),
}

function give(response: ServerResponse, status: number, body: string, type = 'application/json'): void {
  response.writeHead(status, { 'content-type': type }).end(body)
}

/** The most telling last. */
async function saidBy(request: IncomingMessage): Promise<Said> {
  const { method, url = '', rawHeaders } = request
  const body = await text(request)
  const decoded = [url, body].map((written) =>
    decodeURIComponent(written.replaceAll('+', ' ').replaceAll(/%(?![0-9a-f]{2})/gi, '%25')),
  )
  const basic = /^Basic (.*)/.exec(request.headers.authorization ?? '')?.[1] ?? ''
  const plain = [
    ...stringsIn(body),
    ...decoded,
    Buffer.from(basic, 'base64').toString(),
    ...rawHeaders.filter((_, index) => index % 2 === 1),
    new URL(url, 'http://echo').searchParams.get('secret') ?? '',
    request.headers['x-secret']?.toString() ?? '',
  ].filter((said) => said !== '')
  const forms = plain.flatMap((said) => Object.values(SECRET_FORMS).map((write) => write(said)))
  return { texts: [`${method} ${url}\n${rawHeaders.join('\n')}\n${body}`, ...plain], forms }
}

function stringsIn(body: string): readonly string[] {
  const found: string[] = []
  try {
    JSON.parse(body, (_, member) => typeof member === 'string' && found.push(member))
  } catch {
    // No JSON: it is said as it is.
  }
  return found
}

export async function startEchoServer(): Promise<EchoServer> {
  const seen: string[] = []
  const server = createServer(async (request, response) => {
    const said = await saidBy(request)
    const name = (request.url ?? '').split(/[/?]/)[1] ?? ''
    if (name === 'seen') return give(response, 200, JSON.stringify(seen.splice(0)))
    seen.push(...said.texts)
    const answer = Object.hasOwn(ANSWERS, name) ? ANSWERS[name] : undefined
    if (answer === undefined) give(response, 404, 'no such answer')
    else answer(response, said)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    base: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async close() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}
