// Which objects on disk came from which cells, so that each kind's size can be told when all has settled.
import { directoryBytes, objectSizes } from './disk.ts'
import { KINDS, type Kind } from './kind.ts'
import type { System } from './system.ts'

export interface DiskUse {
  readonly kind: Kind
  readonly executions: number
  /** Allocated for the objects' files (`.sqlite`, `-wal`, `-shm`), per execution, right after the last cell. */
  readonly openBytes: number
  /** The same once idle objects have been evicted and closed their files. */
  readonly keptBytes: number
}

export class DiskLedger {
  private readonly known = new Set<string>()
  private readonly idsOf = new Map<Kind, string[]>()
  private readonly openBytesOf = new Map<Kind, number>()
  private readonly baseBytes: number
  private readonly system: System

  constructor(system: System) {
    this.system = system
    for (const id of objectSizes(system.objectsDirectory).keys()) this.known.add(id)
    this.baseBytes = this.sharedBytes()
  }

  /** Call after each cell: every object that is new belongs to it. */
  record(kind: Kind): void {
    const ids = this.ids(kind)
    for (const [id, bytes] of objectSizes(this.system.objectsDirectory)) {
      if (this.known.has(id)) continue
      this.known.add(id)
      ids.push(id)
      this.openBytesOf.set(kind, (this.openBytesOf.get(kind) ?? 0) + bytes)
    }
    this.idsOf.set(kind, ids)
  }

  /** Ids of the objects that ran this kind. */
  ids(kind: Kind): string[] {
    return this.idsOf.get(kind) ?? []
  }

  uses(): DiskUse[] {
    const sizes = objectSizes(this.system.objectsDirectory)
    return KINDS.filter((kind) => this.ids(kind).length > 0).map((kind) => {
      const ids = this.ids(kind)
      const kept = ids.reduce((sum, id) => sum + (sizes.get(id) ?? 0), 0)
      return {
        kind,
        executions: ids.length,
        openBytes: (this.openBytesOf.get(kind) ?? 0) / ids.length,
        keptBytes: kept / ids.length,
      }
    })
  }

  /** What all executions share (history in D1, the table of alarms), per execution. */
  sharedBytesPerExecution(): number {
    const executions = KINDS.reduce((sum, kind) => sum + this.ids(kind).length, 0)
    return executions === 0 ? 0 : Math.max(0, this.sharedBytes() - this.baseBytes) / executions
  }

  private sharedBytes(): number {
    const objects = [...objectSizes(this.system.objectsDirectory).values()].reduce((sum, bytes) => sum + bytes, 0)
    return directoryBytes(`${this.system.server.stateDir}/v3`) - objects
  }
}
