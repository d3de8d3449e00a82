// The Runners and queue consumers that make attempts and settle them; some die on the way, some settle late or twice.
import type { Command } from '../../src/core/command.ts'
import { LEASE_GRACE_MS } from '../../src/core/limits.ts'
import type { AttemptResult } from '../../src/core/node-type.ts'
import type { AttemptTask } from '../../src/runner/task.ts'
import type { FakeChildren } from './fake-children.ts'
import type { FakeWorld } from './fake-world.ts'
import type { Faults } from './faults.ts'
import { violation } from './step.ts'

export type Settlement = Extract<Command, { readonly type: 'settle' }>

interface Performance {
  /** Each with the time until it arrives, in ms. */
  readonly settlements: readonly { readonly delay: number; readonly command: Settlement }[]
  /** The execution that was started; null where none was. */
  readonly child: { readonly id: string; readonly endsIn: number | null } | null
}

export class FakeRunner {
  /** By node and epoch: the idempotency key and config with which it was performed. */
  readonly performed = new Map<string, string>()
  /** Settlements that were accepted, by node. */
  readonly accepted = new Map<string, number>()
  readonly #world: FakeWorld
  readonly #children: FakeChildren
  readonly #faults: Faults
  readonly #note: (what: string) => void

  constructor(world: FakeWorld, children: FakeChildren, faults: Faults, note: (what: string) => void) {
    this.#world = world
    this.#children = children
    this.#faults = faults
    this.#note = note
  }

  perform(task: AttemptTask): Performance {
    const { node, epoch, attempt, timeoutMs } = task
    const faults = this.#faults
    if (faults.strikesAttempts('lost_runner', [node])) {
      this.#note(`lost_runner ${node}`)
      return { settlements: [], child: null }
    }
    this.#record(task)
    // A child may tell its end before the settlement that names it: then its node's failures tell how often it was answered.
    const taken = task.child?.parent.failures ?? this.accepted.get(node) ?? 0
    const { result, child } = this.#answer(task, taken)
    const command: Settlement = { type: 'settle', epoch, node, attempt, result }
    if (faults.strikesAttempts('drop_settlement', [node])) {
      this.#note(`drop_settlement ${node}`)
      return { settlements: [], child }
    }
    const late = faults.strikesAttempts('delay_settlement', [node])
      ? timeoutMs + LEASE_GRACE_MS + faults.random.int(0, 60_000)
      : 0
    const reordered = faults.strikes('reorder_settlement') ? faults.random.int(0, Math.floor(timeoutMs * 0.4)) : 0
    const delay = this.#world.durationMs(node, taken, timeoutMs) + late + reordered
    const again = faults.strikes('duplicate_settlement') ? [{ delay: delay + faults.random.pick([0, 1, 40_000]), command }] : []
    return { settlements: [{ delay, command }, ...again], child }
  }

  #answer(task: AttemptTask, taken: number): { readonly result: AttemptResult; readonly child: Performance['child'] } {
    const answer = this.#world.answer(task.node, taken)
    if (task.child === undefined || answer.kind === 'failed') return { result: answer, child: null }
    if (task.config.wait === false)
      return { result: { kind: 'completed', output: { execution_id: 'not waited for' } }, child: null }
    const child = this.#children.start(task)
    return { result: { kind: 'child', executionId: child.id }, child }
  }

  #record({ node, epoch, executionId, run, config }: AttemptTask): void {
    const attempt = `${executionId}.${node}.${run} ${JSON.stringify(config)}`
    const key = `${epoch} ${node}`
    const earlier = this.performed.get(key) ?? attempt
    if (earlier !== attempt) throw violation('attempts-of-a-node-are-alike', `${node}: ${attempt} after ${earlier}`)
    this.performed.set(key, attempt)
  }
}
