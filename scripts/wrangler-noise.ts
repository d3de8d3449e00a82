// Tells what `wrangler dev` says about itself from what the Worker logs: both arrive on one standard output.

const TABLE_BEGINS = /^Your Worker has access to the following bindings:/
const NOISE = /^(⎔ |❓ |\[wrangler:info\] |Using secrets defined in |\s*$)/

/** A filter of lines, in order: true for those to show. It remembers whether it is inside the table of bindings. */
export function createNoiseFilter(): (line: string) => boolean {
  let inTable = false
  return (line) => {
    if (TABLE_BEGINS.test(line)) inTable = true
    else if (line.trim() === '') inTable = false
    return !(inTable || NOISE.test(line))
  }
}
