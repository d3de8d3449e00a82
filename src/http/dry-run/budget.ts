// What one dry run may take. A Worker's clock stands still while it computes, and moves when it waits for something: so the run stops
// for a moment now and then, to look at it and to let others in.
import { ApiError } from '../errors.ts'
import { MAX_DRY_RUN_EVENTS, MAX_DRY_RUN_KEPT_CHARACTERS, MAX_DRY_RUN_SECONDS } from '../limits.ts'

/** Of what may pass between two looks at the clock: transitions, of which each is bounded by itself, and their events. */
const TRANSITIONS_BETWEEN_LOOKS = 32
const EVENTS_BETWEEN_LOOKS = 500

export class DryRunBudget {
  readonly #clock: () => number
  readonly #until: number
  #events = 0
  #kept = 0
  #transitionsSince = 0
  #eventsSince = 0

  /** @param clock the real one, ms since the epoch */
  constructor(clock: () => number) {
    this.#clock = clock
    this.#until = clock() + MAX_DRY_RUN_SECONDS * 1000
  }

  /** @throws ApiError `EXECUTION_TIMEOUT` */
  spendTransition(events: number): void {
    this.#transitionsSince += 1
    this.#eventsSince += events
    this.#events += events
    if (this.#events > MAX_DRY_RUN_EVENTS) throw exceeded(`takes more than ${MAX_DRY_RUN_EVENTS} events`)
  }

  /** For the rest of the dry run. @throws ApiError `EXECUTION_TIMEOUT` */
  keep(characters: number): void {
    this.#kept += characters
    if (this.#kept > MAX_DRY_RUN_KEPT_CHARACTERS) throw exceeded(`keeps more than ${MAX_DRY_RUN_KEPT_CHARACTERS} characters`)
  }

  /** Where it is time. @throws ApiError `EXECUTION_TIMEOUT` */
  async breathe(): Promise<void> {
    if (this.#transitionsSince < TRANSITIONS_BETWEEN_LOOKS && this.#eventsSince < EVENTS_BETWEEN_LOOKS) return
    await this.look()
  }

  /** After something that may have taken long. @throws ApiError `EXECUTION_TIMEOUT` */
  async look(): Promise<void> {
    this.#transitionsSince = 0
    this.#eventsSince = 0
    await new Promise((resolve) => setTimeout(resolve, 0))
    if (this.#clock() > this.#until) throw exceeded(`takes longer than ${MAX_DRY_RUN_SECONDS} s`)
  }
}

const exceeded = (what: string): ApiError =>
  new ApiError('EXECUTION_TIMEOUT', `The dry run ${what}; give loops fewer items, or mock nodes that take long`)
