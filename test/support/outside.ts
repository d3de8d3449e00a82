// The outside world of tests inside workerd, where no server can listen: every outbound request of a Runner ends here and is
// answered by the test, at once or when it lets go. (Real servers are met in test/nodes and test/e2e.)
import { vi } from 'vitest'

export interface OutsideRequest {
  readonly url: string
  readonly headers: Headers
  answer(response?: Response): void
}

export class Outside {
  readonly requests: OutsideRequest[] = []
  #waiting: ((request: OutsideRequest) => void)[] = []
  readonly #respond: ((url: string) => Response) | null

  /** Answers every request with `respond`; without it the test answers each. */
  constructor(respond: ((url: string) => Response) | null = null) {
    this.#respond = respond
    vi.stubGlobal('fetch', (url: string, init: RequestInit) => this.#receive(String(url), init))
  }

  /** The n-th request (from 0), now or when it comes. */
  async request(index: number): Promise<OutsideRequest> {
    for (let known = this.requests[index]; ; known = this.requests[index]) {
      if (known !== undefined) return known
      await new Promise<OutsideRequest>((resolve) => this.#waiting.push(resolve))
    }
  }

  #receive(url: string, init: RequestInit): Promise<Response> {
    return new Promise((resolve, reject) => {
      init.signal?.addEventListener('abort', () => reject(init.signal?.reason))
      const request = { url, headers: new Headers(init.headers), answer: (response = Response.json('ok')) => resolve(response) }
      this.requests.push(request)
      for (const wake of this.#waiting.splice(0)) wake(request)
      if (this.#respond !== null) request.answer(this.#respond(url))
    })
  }
}
