// Puts a meter into a WebAssembly module, so that whatever runs in it can be stopped by counting: every round of a loop costs one
// unit, every bulk copy one per 64 bytes, and for each `quantum` units the module calls a function that it imports. That one may
// throw. Used by `meter-quickjs.ts` alone. Knows what clang emits for wasm32 and refuses what it does not know.
import { signedLeb, unsignedLeb, type WasmReader, wasmReader } from './wasm-reader.ts'

export interface MeterOptions {
  /** Module and name of the imported function `() -> i32` that is called. The module's own calls of it are taken out. */
  readonly hook: readonly [string, string]
  /** Units between two calls. */
  readonly quantum: number
}

/** Indexes of what the meter works with. */
interface Meter {
  /** Function: fills up the units and calls the hook. */
  readonly refill: number
  /** Global: units that are left. */
  readonly units: number
  /** Global: keeps the length of a bulk copy. */
  readonly length: number
  /** Function: the hook. */
  readonly hook: number
}

const SECTIONS = { type: 1, import: 2, function: 3, global: 6, code: 10 } as const
const OP = { loop: 0x03, if: 0x04, end: 0x0b, call: 0x10, drop: 0x1a, getGlobal: 0x23, setGlobal: 0x24, i32: 0x41 } as const
const I32 = 0x7f
const FUNCTION_TYPE = 0x60
const NO_RESULT = 0x40
const LESS_THAN = 0x48
const SUBTRACT = 0x6b
const SHIFT_RIGHT = 0x76
const BYTES_PER_UNIT_LOG2 = 6

export function meterWasm(module: Uint8Array, { hook: [hookModule, hookName], quantum }: MeterOptions): Uint8Array {
  const sections = readSections(module)
  const imports = readImports(sections)
  const hook = imports.indexOf(`${hookModule}.${hookName}`)
  if (hook === -1) throw new Error(`the module does not import ${hookModule}.${hookName}`)
  const missing = Object.entries(SECTIONS).find(([, id]) => !sections.has(id))
  if (missing !== undefined) throw new Error(`the module has no ${missing[0]} section`)
  const globals = countOf(sections, SECTIONS.global)
  const functions = countOf(sections, SECTIONS.function)
  const meter: Meter = { hook, refill: imports.length + functions, units: globals, length: globals + 1 }
  const changes: Readonly<Record<number, (content: Uint8Array) => Uint8Array>> = {
    [SECTIONS.type]: (content) => withItems(content, [FUNCTION_TYPE, 0, 0]),
    [SECTIONS.function]: (content) => withItems(content, unsignedLeb(countOf(sections, SECTIONS.type))),
    [SECTIONS.global]: (content) => withItems(content, globalOf(quantum), globalOf(0)),
    [SECTIONS.code]: (content) => withItems(meterBodies(content, meter), sized(refillBody(meter, quantum))),
  }
  return Buffer.concat([
    module.subarray(0, 8),
    ...[...sections].flatMap(([id, content]) => {
      const changed = changes[id]?.(content) ?? content
      return [Uint8Array.of(id, ...unsignedLeb(changed.length)), changed]
    }),
  ])
}

/** Without custom sections, which mean nothing to what runs. */
function readSections(module: Uint8Array): ReadonlyMap<number, Uint8Array> {
  const reader = wasmReader(module, 8)
  const sections = new Map<number, Uint8Array>()
  while (!reader.atEnd()) sections.set(reader.byte(), reader.bytes(reader.u32()))
  sections.delete(0)
  return sections
}

type Sections = ReadonlyMap<number, Uint8Array>

const countOf = (sections: Sections, id: number): number => wasmReader(sections.get(id) ?? Uint8Array.of(0)).u32()

/** Names of the imports, all of which must be functions. */
function readImports(sections: Sections): readonly string[] {
  const reader = wasmReader(sections.get(SECTIONS.import) ?? Uint8Array.of(0))
  return Array.from({ length: reader.u32() }, () => {
    const name = `${reader.text()}.${reader.text()}`
    if (reader.byte() !== 0) throw new Error(`the import ${name} is no function`)
    reader.skipNumber()
    return name
  })
}

/** A vector with more at its end. */
function withItems(content: Uint8Array, ...items: readonly (readonly number[])[]): Uint8Array {
  const reader = wasmReader(content)
  const count = unsignedLeb(reader.u32() + items.length)
  return Buffer.concat([Uint8Array.from(count), content.subarray(reader.position()), Uint8Array.from(items.flat())])
}

const globalOf = (value: number): readonly number[] => [I32, 1, OP.i32, ...signedLeb(value), OP.end]

const sized = (body: readonly number[]): readonly number[] => [...unsignedLeb(body.length), ...body]

