// Reads and writes the numbers of WebAssembly's binary format. For `meter-wasm.ts` alone.

export interface WasmReader {
  position(): number
  atEnd(): boolean
  byte(): number
  /** A LEB128 number of 32 bits at most. */
  u32(): number
  /** Goes past a LEB128 number of any width, signed or not. */
  skipNumber(): void
  bytes(length: number): Uint8Array
  text(): string
}

export function wasmReader(data: Uint8Array, start = 0): WasmReader {
  let position = start
  function byte(): number {
    const value = data[position]
    if (value === undefined) throw new RangeError('the module ends too early')
    position += 1
    return value
  }
  function u32(): number {
    let value = 0
    for (let shift = 0; ; shift += 7) {
      const next = byte()
      value += (next & 0x7f) * 2 ** shift
      if (next < 0x80) return value
    }
  }
  function skipNumber(): void {
    while (byte() >= 0x80);
  }
  function bytes(length: number): Uint8Array {
    if (position + length > data.length) throw new RangeError('the module ends too early')
    position += length
    return data.subarray(position - length, position)
  }
  return {
    position: () => position,
    atEnd: () => position >= data.length,
    byte,
    u32,
    skipNumber,
    bytes,
    text: () => new TextDecoder().decode(bytes(u32())),
  }
}

export function unsignedLeb(value: number): readonly number[] {
  const low = value % 0x80
  return value < 0x80 ? [low] : [low | 0x80, ...unsignedLeb(Math.floor(value / 0x80))]
}

/** Of a number that is not negative. */
export function signedLeb(value: number): readonly number[] {
  const low = value % 0x80
  return value < 0x40 ? [low] : [low | 0x80, ...signedLeb(Math.floor(value / 0x80))]
}
