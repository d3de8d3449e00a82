// The outside world of tests inside workerd, where no server can listen: every outbound request of a Runner ends here and is
// answered by the test, at once or when it lets go. (Real servers are met in test/nodes and test/e2e.)
import { vi } from 'vitest'

type Respond = () => Response | Promise<Response>

export interface OutsideRequest {
  readonly url: string
  readonly headers: Headers
  /** As it was sent; null where there is none. */
  readonly body: RequestInit['body']
  answer(respond?: Respond): void
}

export class Outside {
  readonly requests: OutsideRequest[] = []
  readonly #respond: ((url: string) => Response) | null

  /** Answers every request with `respond`; without it the test answers each. */
  constructor(respond: ((url: string) => Response) | null = null) {
    this.#respond = respond
    vi.stubGlobal('fetch', (url: string, init: RequestInit) => this.#receive(String(url), init))
  }

  /** The n-th request (from 0), now or when it comes. */
  request(index: number): Promise<OutsideRequest> {
    return untilPresent(() => this.requests[index])
  }

  /** `Idempotency-Key` of every request so far. */
  keys(): readonly (string | null)[] {
    return this.requests.map(({ headers }) => headers.get('Idempotency-Key'))
  }

  async #receive(url: string, init: RequestInit): Promise<Response> {
    const { signal = null } = init
    let answer: Respond | undefined
    this.requests.push({
      url,
      headers: new Headers(init.headers),
      body: init.body ?? null,
      answer: (respond = () => Response.json('ok')) => {
        answer = respond
      },
    })
    if (this.#respond !== null) return this.#respond(url)
    const respond = await untilPresent(() => (signal?.aborted === true ? () => Promise.reject(signal.reason) : answer))
    return respond()
  }
}

/**
 * Looks every millisecond: the test and each Runner are requests of their own to workerd, which lets none resolve a promise of
 * another, nor use a response that another made.
 */
export async function untilPresent<T>(look: () => T | undefined): Promise<T> {
  for (;;) {
    const found = look()
    if (found !== undefined) return found
    await scheduler.wait(1)
  }
}
