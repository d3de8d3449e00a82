// Evaluates a condition. Nothing but true and false is taken: a list or a text that happens to be "truthy" hides mistakes.
import type { JsonObject } from '../core/json.ts'
import { nodeError } from '../core/node-error.ts'
import type { InlineContext } from '../core/node-type.ts'
import { describeJson } from './describe-json.ts'
import { NodeFailed } from './node-failed.ts'

/** @throws NodeFailed with `EXPRESSION_ERROR` where the result is no boolean. `field` is the config path, for the message. */
export function evaluateBoolean(expression: string, field: string, context: InlineContext, extra?: JsonObject): boolean {
  const result = context.evaluate(expression, extra)
  if (typeof result === 'boolean') return result
  const message = `'${field}' must give true or false, and gave ${describeJson(result)}: compare it with something, as in "value > 10"`
  throw new NodeFailed(nodeError('EXPRESSION_ERROR', message))
}
