// What is on its way in virtual time, the earliest first; of equal moments, what was sent first.
interface Mail<Message> {
  readonly at: number
  readonly message: Message
}

export class Mailbox<Message> {
  #mail: readonly Mail<Message>[] = []

  post(at: number, message: Message): void {
    this.#mail = [...this.#mail, { at, message }]
  }

  /** Null where nothing is on its way. */
  nextAt(): number | null {
    return this.#next()?.at ?? null
  }

  take(): Message | null {
    const next = this.#next()
    this.#mail = this.#mail.filter((mail) => mail !== next)
    return next?.message ?? null
  }

  #next(): Mail<Message> | null {
    let next: Mail<Message> | null = null
    for (const mail of this.#mail) if (next === null || mail.at < next.at) next = mail
    return next
  }
}
