// The calls that the kill test makes. Null: nobody answered, as while the server is dead; the caller asks again. So it is with
// a 5xx, which a dying server may give, but those are remembered. A refusal (4xx) is an answer.
import { setTimeout as sleep } from 'node:timers/promises'
import type { Answer, HttpClient } from './http-client.ts'

export interface View {
  readonly execution_id: string
  readonly status: string
  readonly start_time: string
  readonly end_time: string | null
  readonly final_output: unknown
  readonly error_message: string | null
  readonly node_states: Readonly<Record<string, { readonly status: string; readonly blocked_on: object | null }>>
}

export type Listed = Pick<View, 'execution_id' | 'status' | 'end_time'>

const FINAL: ReadonlySet<string> = new Set(['completed', 'failed', 'cancelled'])
const ENDINGS: ReadonlySet<string> = new Set([...FINAL].map((status) => `execution.${status}`))
const MAX_EXCERPT = 300
const MAX_TRIES = 20
const ASK_AGAIN_MS = 500

export const hasEnded = ({ status }: Pick<View, 'status'>): boolean => FINAL.has(status)

export class MillraceApi {
  readonly serverErrors: string[] = []
  readonly #client: HttpClient

  constructor(client: HttpClient) {
    this.#client = client
  }

  /** The same key starts one execution, however often it is sent. */
  start(workflowId: string, inputs: object, key: string): Promise<Answer | null> {
    return this.#post(`workflows/${workflowId}/execute`, { inputs }, { 'idempotency-key': key })
  }

  signal(executionId: string, name: string, payload: object, key: string): Promise<Answer | null> {
    return this.#post(`executions/${executionId}/signals/${name}`, payload, { 'idempotency-key': key })
  }

  async store(workflow: object): Promise<void> {
    must(201, await this.#post('workflows', workflow, {}))
  }

  /** Null also where there is no such execution. */
  async view(executionId: string): Promise<View | null> {
    const answer = await this.#get(`executions/${executionId}?include_logs=false`)
    if (answer === null || answer.status === 404) return null
    const { data }: { data: View } = JSON.parse(must(200, answer))
    return data
  }

  /** The facts in the journal that ended this execution: one, where all is well. */
  async endings(executionId: string): Promise<string[]> {
    const endings: string[] = []
    for (let after: number | null = 0; after !== null; ) {
      const body = await this.#read(`executions/${executionId}/events?limit=1000&after=${after}`)
      const page: { data: { event: string }[]; meta: { next: number | null } } = JSON.parse(body)
      endings.push(...page.data.map(({ event }) => event).filter((event) => ENDINGS.has(event)))
      after = page.meta.next
    }
    return endings
  }

  /** All that history has. */
  async list(): Promise<Listed[]> {
    const listed: Listed[] = []
    for (let cursor: string | null = ''; cursor !== null; ) {
      const from: string = cursor === '' ? '' : `&cursor=${encodeURIComponent(cursor)}`
      const body = await this.#read(`executions?limit=100${from}`)
      const page: { data: Listed[]; meta: { next: string | null } } = JSON.parse(body)
      listed.push(...page.data)
      cursor = page.meta.next
    }
    return listed
  }

  #post(path: string, body: object, headers: Readonly<Record<string, string>>): Promise<Answer | null> {
    return this.#answered(this.#client.post(`/api/v1/${path}`, JSON.stringify(body), headers))
  }

  #get(path: string): Promise<Answer | null> {
    return this.#answered(this.#client.get(`/api/v1/${path}`))
  }

  /** For a server that lives: asks again a few times. @throws when that does not help */
  async #read(path: string): Promise<string> {
    for (let tries = 1; ; tries++) {
      const answer = await this.#get(path)
      if (answer !== null || tries === MAX_TRIES) return must(200, answer)
      await sleep(ASK_AGAIN_MS)
    }
  }

  async #answered(sent: Promise<Answer>): Promise<Answer | null> {
    const answer = await sent.catch(() => null)
    if (answer === null || answer.status < 500) return answer
    this.serverErrors.push(`${answer.status}: ${answer.body.slice(0, MAX_EXCERPT)}`)
    return null
  }
}

/** @throws when the answer has another status, or there is none */
function must(status: number, answer: Answer | null): string {
  if (answer?.status === status) return answer.body
  throw new Error(
    `expected ${status}, got ${answer === null ? 'no answer' : `${answer.status}: ${answer.body.slice(0, MAX_EXCERPT)}`}`,
  )
}
