// What a scripted model server says, told to it over HTTP: the side that tests use, in Node and inside workerd.

/** One answer; nothing given: a completion that says Hello. */
export interface ScriptedAnswer {
  readonly text?: string | null
  readonly finish?: string
  readonly model?: string
  readonly refusal?: string
  /** Null: the server tells none. */
  readonly usage?: Readonly<Record<string, number>> | null
  readonly status?: number
  readonly headers?: Readonly<Record<string, string>>
  /** Instead of a completion. */
  readonly body?: string
  /** Until `release`. */
  readonly held?: boolean
  /** The text in parts, where it is asked for in a stream; absent: each word is one. */
  readonly parts?: readonly string[]
  /** As a whole, whatever was asked for. */
  readonly whole?: boolean
  /** After so many parts the stream waits for `release`. */
  readonly heldAfter?: number
  /** After so many parts the connection breaks, or the stream ends. */
  readonly breaksAfter?: number
  readonly endsAfter?: number
  /** An event after the parts. */
  readonly error?: object
}

export type ModelScript = readonly ScriptedAnswer[]

export interface AskedModel {
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: {
    readonly model: string
    readonly messages: readonly { readonly role: string; readonly content: string }[]
    readonly [key: string]: unknown
  }
}

export interface ScriptedModel {
  readonly baseUrl: string
  asked(): Promise<readonly AskedModel[]>
  release(): Promise<void>
}

export async function scriptModel(server: string, name: string, script: ModelScript): Promise<ScriptedModel> {
  const url = `${server}/${name}`
  await (await fetch(url, { method: 'PUT', body: JSON.stringify(script) })).text()
  return {
    baseUrl: `${url}/v1`,
    asked: async () => (await fetch(url)).json(),
    async release() {
      await (await fetch(`${url}/release`, { method: 'POST' })).text()
    },
  }
}
