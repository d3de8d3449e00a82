// How CPU time is measured in a Worker, whose clock stands still while it computes: by counting. The engine's WebAssembly has a meter
// in it (`scripts/meter-wasm.ts`) that ticks once per so many units: rounds of its loops, 64 bytes of a bulk copy.

/**
 * A tick is about a millisecond. Measured over all kinds of work (arithmetic, calls, objects, texts, JSON, sorting, patterns, big
 * integers, copies, searches through large texts) 200,000 units take 0.2 to 2.6 ms, most of them 0.5 to 1.5.
 */
export const UNITS_PER_TICK = 200_000
