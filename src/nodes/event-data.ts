// The data of server-sent events (HTML standard, 9.2.6), one text per event, as they arrive.
import { responseTooLarge } from '../core/attempt-error.ts'
import { MAX_SERVER_EVENT_CHARACTERS } from '../core/limits.ts'

/** Other fields are passed over; so is an event that the end of the stream cuts off. @throws AttemptError */
export async function* eventData(body: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  let data: string[] = []
  let size = 0
  for await (const line of linesOf(body)) {
    size = bounded(size + line.length)
    if (line === '') {
      if (data.length > 0) yield data.join('\n')
      data = []
      size = 0
    } else if (/^data(:|$)/.test(line)) data.push(line.slice('data:'.length).replace(/^ /, ''))
  }
}

/** Without what stands behind the last end of a line. */
async function* linesOf(body: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder()
  // Joined when a line ends in the last one: a line may come byte by byte.
  let open: string[] = []
  let size = 0
  for await (const chunk of body) {
    const text = decoder.decode(chunk, { stream: true })
    // A `\r` at the end may be the first half of `\r\n`: what follows decides.
    const isOpen = !/[\r\n]/.test(text) && open.at(-1)?.endsWith('\r') !== true
    open.push(text)
    size += text.length
    if (isOpen) {
      bounded(size)
      continue
    }
    const lines = open.join('').split(/\r\n|\n|\r(?!$)/)
    const rest = lines.pop() ?? ''
    open = [rest]
    size = bounded(rest.length)
    yield* lines
  }
}

function bounded(characters: number): number {
  if (characters > MAX_SERVER_EVENT_CHARACTERS) throw responseTooLarge(MAX_SERVER_EVENT_CHARACTERS)
  return characters
}
