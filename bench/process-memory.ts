// Peak resident memory of the workerd processes of one `wrangler dev`, sampled from /proc. Where there is no /proc: null.
import { readdirSync, readFileSync } from 'node:fs'

const SAMPLE_EVERY_MS = 100

export interface MemorySampler {
  /** Stops and answers the peak of the sum, in bytes. */
  stop(): number | null
}

/** @param groupId the process group that the server was started in */
export function sampleMemory(groupId: number): MemorySampler {
  const pids = workerdPids(groupId)
  let peak = residentBytes(pids)
  const timer = setInterval(() => {
    peak = Math.max(peak, residentBytes(pids))
  }, SAMPLE_EVERY_MS)
  return {
    stop: () => {
      clearInterval(timer)
      peak = Math.max(peak, residentBytes(pids))
      return pids.length === 0 ? null : peak
    },
  }
}

function workerdPids(groupId: number): string[] {
  return processIds().filter((pid) => {
    // `pid (command) state parent group …`
    const [, command, group] = /\((.*)\) \S \d+ (\d+)/.exec(readOrEmpty(`/proc/${pid}/stat`)) ?? []
    return command === 'workerd' && Number(group) === groupId
  })
}

function processIds(): string[] {
  try {
    return readdirSync('/proc').filter((name) => /^\d+$/.test(name))
  } catch {
    return []
  }
}

function residentBytes(pids: readonly string[]): number {
  const kibibytes = pids.map((pid) => Number(/^VmRSS:\s+(\d+)/m.exec(readOrEmpty(`/proc/${pid}/status`))?.[1] ?? 0))
  return kibibytes.reduce((sum, value) => sum + value, 0) * 1024
}

/** A process may end between listing and reading. */
function readOrEmpty(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return ''
  }
}
