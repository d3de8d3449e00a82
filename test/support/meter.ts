// Counts what executions cost, inside their objects: rows, alarms and messages as they are written, and requests as they come in.
import { runInDurableObject } from 'cloudflare:test'
import { vi } from 'vitest'
import { Execution } from '../../src/execution/execution.ts'
import type { HistoryMessage } from '../../src/history/history-message.ts'
import type { TaskMessage } from '../../src/queues/messages.ts'
import { stubOf } from './execution.ts'

/** Every way into an object; each call is a billed request, and so is each run of the alarm. */
const REQUESTS = [
  'start',
  'get',
  'definition',
  'events',
  'nodes',
  'control',
  'approval',
  'approve',
  'childEnded',
  'awaitsChild',
  'recoverChild',
  'failure',
  'cancelChild',
  'settle',
  'tell',
  'claim',
  'wake',
  'payload',
  'fetch',
  'alarm',
] as const

/** Bindings of one object in place of its own; an eviction brings the real ones back. */
export const replaceEnv = (id: string, bindings: Partial<Record<keyof Env, unknown>>): Promise<void> =>
  runInDurableObject(stubOf(id), (instance) => {
    const env: Env = Reflect.get(instance, 'env')
    Reflect.set(instance, 'env', { ...env, ...bindings })
  })

export class Meter {
  /** Keys written or deleted, `alarm` and `deleteAll`: a row each. */
  readonly rows: string[] = []
  /** Messages that the object sent; they go nowhere. */
  readonly history: HistoryMessage[] = []
  readonly tasks: TaskMessage[] = []
  readonly #requests = REQUESTS.map((name) => vi.spyOn(Execution.prototype, name))

  /** Again after each eviction. */
  async attach(id: string): Promise<void> {
    await replaceEnv(id, { HISTORY_QUEUE: this.#queue(this.history), TASKS_QUEUE: this.#queue(this.tasks) })
    await runInDurableObject(stubOf(id), (_, { storage }) => this.#watch(storage))
  }

  /** Calls so far, by name; those that never came are left out. */
  requests(): Readonly<Record<string, number>> {
    const counts = REQUESTS.map((name, index) => [name, this.#requests[index]?.mock.calls.length ?? 0] as const)
    return Object.fromEntries(counts.filter(([, count]) => count > 0))
  }

  #queue(sent: unknown[]): { send(message: unknown): Promise<void> } {
    return {
      send: async (message) => {
        sent.push(message)
      },
    }
  }

  #watch(storage: DurableObjectStorage): void {
    const { kv } = storage
    const put = kv.put.bind(kv)
    kv.put = (key, value) => {
      this.rows.push(key)
      put(key, value)
    }
    const remove = kv.delete.bind(kv)
    kv.delete = (key) => {
      const existed = remove(key)
      if (existed) this.rows.push(key)
      return existed
    }
    const setAlarm = storage.setAlarm.bind(storage)
    storage.setAlarm = (moment) => {
      this.rows.push('alarm')
      return setAlarm(moment)
    }
    const deleteAll = storage.deleteAll.bind(storage)
    storage.deleteAll = () => {
      this.rows.push('deleteAll')
      return deleteAll()
    }
  }
}
