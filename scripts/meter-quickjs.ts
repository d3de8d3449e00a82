// `npm run quickjs`: makes the QuickJS that the `code` node runs in, from the one that the package `quickjs-wasi` brings. It differs
// by the meter alone; a test makes it again and compares. To be run when the package's version changes.
import { readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { UNITS_PER_TICK } from '../src/runner/code/ticks.ts'
import { meterWasm } from './meter-wasm.ts'
import { ROOT } from './wrangler.ts'

const SOURCE = path.join(ROOT, 'node_modules/quickjs-wasi/quickjs.wasm')
export const METERED_QUICKJS = path.join(ROOT, 'src/runner/code/quickjs.wasm')

/** The interrupt hook of QuickJS, which it calls far too seldom by itself: one `indexOf` may take hours in between. */
export const meterQuickjs = (): Uint8Array =>
  meterWasm(readFileSync(SOURCE), { hook: ['env', 'host_interrupt'], quantum: UNITS_PER_TICK })

if (import.meta.main) writeFileSync(METERED_QUICKJS, meterQuickjs())
