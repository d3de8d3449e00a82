// The one alarm of an execution object, with what is known of it: each setting is a row, so it is only ever set earlier.
// It knows no reasons; `next-alarm.ts` picks the moment.

interface AlarmContext extends Pick<DurableObjectState, 'waitUntil'> {
  readonly storage: Pick<DurableObjectStorage, 'getAlarm' | 'setAlarm'>
}

export class Alarm {
  readonly #context: AlarmContext
  #at: number | null = null

  constructor(context: AlarmContext) {
    this.#context = context
  }

  /** Asks the storage; true where an alarm is set. */
  async load(): Promise<boolean> {
    const at = await this.#context.storage.getAlarm()
    this.#at ??= at
    return at !== null
  }

  /** Nothing is set any more: it rang, or the storage was emptied. */
  forget(): void {
    this.#at = null
  }

  /** Sets the alarm only where none is set or this is earlier: a wake-up too early finds nothing due. */
  set(moment: number): void {
    if (this.#at !== null && this.#at <= moment) return
    this.#at = moment
    this.#context.waitUntil(this.#context.storage.setAlarm(moment))
  }
}
