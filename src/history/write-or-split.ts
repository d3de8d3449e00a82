// The way every batch reaches D1: all in one transaction, and one by one where that fails, so that one bad row costs only itself.

export interface WriteResult<Unit> {
  /** As D1 counts and bills them. */
  readonly rowsWritten: number
  /** What was not written, and why. */
  readonly failed: ReadonlyMap<Unit, unknown>
}

/** Writes units together and answers the rows written, or throws, having written none. */
type Write<Unit> = (units: readonly Unit[]) => Promise<number>

/** Never throws. */
export async function writeOrSplit<Unit>(units: readonly Unit[], write: Write<Unit>): Promise<WriteResult<Unit>> {
  try {
    return { rowsWritten: await write(units), failed: new Map() }
  } catch {
    // Whatever the reason was, each unit meets it again, or does not.
    return writeEach(units, write)
  }
}

async function writeEach<Unit>(units: readonly Unit[], write: Write<Unit>): Promise<WriteResult<Unit>> {
  let rowsWritten = 0
  const failed = new Map<Unit, unknown>()
  for (const unit of units) {
    try {
      rowsWritten += await write([unit])
    } catch (error) {
      failed.set(unit, error)
    }
  }
  return { rowsWritten, failed }
}
