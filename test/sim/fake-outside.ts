// People, systems and workers outside: they send events, answer approvals, do tasks, pause and resume; at any moment, twice, or only when nothing
// else goes on. In `ordered` workflows an event's name says its payload, and an approval's place its answer.
import type { Command } from '../../src/core/command.ts'
import type { Json } from '../../src/core/json.ts'
import { MAX_KEPT_SIGNAL_CHARACTERS } from '../../src/core/limits.ts'
import type { ApprovalAnswer, ExecutionState, NodeState } from '../../src/core/state.ts'
import { EPOCH_START } from '../support/run.ts'
import { type Instance, instancesOf } from './instances.ts'
import { indexAt } from './loop-oracle.ts'
import { isAccepted, MATCHES } from './meanings.ts'
import { Random } from './random.ts'
import type { RandomWorkflow } from './random-workflow.ts'

type CommandOf<Type extends Command['type']> = Extract<Command, { readonly type: Type }>

/** Longer than all kept signals may be together. Made once: it is eight million characters. */
const HUGE: Json = 'x'.repeat(MAX_KEPT_SIGNAL_CHARACTERS)

export class FakeOutside {
  readonly #workflow: RandomWorkflow
  readonly #seed: number
  readonly #random: Random
  #keys = 0
  #lastSignal: Command | null = null

  constructor(workflow: RandomWorkflow, seed: number, random: Random) {
    this.#workflow = workflow
    this.#seed = seed
    this.#random = random
  }

  /** An event that some node waits for, or will, or would not take. */
  signal(): Command {
    const name = this.#random.pick([...this.#workflow.events, 'paid-4'])
    return this.#sent(name, this.#payload(name), this.#random.chance(0.5))
  }

  repeatedSignal(): Command {
    return this.#lastSignal ?? this.signal()
  }

  unknownSignal(): Command {
    return { type: 'signal', name: this.#random.pick(['nobody-waits', '__proto__']), payload: null, key: null, by: 'sim' }
  }

  /** No `match` accepts text, so that it would have to be kept. */
  hugeSignal(): Command | null {
    return this.#workflow.events.includes('matched')
      ? { type: 'signal', name: 'matched', payload: HUGE, key: null, by: 'sim' }
      : null
  }

  /** An answer for an approval of any iteration; null where there are none. */
  answer(epoch: number): CommandOf<'approve'> | null {
    if (this.#workflow.approvals.length === 0) return null
    const place = this.#random.pick(this.#workflow.approvals).split('.')
    const path = place.map((id, rank) => (rank === place.length - 1 ? id : `${id}[${this.#random.int(0, 2)}]`)).join('.')
    return this.#answerTo(path, epoch)
  }

  otherAnswer(command: CommandOf<'approve'>): Command {
    return { ...command, answer: { ...command.answer, by: 'somebody else', decision: 'rejected' } }
  }

  /** What the nodes that wait now wait for. */
  whatIsWaitedFor(state: ExecutionState): readonly Command[] {
    return instancesOf(state).flatMap((instance): readonly Command[] => {
      const { state: node, path } = instance
      if (node.status !== 'waiting') return []
      if (node.on.kind === 'approval') return [this.#answerTo(path, state.epoch)]
      if (node.on.kind === 'task') return [this.#workOn(path, node)]
      if (node.on.kind !== 'event') return []
      const payload = this.#wanted(state, instance, node.on.event, node.on.match)
      return payload === undefined ? [] : [this.#sent(node.on.event, payload, true)]
    })
  }

  /** What a worker tells of a task, often one that is none any more; null where no node waits for a worker. */
  work(state: ExecutionState): Command | null {
    const tasks = instancesOf(state).flatMap(({ path, state: node }) =>
      node.status === 'waiting' && node.on.kind === 'task' ? [this.#workOn(path, node)] : [],
    )
    return tasks.length === 0 ? null : this.#random.pick(tasks)
  }

  otherWork(command: CommandOf<'settle_task'>): Command {
    return { ...command, result: { kind: 'completed', output: 'other' } }
  }

  /** The same for the same attempt, whenever it is made. */
  #workOn(
    node: string,
    { attempt, sinceSeq: since }: Extract<NodeState, { readonly status: 'waiting' }>,
  ): CommandOf<'settle_task'> {
    const random = new Random(this.#seed, 'task', node, attempt)
    const error = { code: 'TASK_FAILED', message: 'no', retryable: random.chance(0.8) }
    const result = random.chance(0.3)
      ? ({ kind: 'failed', error } as const)
      : ({ kind: 'completed', output: random.int(0, 9) } as const)
    return { type: 'settle_task', node, since, result, by: 'sim' }
  }

  #sent(name: string, payload: Json, hasKey: boolean): Command {
    if (hasKey) this.#keys += 1
    const signal: Command = { type: 'signal', name, payload, key: hasKey ? `key ${this.#keys}` : null, by: 'sim' }
    this.#lastSignal = signal
    return signal
  }

  #payload(name: string): Json {
    const { family } = this.#workflow
    if (family === 'free')
      return this.#random.pick<Json>([{ ok: true, n: this.#random.int(0, 9) }, { ok: false, n: 1 }, 'text', null, [7]])
    return name === 'matched' && this.#random.chance(0.3) ? { ok: false } : { ok: true, n: 1 }
  }

  #wanted(state: ExecutionState, { path }: Instance, name: string, match: string | null): Json | undefined {
    const index = indexAt(state, path)
    const payload = match === null ? this.#payload(name) : MATCHES[match]?.sample(index)
    return payload !== undefined && isAccepted(match, payload, index) ? payload : undefined
  }

  #answerTo(node: string, epoch: number): CommandOf<'approve'> {
    const random = new Random(this.#seed, 'approval', node)
    const answer: ApprovalAnswer = {
      decision: random.chance(0.7) ? 'approved' : 'rejected',
      by: 'sim',
      via: 'key',
      at: EPOCH_START,
      comment: random.chance(0.5) ? 'so be it' : null,
      form: random.chance(0.3) ? { amount: 3 } : null,
    }
    return { type: 'approve', epoch, node, answer }
  }
}