const get = (global: number): readonly number[] => [OP.getGlobal, ...unsignedLeb(global)]

const set = (global: number): readonly number[] => [OP.setGlobal, ...unsignedLeb(global)]

const refillBody = ({ units, hook }: Meter, quantum: number): readonly number[] => [
  ...[0, OP.i32, ...signedLeb(quantum), ...set(units)],
  ...[OP.call, ...unsignedLeb(hook), OP.drop, OP.end],
]

/** Stands at the head of every loop. */
const payRound = ({ units, refill }: Meter): readonly number[] => [
  ...[...get(units), OP.i32, 1, SUBTRACT, ...set(units)],
  ...[...get(units), OP.i32, 0, LESS_THAN, OP.if, NO_RESULT, OP.call, ...unsignedLeb(refill), OP.end],
]

/** Stands before a bulk copy, whose length is on top of the stack. */
const payBytes = ({ units, length }: Meter): readonly number[] => [
  ...[...set(length), ...get(length)],
  ...[...get(units), ...get(length), OP.i32, BYTES_PER_UNIT_LOG2, SHIFT_RIGHT, SUBTRACT, ...set(units)],
]

function meterBodies(content: Uint8Array, meter: Meter): Uint8Array {
  const reader = wasmReader(content)
  const count = reader.u32()
  const bodies = Array.from({ length: count }, () => meterBody(reader.bytes(reader.u32()), meter))
  return Buffer.concat([
    Uint8Array.from(unsignedLeb(count)),
    ...bodies.flatMap((body) => [Uint8Array.from(unsignedLeb(body.length)), body]),
  ])
}

function meterBody(body: Uint8Array, meter: Meter): Uint8Array {
  const reader = wasmReader(body)
  for (let declarations = reader.u32(); declarations > 0; declarations--) {
    reader.skipNumber()
    reader.byte()
  }
  const parts: Uint8Array[] = []
  let copied = 0
  function insert(code: readonly number[], at: number, goOn = at): void {
    parts.push(body.subarray(copied, at), Uint8Array.from(code))
    copied = goOn
  }
  while (!reader.atEnd()) {
    const at = reader.position()
    const { opcode, operand } = readInstruction(reader)
    if (opcode === OP.loop) insert(payRound(meter), reader.position())
    else if (opcode === OP.call && operand === meter.hook) insert([OP.i32, 0], at, reader.position())
    else if (opcode === BULK && (operand === MEMORY_COPY || operand === MEMORY_FILL)) insert(payBytes(meter), at)
  }
  return Buffer.concat([...parts, body.subarray(copied)])
}

const BULK = 0xfc
const MEMORY_COPY = 10
const MEMORY_FILL = 11
/** Numbers after each instruction of 0xfc, by its own number. */
const BULK_OPERANDS = [0, 0, 0, 0, 0, 0, 0, 0, 2, 1, 2, 1, 2, 1, 2, 1, 1, 1]

/** Goes past one instruction. `operand` is that of a call, or which of the bulk ones it is. */
function readInstruction(reader: WasmReader): { readonly opcode: number; readonly operand: number } {
  const opcode = reader.byte()
  let operand = 0
  if (opcode === OP.call) operand = reader.u32()
  else if (opcode === BULK) {
    operand = reader.u32()
    skipNumbers(reader, BULK_OPERANDS[operand] ?? unknown(opcode))
  } else if (opcode === 0x0e || opcode === 0x1c) skipNumbers(reader, reader.u32() + (opcode === 0x0e ? 1 : 0))
  else if (opcode === 0x43 || opcode === 0x44) reader.bytes(opcode === 0x43 ? 4 : 8)
  else skipNumbers(reader, operandsOf(opcode))
  return { opcode, operand }
}

function skipNumbers(reader: WasmReader, count: number): void {
  for (let index = 0; index < count; index++) reader.skipNumber()
}

/** How many numbers follow: by the ranges of the specification's table of instructions. */
function operandsOf(opcode: number): number {
  const one = [0x02, 0x03, 0x04, 0x0c, 0x0d, 0x3f, 0x40, 0x41, 0x42, 0xd0, 0xd2]
  const none = [0x00, 0x01, 0x05, 0x0b, 0x0f, 0x1a, 0x1b, 0xd1]
  if (none.includes(opcode) || (opcode >= 0x45 && opcode <= 0xc4)) return 0
  if (one.includes(opcode) || (opcode >= 0x20 && opcode <= 0x26)) return 1
  // call_indirect; loads and stores
  return opcode === 0x11 || (opcode >= 0x28 && opcode <= 0x3e) ? 2 : unknown(opcode)
}

function unknown(opcode: number): never {
  throw new Error(`instruction 0x${opcode.toString(16)} is not known`)
}
