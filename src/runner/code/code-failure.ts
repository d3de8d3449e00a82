// What became of a program that did not end well, as its node's failure: `CODE_ERROR` where it did something wrong, with the line of
// its source, `CODE_LIMIT` where it took too much. Called by `run-code.ts` alone.
import { JSException } from 'quickjs-wasi'
import { type NodeError, nodeError } from '../../core/node-error.ts'
import type { CodeProgram } from '../../core/node-type.ts'
import { USER_FILE } from './guest.ts'

/** Ends the engine's work from within. It may end in a function that the program called, and is shown to that. */
export class TimeIsUp extends Error {
  override readonly name = 'TimeIsUp'
  override readonly stack = ''
}

export const neverSettles = (): NodeError =>
  nodeError('CODE_ERROR', 'The code awaits a promise that nothing will settle: there are no timers and no network here.')

/** @param thrown through the engine. What is none of these is a bug and thrown again. */
export function failureOf(thrown: unknown, program: CodeProgram): NodeError {
  if (thrown instanceof JSException)
    return thrownInside({ name: thrown.name, message: thrown.message, stack: thrown.stack ?? '' }, program)
  // The engine's own stack, which is WebAssembly's, ended before its guard saw it.
  if (thrown instanceof RangeError)
    return nodeError('CODE_LIMIT', 'The code calls, or nests what it gives to a built-in, too deeply.')
  if (thrown instanceof Error && thrown.message.includes(OUT_OF_MEMORY)) return outOfMemory(program)
  if (thrown instanceof WebAssembly.RuntimeError)
    return nodeError('CODE_ERROR', `The engine broke down under the code: ${thrown.message}.`)
  throw thrown
}

const OUT_OF_MEMORY = 'out of memory'

export const outOfTime = ({ timeoutMs }: CodeProgram): NodeError =>
  nodeError('CODE_LIMIT', `The code took more than the ${timeoutMs} ms of CPU time that timeout_ms gives it.`, {
    cause: { limit: 'timeout_ms', value: timeoutMs },
  })

function outOfMemory({ memoryBytes }: CodeProgram): NodeError {
  const megabytes = memoryBytes / 1024 ** 2
  return nodeError('CODE_LIMIT', `The code took more than the ${megabytes} MB that memory_mb gives it.`, {
    cause: { limit: 'memory_mb', value: megabytes },
  })
}

interface Thrown {
  readonly name: string
  readonly message: string
  readonly stack: string
}

/** Characters of what the program has thrown that its failure shows. */
const MAX_NAME = 100
const MAX_MESSAGE = 2_000

export function thrownInside(thrown: Thrown, program: CodeProgram): NodeError {
  const { stack } = thrown
  if (thrown.name === 'InternalError' && thrown.message.startsWith(OUT_OF_MEMORY)) return outOfMemory(program)
  const [name, message] = [cut(thrown.name, MAX_NAME), cut(thrown.message, MAX_MESSAGE)]
  const line = lineIn(stack)
  const place = line === null ? '' : ` (line ${line})`
  return nodeError('CODE_ERROR', `${name}: ${message}${place}`, { cause: { name, ...(line !== null && { line }) } })
}

const cut = (text: string, length: number): string => (text.length > length ? `${text.slice(0, length)}…` : text)

/** Of the user's source, from 1; null where no frame of the stack is in it. */
function lineIn(stack: string): number | null {
  const line = new RegExp(`\\b${USER_FILE}:(\\d+)`).exec(stack)?.[1]
  return line === undefined ? null : Number(line)
}
