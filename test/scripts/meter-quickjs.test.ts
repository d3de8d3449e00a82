import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { METERED_QUICKJS, meterQuickjs } from '../../scripts/meter-quickjs.ts'
import { meterWasm } from '../../scripts/meter-wasm.ts'

/** `spin(rounds)` goes through a loop so often; `copy(bytes)` copies so many in one instruction. The hook is `env.hook`. */
const SAMPLE = Uint8Array.from([
  ...[0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00],
  ...[0x01, 0x09, 0x02, 0x60, 0x01, 0x7f, 0x00, 0x60, 0x00, 0x01, 0x7f],
  ...[0x02, 0x0c, 0x01, 0x03, 0x65, 0x6e, 0x76, 0x04, 0x68, 0x6f, 0x6f, 0x6b, 0x00, 0x01],
  ...[0x03, 0x03, 0x02, 0x00, 0x00],
  ...[0x05, 0x03, 0x01, 0x00, 0x01],
  ...[0x06, 0x01, 0x00],
  ...[0x07, 0x0f, 0x02, 0x04, 0x73, 0x70, 0x69, 0x6e, 0x00, 0x01, 0x04, 0x63, 0x6f, 0x70, 0x79, 0x00, 0x02],
  ...[0x0a, 0x23, 0x02],
  ...[
    0x14, 0x00, 0x10, 0x00, 0x1a, 0x03, 0x40, 0x20, 0x00, 0x41, 0x01, 0x6b, 0x22, 0x00, 0x41, 0x00, 0x4a, 0x0d, 0x00, 0x0b, 0x0b,
  ],
  ...[0x0c, 0x00, 0x41, 0x00, 0x41, 0x00, 0x20, 0x00, 0xfc, 0x0a, 0x00, 0x00, 0x0b],
])

interface Sample {
  spin(rounds: number): void
  copy(bytes: number): void
}

function sample(module: Uint8Array, hook: () => number): Sample {
  const { exports } = new WebAssembly.Instance(Reflect.construct(WebAssembly.Module, [module]), { env: { hook } })
  const { spin, copy } = exports
  if (typeof spin !== 'function' || typeof copy !== 'function') throw new Error('not the sample')
  return { spin: (rounds) => spin(rounds), copy: (bytes) => copy(bytes) }
}

describe('the meter', () => {
  const metered = meterWasm(SAMPLE, { hook: ['env', 'hook'], quantum: 1000 })

  function ticks(work: (module: Sample) => void): number {
    let count = 0
    work(sample(metered, () => ++count))
    return count
  }

  it('ticks once per quantum of rounds, and takes the module’s own calls out', () => {
    expect(ticks(({ spin }) => spin(1000))).toBe(0)
    expect(ticks(({ spin }) => spin(1001))).toBe(1)
    expect(ticks(({ spin }) => spin(10_010))).toBe(10)
  })

  it('counts what is copied at once', () => {
    const copied = ticks(({ copy, spin }) => {
      for (let index = 0; index < 100; index++) copy(64_000)
      spin(1)
    })
    expect(copied).toBe(1)
    expect(
      ticks(({ copy, spin }) => {
        copy(64_000)
        spin(1)
      }),
    ).toBe(1)
    expect(
      ticks(({ copy, spin }) => {
        copy(63_900)
        spin(1)
      }),
    ).toBe(0)
  })

  it('lets what the hook throws through', () => {
    const stop = new Error('stop')
    const { spin } = sample(metered, () => {
      throw stop
    })
    expect(() => spin(0x7fffffff)).toThrow(stop)
  })

  it('refuses a module without the hook, and one it does not understand', () => {
    expect(() => meterWasm(SAMPLE, { hook: ['env', 'other'], quantum: 1 })).toThrow('env.other')
    const unknown = Uint8Array.from(SAMPLE)
    unknown[unknown.lastIndexOf(0xfc)] = 0xfe
    expect(() => meterWasm(unknown, { hook: ['env', 'hook'], quantum: 1 })).toThrow('0xfe')
    expect(() => meterWasm(SAMPLE.subarray(0, -3), { hook: ['env', 'hook'], quantum: 1 })).toThrow('too early')
  })
})

describe('the engine of the code node', () => {
  it('is the one of the installed package, metered (npm run quickjs)', () => {
    expect(readFileSync(METERED_QUICKJS).equals(meterQuickjs())).toBe(true)
  })
})
