// A question to a model, to its end: where the answer must fit a schema and does not, the model is told once what is wrong.
import { AttemptError } from '../core/attempt-error.ts'
import type { Json, JsonObject } from '../core/json.ts'
import { MAX_EXCERPT_BYTES } from '../core/limits.ts'
import { nodeError } from '../core/node-error.ts'
import type { AttemptContext } from '../core/node-type.ts'
import { callModel, type ModelAnswer, type ModelRequest, type ModelUsage } from './call-model.ts'
import { cutText } from './cut-text.ts'
import { readJsonAnswer, repairInstruction } from './model-json.ts'

export interface Answered {
  readonly output: Json
  readonly model: string
  readonly usage: ModelUsage
  /** Absent where nobody knows. */
  readonly cost_usd?: number
  /** `stop`: the model said all it had to. */
  readonly finish_reason: string
  readonly repaired?: boolean
}

type Outside = Pick<AttemptContext, 'fetch' | 'signal' | 'idempotencyKey' | 'say' | 'note'>

/** @param schema null: the answer is text @throws AttemptError */
export async function answerQuestion(request: ModelRequest, schema: JsonObject | null, outside: Outside): Promise<Answered> {
  const first = await completeAnswer(request, outside.idempotencyKey, [], outside)
  if (schema === null) return answered(first, first.text, [first])
  const read = readJsonAnswer(first.text, schema)
  if ('value' in read) return answered(first, read.value, [first])
  if (first.finishReason === 'length') throw misfit('it was cut off at `max_tokens`', read.issues, [first])
  const again = {
    ...request,
    messages: [
      ...request.messages,
      { role: 'assistant', content: first.text } as const,
      { role: 'user', content: repairInstruction(read.issues) } as const,
    ],
  }
  // What those who listen have read was no answer.
  outside.say(null)
  // Another request, and so another key.
  const second = await completeAnswer(again, `${outside.idempotencyKey}.repair`, [first], outside)
  const repaired = readJsonAnswer(second.text, schema)
  if ('value' in repaired) return { ...answered(second, repaired.value, [first, second]), repaired: true }
  throw misfit(repaired.issues[0] ?? '', repaired.issues, [first, second])
}

/** @param before calls of the same attempt: what they cost is told also where this one fails */
async function completeAnswer(
  request: ModelRequest,
  key: string,
  before: readonly ModelAnswer[],
  outside: Outside,
): Promise<ModelAnswer> {
  const answer = await callModel(request, key, outside)
  const { cost_usd: cost = null, ...told } = spentOn([...before, answer])
  outside.note({ model: answer.model, ...told, ...((cost !== null || before.length > 0) && { cost_usd: cost }) })
  if (answer.finishReason !== 'content-filter') return answer
  const error = nodeError('MODEL_ERROR', 'The model refused to answer, or its answer was filtered.', {
    cause: { answer: cutText(answer.text, MAX_EXCERPT_BYTES), ...spentOn([answer]) },
  })
  throw new AttemptError(error)
}

const answered = ({ model, finishReason }: ModelAnswer, output: Json, calls: readonly ModelAnswer[]): Answered => ({
  output,
  model,
  ...spentOn(calls),
  finish_reason: finishReason,
})

const misfit = (why: string, issues: readonly string[], calls: readonly ModelAnswer[]): AttemptError =>
  new AttemptError(
    nodeError('RESPONSE_INVALID', `The model's answer does not fit 'response_schema': ${why}`, {
      cause: { issues, answer: cutText(calls.at(-1)?.text ?? '', MAX_EXCERPT_BYTES), ...spentOn(calls) },
    }),
  )

/** All calls together; unknown as soon as one is. */
function spentOn(calls: readonly ModelAnswer[]) {
  const cost = sum(calls.map(({ costUsd }) => costUsd))
  return {
    usage: {
      input_tokens: sum(calls.map(({ usage }) => usage.input_tokens)),
      output_tokens: sum(calls.map(({ usage }) => usage.output_tokens)),
    },
    ...(cost !== null && { cost_usd: cost }),
  }
}

const sum = (numbers: readonly (number | null)[]): number | null =>
  numbers.reduce((total, number) => (total === null || number === null ? null : total + number), 0)
