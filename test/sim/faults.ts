// What goes wrong in one run: how often each kind of fault strikes, and what has struck. In `ordered` graphs a node's attempts are
// lost at most as often as the engine repeats them; past that a loss is a failure by contract (`INTERRUPTED`).
import { MAX_INTERRUPTIONS } from '../../src/core/limits.ts'
import type { Random } from './random.ts'
import type { Family } from './random-workflow.ts'

/** Probability of each kind at each occasion, in a run of middling roughness. */
export const FAULT_RATES = {
  /** The object dies before its decision is written: the command is lost, or comes again. */
  crash_before_append: 0.02,
  /** It dies between append and effects: memory and effects are gone. */
  crash_after_append: 0.03,
  /** It is evicted in peace and loaded again. */
  eviction: 0.05,
  drop_effect: 0.04,
  duplicate_effect: 0.04,
  /** The Runner dies in the middle of its call: the lease passes. */
  lost_runner: 0.05,
  drop_settlement: 0.04,
  duplicate_settlement: 0.06,
  /** A settlement arrives after its lease has passed. */
  delay_settlement: 0.04,
  /** Within its lease, but behind others that were given out later. */
  reorder_settlement: 0.2,
  /** A second settlement of an accepted attempt, with another result. */
  conflicting_settlement: 0.06,
  stale_attempt: 0.04,
  stale_epoch: 0.02,
  unknown_node: 0.01,
  stale_claim: 0.03,
  duplicate_claim: 0.15,
  late_pickup: 0.05,
  duplicate_start: 0.01,
  early_alarm: 0.04,
  duplicate_alarm: 0.08,
  late_alarm: 0.08,
  cancel: 0.1,
} as const

export type FaultKind = keyof typeof FAULT_RATES

export class Faults {
  readonly random: Random
  readonly injected = new Map<FaultKind, number>()
  readonly #roughness: number
  readonly #family: Family
  readonly #losses = new Map<string, number>()

  /** @param roughness multiplies the rates; 0 is the fault-free run */
  constructor(random: Random, family: Family, roughness: number) {
    this.random = random
    this.#family = family
    this.#roughness = roughness
  }

  strikes(kind: FaultKind): boolean {
    if (!this.random.chance(FAULT_RATES[kind] * this.#roughness)) return false
    this.injected.set(kind, (this.injected.get(kind) ?? 0) + 1)
    return true
  }

  /** As `strikes`, for a fault that loses one attempt of each of these nodes. */
  strikesAttempts(kind: FaultKind, nodes: readonly string[]): boolean {
    const mayLose = this.#family === 'free' || nodes.every((node) => (this.#losses.get(node) ?? 0) < MAX_INTERRUPTIONS)
    if (!mayLose || !this.strikes(kind)) return false
    for (const node of nodes) this.#losses.set(node, (this.#losses.get(node) ?? 0) + 1)
    return true
  }
}
