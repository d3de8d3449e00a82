// What executions leave on disk. An object's storage is one SQLite file with its `-wal` and `-shm` beside it; its size here
// is what the file system has allocated for the three.
import { readdirSync, statSync } from 'node:fs'
import path from 'node:path'

const BLOCK_BYTES = 512

/** Allocated bytes of each object's files, by the object's id. */
export function objectSizes(directory: string): Map<string, number> {
  const sizes = new Map<string, number>()
  for (const file of filesUnder(directory)) {
    const id = /^([0-9a-f]{64})\.sqlite/.exec(path.basename(file))?.[1]
    if (id !== undefined) sizes.set(id, (sizes.get(id) ?? 0) + allocatedBytes(file))
  }
  return sizes
}

export function directoryBytes(directory: string): number {
  return filesUnder(directory).reduce((sum, file) => sum + allocatedBytes(file), 0)
}

export function filesUnder(directory: string): string[] {
  try {
    const entries = readdirSync(directory, { recursive: true, withFileTypes: true })
    return entries.filter((entry) => entry.isFile()).map((entry) => path.join(entry.parentPath, entry.name))
  } catch {
    return []
  }
}

/** 0 for a file that was removed since it was listed. */
function allocatedBytes(file: string): number {
  return (statSync(file, { throwIfNoEntry: false })?.blocks ?? 0) * BLOCK_BYTES
}
