// A real OpenAI-compatible server on loopback whose models say what a test has told them: `PUT /<script>` takes a list of answers,
// `<script>/v1` is the base URL that gives them in turn (the last one again and again), `GET /<script>` tells what was asked,
// `POST /<script>/release` lets go of what is held. Over HTTP, because the tests that use it run inside workerd.
import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { json } from 'node:stream/consumers'
import type { AskedModel, ModelScript, ScriptedAnswer } from './model-script.ts'

export interface ModelServer {
  /** `http://127.0.0.1:<port>` */
  readonly base: string
  close(): Promise<void>
}

class Script {
  readonly asked: AskedModel[] = []
  readonly #answers: ModelScript
  #held: (() => void)[] = []

  constructor(answers: ModelScript) {
    this.#answers = answers
  }

  async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { url = '', headers } = request
    const next = this.#answers[Math.min(this.asked.length, this.#answers.length - 1)] ?? {}
    const body = (await json(request)) as AskedModel['body']
    this.asked.push({ url, headers: headers as Record<string, string>, body })
    if (next.held === true) await this.#released()
    if (body.stream !== true || next.whole === true || next.body !== undefined || next.status !== undefined) give(response, next)
    else await stream(response, next, () => this.#released())
  }

  release(): void {
    for (const goOn of this.#held) goOn()
    this.#held = []
  }

  #released(): Promise<void> {
    return new Promise((resolve) => this.#held.push(resolve))
  }
}

/** As OpenAI does: a role, the parts, the reason of the end, the usage. */
async function stream(response: ServerResponse, answer: ScriptedAnswer, released: () => Promise<void>): Promise<void> {
  const {
    text = 'Hello',
    parts = text?.split(/(?<= )/) ?? [],
    finish = 'stop',
    model = 'stub-1',
    usage = USAGE,
    refusal,
  } = answer
  const send = (event: object | string) =>
    response.write(`data: ${typeof event === 'string' ? event : JSON.stringify(event)}\n\n`)
  const chunk = (delta: object, finish_reason: string | null = null) =>
    send({ id: 'chatcmpl-1', object: 'chat.completion.chunk', model, choices: [{ index: 0, delta, finish_reason }] })
  response.writeHead(200, { 'content-type': 'text/event-stream; charset=utf-8', ...answer.headers })
  chunk({ role: 'assistant', content: '' })
  for (const [index, content] of parts.entries()) {
    if (index === answer.heldAfter) await released()
    if (index === answer.breaksAfter) return void response.destroy()
    if (index === answer.endsAfter) return void response.end()
    chunk({ content })
  }
  if (refusal !== undefined) chunk({ refusal })
  if (answer.error !== undefined) send(answer.error)
  chunk({}, finish)
  if (usage !== null) send({ object: 'chat.completion.chunk', model, choices: [], usage })
  send('[DONE]')
  response.end()
}

const USAGE = { prompt_tokens: 7, completion_tokens: 3, total_tokens: 10 }

function give(response: ServerResponse, answer: ScriptedAnswer): void {
  const { status = 200, headers = {}, body = completion(answer) } = answer
  response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(body)
}

const completion = ({ text = 'Hello', finish = 'stop', usage = USAGE, model = 'stub-1', refusal }: ScriptedAnswer): string =>
  JSON.stringify({
    id: 'chatcmpl-1',
    object: 'chat.completion',
    created: 1_700_000_000,
    model,
    choices: [{ index: 0, message: { role: 'assistant', content: text, refusal }, finish_reason: finish }],
    usage,
  })

export async function startModelServer(): Promise<ModelServer> {
  const scripts = new Map<string, Script>()
  const serve = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const [, name = '', ...rest] = (request.url ?? '').split('/')
    if (request.method === 'PUT') scripts.set(name, new Script((await json(request)) as ModelScript))
    const script = scripts.get(name)
    if (script === undefined) response.writeHead(404).end(JSON.stringify({ error: { message: `no script ${name}` } }))
    else if (request.method === 'POST' && rest.join('/') === 'v1/chat/completions') await script.answer(request, response)
    else {
      if (rest[0] === 'release') script.release()
      response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(script.asked))
    }
  }
  // Who asks may be gone before all is read.
  const server = createServer((request, response) => void serve(request, response).catch(() => response.destroy()))
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
