// What Millrace writes between request and answer, for the bare object to write the same. The run prints the rows and bytes
// that it finds in Millrace's objects beside these numbers.
import type { Kind } from './kind.ts'

export interface Writes {
  /** Transactions, each durable before the next begins; with HTTP calls, one call lies between two. */
  readonly commits: number
  readonly rowsPerCommit: number
  /** Journal bytes, spread over the rows. The alarm is one more row, written with the first commit. */
  readonly bytes: number
}

export const WRITES: Readonly<Record<Kind, Writes>> = {
  '10': { commits: 1, rowsPerCommit: 1, bytes: 2_000 },
  '100': { commits: 1, rowsPerCommit: 1, bytes: 14_800 },
  http: { commits: 4, rowsPerCommit: 1, bytes: 2_700 },
}
