// The node types as a dry run knows them: what runs inside the transition gives what was said of it, where anything was; and nobody
// waits for the outside for ever, for nobody is there. Everything else is as always.
import { ExpressionError } from '../../core/expression-error.ts'
import type { Json, JsonObject } from '../../core/json.ts'
import { nodeError } from '../../core/node-error.ts'
import type { InlineContext, InlineNodeType, InlineResult, NodeType, NodeTypes } from '../../core/node-type.ts'
import { readGivenAnswer } from './given-answer.ts'
import type { Given } from './mocks.ts'

export type SimulatedBy = 'mock' | 'pin' | 'synthetic' | 'timeout'

export interface DryAnswers {
  take(context: Pick<InlineContext, 'node' | 'path'>): Given | null
  /** Remembers who answered for the node; and, where that was nobody, what was made up. */
  note(path: string, by: SimulatedBy, madeUp?: Json): void
}

export function dryNodeTypes(nodeTypes: NodeTypes, answers: DryAnswers): NodeTypes {
  const known = new Map<NodeType, NodeType>()
  const get = (name: string): NodeType | undefined => {
    const type = nodeTypes.get(name)
    if (type?.kind !== 'inline') return type
    const dry = known.get(type) ?? dryType(type, answers)
    known.set(type, dry)
    return dry
  }
  return { get, all: nodeTypes.all, notSupported: nodeTypes.notSupported }
}

const dryType = (type: InlineNodeType, answers: DryAnswers): InlineNodeType => ({
  ...type,
  run: (config, context) => runDry(type, config, context, answers),
})

function runDry(type: InlineNodeType, config: JsonObject, context: InlineContext, answers: DryAnswers): InlineResult {
  const given = answers.take(context)
  if (given === null) return withEnd(type.run(config, context), context, answers)
  answers.note(context.path, given.by)
  if ('error' in given) return { kind: 'failed', error: given.error }
  if (type.type === 'approval') return askForAnswer(type, config, context, given.output)
  const isRefused = type.type === 'wait-for-event' && !accepts(config, context, given.output)
  if (!isRefused) return { kind: 'completed', output: given.output }
  return withEnd(type.run(config, context), context, answers)
}

/** A wait that nobody ends goes on to its timeout; one without any is over at once. A worker is taken to have done its task. */
function withEnd(result: InlineResult, { path, now }: InlineContext, answers: DryAnswers): InlineResult {
  if (result.kind !== 'waiting' || result.on.kind === 'timer') return result
  if (result.on.kind === 'task') {
    const output = {}
    answers.note(path, 'synthetic', output)
    return { kind: 'completed', output }
  }
  answers.note(path, 'timeout')
  return { ...result, resumeAt: result.resumeAt ?? now }
}

/** As the engine asks when an event comes: a `match` that fails does not accept it. */
function accepts({ match }: JsonObject, context: InlineContext, payload: Json): boolean {
  if (typeof match !== 'string') return true
  try {
    return context.evaluate(match, { payload }) === true
  } catch (error) {
    if (error instanceof ExpressionError) return false
    throw error
  }
}

/** The node waits; the dry run then answers it as a person would. */
function askForAnswer(type: InlineNodeType, config: JsonObject, context: InlineContext, given: Json): InlineResult {
  const answer = readGivenAnswer(given, config.form)
  if (!('problem' in answer)) return type.run(config, context)
  const message = `node ${context.path}: its mock or pin ${answer.problem}`
  return { kind: 'failed', error: nodeError('INPUT_INVALID', message) }
}
