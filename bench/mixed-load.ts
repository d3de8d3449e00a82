// Keeps a number of mixed executions in flight while somebody else kills the server: starts what is missing, sends the signals
// that are waited for, and repeats what was not answered, under its Idempotency-Key, until it is.
import { setTimeout as sleep } from 'node:timers/promises'
import type { Answer } from './http-client.ts'
import { inParallel } from './in-parallel.ts'
import { hasEnded, type MillraceApi } from './millrace-api.ts'
import { type MixedExecution, type MixedKind, mixedExecution, SIGNAL_NAME, workflowIdOf } from './mixed-kinds.ts'

const CONCURRENCY = 16
const ASK_AGAIN_MS = 250
/** Between two looks at what has ended. Nothing is asked for meanwhile: executions have to go on by themselves. */
const REST_MS = 3_000
const MAX_EXCERPT = 300

interface LoadOptions {
  readonly api: MillraceApi
  readonly seed: number
  readonly kinds: readonly MixedKind[]
  readonly inFlight: number
}

export interface Accepted extends MixedExecution {
  readonly id: string
}

interface Repeatable {
  readonly send: () => Promise<Answer | null>
  readonly what: string
  /** Statuses that are as good as accepted at a repeat, because an earlier try may have counted. */
  readonly acceptsWhenRepeated: readonly number[]
}

export class MixedLoad {
  readonly accepted: Accepted[] = []
  /** When each was seen to have ended, as it said: it must say the same at the end. */
  readonly endSeen = new Map<string, string | null>()
  /** Answers that no kill excuses. */
  readonly refusals: string[] = []
  unansweredStarts = 0
  /** Of those: the execution had been created. */
  createdUnanswered = 0
  signalsSent = 0
  repeatedSignals = 0
  /** Of those: the execution had ended, so that the signal without an answer had counted. */
  endedBeforeRepeat = 0
  readonly #options: LoadOptions
  readonly #open = new Map<string, Accepted>()
  readonly #deliveries: Promise<void>[] = []
  #waiters: (() => void)[] = []
  #watchers: (() => void)[] = []
  #keeping = Promise.resolve()
  #started = 0
  #stopped = false
  #giveUpAt = Number.POSITIVE_INFINITY

  constructor(options: LoadOptions) {
    this.#options = options
  }

  /** Goes on until `stop`. */
  begin(): void {
    this.#keeping = this.#keep()
  }

  /** Resolves once all are in flight again. */
  filled(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#waiters.push(resolve)
    return promise
  }

  /** Resolves when the next start or signal is on its way: to be killed before its answer. */
  sent(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#watchers.push(resolve)
    return promise
  }

  /** Starts nothing new from now on; what is under way is repeated until it is answered. */
  stop(): void {
    this.#stopped = true
  }

  /** Resolves when every start and signal is accepted; what is not by then (ms since the epoch) becomes a refusal. */
  async settle(giveUpAt: number): Promise<void> {
    this.#giveUpAt = giveUpAt
    this.stop()
    await this.#keeping
    await Promise.all(this.#deliveries)
  }

  async #keep(): Promise<void> {
    while (!this.#stopped) {
      const waiting = this.#waiters
      this.#waiters = []
      await this.#findEnded()
      await this.#fill()
      for (const resolve of waiting) resolve()
      if (this.#waiters.length === 0) await sleep(REST_MS)
    }
  }

  async #findEnded(): Promise<void> {
    await inParallel(CONCURRENCY, [...this.#open.keys()], async (id) => {
      const view = this.#stopped ? null : await this.#options.api.view(id)
      if (view === null || !hasEnded(view)) return
      this.endSeen.set(id, view.end_time)
      this.#open.delete(id)
    })
  }

  async #fill(): Promise<void> {
    const missing = Math.max(0, this.#options.inFlight - this.#open.size)
    await inParallel(CONCURRENCY, Array.from({ length: missing }), async () => {
      if (!this.#stopped) await this.#start(mixedExecution(this.#options.seed, this.#options.kinds, this.#started++))
    })
  }

  async #start(execution: MixedExecution): Promise<void> {
    const { kind, number, inputs } = execution
    const send = () => this.#options.api.start(workflowIdOf(kind), inputs, `start-${number}`)
    const { answer, repeated } = await this.#untilAnswered({ send, what: `start ${number} (${kind})`, acceptsWhenRepeated: [] })
    if (repeated) this.unansweredStarts++
    if (answer === null) return
    if (answer.status === 200) this.createdUnanswered++
    const { data }: { data: { execution_id: string } } = JSON.parse(answer.body)
    const accepted = { ...execution, id: data.execution_id }
    this.accepted.push(accepted)
    this.#open.set(accepted.id, accepted)
    this.#deliveries.push(this.#deliver(accepted))
  }

  /** One after the other: which comes first is part of the result. */
  async #deliver({ id, kind, signals }: Accepted): Promise<void> {
    for (const [index, { payload, afterMs }] of signals.entries()) {
      await sleep(afterMs)
      const send = () => this.#options.api.signal(id, SIGNAL_NAME, payload, `${id}-${index}`)
      const what = `signal ${index} of ${id} (${kind})`
      const { answer, repeated } = await this.#untilAnswered({ send, what, acceptsWhenRepeated: [409] })
      if (repeated) this.repeatedSignals++
      if (answer !== null) this.signalsSent++
      if (answer?.status === 409) this.endedBeforeRepeat++
    }
  }

  /** Null where it was refused, or not answered in time. */
  async #untilAnswered({ send, what, acceptsWhenRepeated }: Repeatable): Promise<{ answer: Answer | null; repeated: boolean }> {
    for (let tries = 1; Date.now() < this.#giveUpAt; tries++) {
      const sent = send()
      for (const resolve of this.#watchers.splice(0)) resolve()
      const answer = await sent
      if (answer === null) {
        await sleep(ASK_AGAIN_MS)
        continue
      }
      const repeated = tries > 1
      const accepts = [200, 202, ...(repeated ? acceptsWhenRepeated : [])]
      if (accepts.includes(answer.status)) return { answer, repeated }
      this.refusals.push(`${what} was refused at try ${tries}: ${answer.status} ${answer.body.slice(0, MAX_EXCERPT)}`)
      return { answer: null, repeated }
    }
    this.refusals.push(`${what} was never answered`)
    return { answer: null, repeated: true }
  }
}
