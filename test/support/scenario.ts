// Short hands of the scenarios: nodes, what comes from outside, and moments in seconds since the start.
import type { ChildEnd, Command } from '../../src/core/command.ts'
import type { Decision } from '../../src/core/decide.ts'
import type { Json, JsonObject } from '../../src/core/json.ts'
import { attemptTask } from '../../src/execution/attempt-task.ts'
import { EPOCH_START, failure, type TestRun } from './run.ts'

type Node = JsonObject & { readonly id: string }

export const call = (id: string, more: JsonObject = {}): Node => ({
  id,
  type: 'http-request',
  config: { url: 'https://example.com/' },
  ...more,
})

export const delay = (id: string, seconds: Json): Node => ({ id, type: 'delay', config: { delay_seconds: seconds } })

export const wait = (id: string, config: JsonObject = {}, more: JsonObject = {}): Node => ({
  id,
  type: 'wait-for-event',
  config: { event: 'paid', ...config },
  ...more,
})

export const approval = (id: string, config: JsonObject = {}): Node => ({
  id,
  type: 'approval',
  config: { prompt: 'Sure?', ...config },
})

export const assign = (id: string, values: JsonObject): Node => ({ id, type: 'set-variables', config: { assign: values } })

export const starts = (id: string, config: JsonObject = {}, more: JsonObject = {}): Node => ({
  id,
  type: 'workflow',
  config: { workflow_id: 'other', ...config },
  ...more,
})

/** Three attempts, so many seconds apart. */
export const everySeconds = (seconds: number, more: JsonObject = {}): JsonObject => ({
  strategy: 'fixed',
  max_attempts: 3,
  initial_delay_ms: seconds * 1000,
  max_delay_ms: seconds * 1000,
  jitter: 'none',
  ...more,
})

/** A failure that no policy tries again. */
export const FINAL = failure({ code: 'HTTP_STATUS', message: 'no', retryable: false })

export const PAUSE: Command = { type: 'pause', by: 'operator', reason: null }
export const RESUME: Command = { type: 'resume', by: 'operator' }
export const RECOVER: Command = { type: 'recover', by: 'operator' }

export const signal = (payload: Json = null, name = 'paid', key: string | null = null): Command => ({
  type: 'signal',
  name,
  payload,
  key,
  by: 'shop',
})

export const answer = (node: string, decision: 'approved' | 'rejected' = 'approved', epoch = 1): Command => ({
  type: 'approve',
  epoch,
  node,
  answer: { decision, by: 'ada', via: 'link', comment: null, form: null },
})

/** The end of the child that the node has started as `child`. */
export const childEnds = (run: TestRun, node: string, child: string, end: ChildEnd): Decision =>
  run.send({
    type: 'child_ended',
    executionId: child,
    end,
    parent: { executionId: run.state.identity.executionId, epoch: run.state.epoch, node, failures: 0 },
  })

/** Moves time to so many seconds after the start. */
export function moveTo(run: TestRun, seconds: number): TestRun {
  run.now = EPOCH_START + seconds * 1000
  return run
}

/** Lets the alarm ring so many seconds after the start. */
export const ringAt = (run: TestRun, seconds: number): Decision => moveTo(run, seconds).send({ type: 'wake' })

/** A moment as seconds after the start. */
export const secondOf = (moment: number | null): number | null => (moment === null ? null : (moment - EPOCH_START) / 1000)

/** Nodes whose attempts were given out, in order. */
export const givenOut = ({ effects }: Pick<Decision, 'effects'>): readonly string[] =>
  effects.flatMap((effect) => (effect.type === 'node.run' ? [effect.node] : []))

/** What outbound calls of the attempt under way carry as `Idempotency-Key`, without the execution's id. */
export function keyOf(run: TestRun, node: string): string {
  const task = attemptTask(run.state, node)
  return `${task.node}.${task.run}`
}
