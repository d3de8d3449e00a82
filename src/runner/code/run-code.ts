// Runs the program of a `code` node in QuickJS: a fresh engine each time, with no way out but two functions that take texts. CPU
// time is counted (`ticks.ts`); memory is this engine's own and goes with it. What the program does wrong is a failure in the result.
import { createHash } from 'node:crypto'
import { Intrinsics, type JSValueHandle, QuickJS } from 'quickjs-wasi'
import type { Json } from '../../core/json.ts'
import type { NodeError } from '../../core/node-error.ts'
import { type CodeProgram, LOG_LEVELS, type RunCode } from '../../core/node-type.ts'
import { failureOf, neverSettles, outOfTime, TimeIsUp, thrownInside } from './code-failure.ts'
import { createConsole } from './console.ts'
import { GUEST, GUEST_FILE, USER_FILE } from './guest.ts'

/** What QuickJS's frames may take of its 1 MiB: recursion of some 1,500 calls. */
const STACK_BYTES = 384 * 1024

/** No second clock, nothing that tells when memory is freed. */
const INTRINSICS = Intrinsics.ALL & ~Intrinsics.PERFORMANCE & ~Intrinsics.WEAK_REF & ~Intrinsics.DOM_EXCEPTION

/** What is known of a run. */
interface Run {
  /** What the guest has settled it with, once it has. */
  result: { readonly kind: string; readonly text: string } | null
  isOutOfTime: boolean
}

/** @param module QuickJS with a meter in it */
export const createRunCode =
  (module: WebAssembly.Module): RunCode =>
  async (program) => {
    const lines = createConsole()
    const outcome = await runIn(module, program, lines.print)
    return { ...outcome, console: lines.lines() }
  }

type Outcome = { readonly kind: 'completed'; readonly output: Json } | { readonly kind: 'failed'; readonly error: NodeError }
type Print = ReturnType<typeof createConsole>['print']

async function runIn(module: WebAssembly.Module, program: CodeProgram, print: Print): Promise<Outcome> {
  const run: Run = { result: null, isOutOfTime: false }
  const engine = await createEngine(module, program, run)
  try {
    start(engine, program, run, print)
    engine.executePendingJobs()
  } catch (thrown) {
    // What it had settled before counts no more: it was still at work.
    if (!run.isOutOfTime) return { kind: 'failed', error: failureOf(thrown, program) }
  }
  return run.isOutOfTime ? { kind: 'failed', error: outOfTime(program) } : outcomeOf(run, program)
}

function createEngine(module: WebAssembly.Module, program: CodeProgram, run: Run): Promise<QuickJS> {
  const { now, seed, timeoutMs, memoryBytes } = program
  let ticks = 0
  // The engine takes its random seed from the clock, once, when it is made.
  let microseconds = seedOf(seed)
  const engine = QuickJS.create({
    wasm: module,
    wasi: (memory) => ({
      clock_time_get(_clock: number, _precision: bigint, resultAt: number) {
        new DataView(memory.buffer).setBigUint64(resultAt, microseconds * 1_000n, true)
        return 0
      },
      random_get(at: number, length: number) {
        new Uint8Array(memory.buffer, at, length).fill(0)
        return 0
      },
    }),
    intrinsics: INTRINSICS,
    memoryLimit: memoryBytes,
    maxStackSize: STACK_BYTES,
    timezoneOffset: 0,
    interruptHandler: () => {
      ticks += 1
      if (ticks <= timeoutMs) return false
      run.isOutOfTime = true
      throw new TimeIsUp()
    },
  })
  return engine.then((made) => {
    microseconds = BigInt(now) * 1_000n
    return made
  })
}

/** 52 bits of its SHA-256. */
const seedOf = (seed: string): bigint => BigInt(`0x${createHash('sha256').update(seed).digest('hex').slice(0, 13)}`)

function start(engine: QuickJS, { source, names }: CodeProgram, run: Run, print: Print): void {
  const printed = engine.newFunction('print', (level, text) => {
    const known = LOG_LEVELS.find((name) => name === textOf(level))
    if (known !== undefined) print(known, textOf(text))
    return engine.undefined
  })
  const settled = engine.newFunction('settle', (kind, text) => {
    run.result ??= { kind: textOf(kind), text: textOf(text) }
    return engine.undefined
  })
  const guest = engine.callFunction(engine.evalCode(GUEST, GUEST_FILE), engine.undefined, printed, settled)
  // All before the source stands on its first line, so that lines are the user's.
  const program = `"use strict";(function({${Object.keys(names).join(',')}}){return async function(){${source}\n}})`
  engine.callFunction(guest, engine.undefined, engine.evalCode(program, USER_FILE), engine.newString(JSON.stringify(names)))
}

/** Never runs code of the program, as `toString` of an object would. */
const textOf = (handle: JSValueHandle | undefined): string => (handle?.isString === true ? handle.toString() : '')

function outcomeOf({ result }: Run, program: CodeProgram): Outcome {
  if (result === null) return { kind: 'failed', error: neverSettles() }
  if (result.kind === 'completed') return { kind: 'completed', output: JSON.parse(result.text) }
  return { kind: 'failed', error: thrownInside(JSON.parse(result.text), program) }
}
