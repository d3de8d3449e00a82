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
  /** Something comes before there is anything. */
  before_start: 0.01,
  drop_effect: 0.04,
  /** What follows from a result reads what cannot be loaded now. */
  payloads_down: 0.05,
  drop_child_cancel: 0.2,
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
  /** Events that come before anybody waits, twice, or under a name that nobody waits for. */
  early_signal: 0.04,
  repeated_signal: 0.02,
  unknown_signal: 0.01,
  huge_signal: 0.0005,
  early_answer: 0.04,
  stale_answer: 0.01,
  misplaced_answer: 0.01,
  /** A worker is done with a task before anybody asks, or tells of one that nobody waits for. */
  early_work: 0.03,
  misplaced_work: 0.02,
  /** A second answer to an approval, or end of a task, another one. */
  conflicting_answer: 0.1,
  /** A child tells its end before its parent knows that it has started it, or long after, or twice. */
  early_child_end: 0.15,
  late_child_end: 0.1,
  repeated_child_end: 0.1,
  stray_child_end: 0.01,
  pause: 0.02,
  stray_resume: 0.01,
  checkpoint: 0.01,
  recover_open: 0.01,
  early_replay: 0.005,
  lift_timeout: 0.005,
  /** An execution that has ended is told to go on, or to run again in part. */
  recover: 0.4,
  replay: 0.15,
  /** Another time limit; only in `free` workflows, as the next. */
  set_timeout: 0.15,
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
    if (!this.occurs(kind)) return false
    this.count(kind)
    return true
  }

  /** As `strikes`, for those who count it themselves: there may be nothing to strike. */
  occurs(kind: FaultKind): boolean {
    return this.#roughness > 0 && this.random.chance(FAULT_RATES[kind] * this.#roughness)
  }

  count(kind: FaultKind): void {
    this.injected.set(kind, (this.injected.get(kind) ?? 0) + 1)
  }

  /** As `strikes`, for a fault that loses one attempt of each of these nodes. */
  strikesAttempts(kind: FaultKind, nodes: readonly string[]): boolean {
    const mayLose = this.#family === 'free' || nodes.every((node) => (this.#losses.get(node) ?? 0) < MAX_INTERRUPTIONS)
    if (!mayLose || !this.strikes(kind)) return false
    for (const node of nodes) this.#losses.set(node, (this.#losses.get(node) ?? 0) + 1)
    return true
  }
}
