// A Durable Object per execution that writes as many rows in as many commits as Millrace does, and nothing else: no
// definition, no expressions, no retries, no history. POST /run?kind=10|100|http answers when the last commit is durable.
import { DurableObject } from 'cloudflare:workers'
import { isKind, type Kind } from '../../kind.ts'
import { WRITES } from '../../write-counts.ts'

interface Env {
  readonly BARE: DurableObjectNamespace<Bare>
  /** Answers after 20 ms. */
  readonly SLOW_URL: string
}

const HOUR_MS = 3_600_000

export class Bare extends DurableObject<Env> {
  async run(kind: Kind): Promise<number> {
    const writes = WRITES[kind]
    this.ctx.storage.setAlarm(Date.now() + HOUR_MS)
    let value = 0
    for (let commit = 0; commit < writes.commits; commit++) {
      if (commit > 0) {
        value += await this.call()
        await this.ctx.storage.sync()
      }
      const bytes = Math.round(writes.bytes / writes.commits)
      for (let row = 0; row < writes.rowsPerCommit; row++) this.ctx.storage.kv.put(`${commit}.${row}`, 'x'.repeat(bytes))
    }
    return value
  }

  private async call(): Promise<number> {
    const response = await fetch(this.env.SLOW_URL)
    const body: { readonly one: number } = await response.json()
    return body.one
  }

  /** Never reached within a run: the alarm stands for the one that Millrace writes. */
  override async alarm(): Promise<void> {
    await this.ctx.storage.deleteAll()
  }
}

export default {
  async fetch(request: Request, env: Env): Promise<Response> {
    const kind = new URL(request.url).searchParams.get('kind')
    if (kind === null) return new Response('ready')
    if (!isKind(kind)) return new Response(`unknown kind ${kind}`, { status: 400 })
    return Response.json({ value: await env.BARE.getByName(crypto.randomUUID()).run(kind) })
  },
}
