// The context an inline node runs in, with the real expression engine, for tests of nodes without an execution.
import { parseExpression } from '../../src/core/expression.ts'
import { inputsBySource, soleInput } from '../../src/core/inputs.ts'
import type { Json, JsonObject } from '../../src/core/json.ts'
import type { InlineContext, NodeInput } from '../../src/core/node-type.ts'
import { valueIn } from '../../src/core/payload-reader.ts'
import { withInput } from '../../src/core/scope.ts'
import { renderValue } from '../../src/core/template.ts'

export const NOW = Date.parse('2026-03-01T08:00:00Z')

interface Surroundings {
  /** What one node `source` gave. Absent: `inputs`, or nothing. */
  readonly input?: Json
  readonly inputs?: readonly NodeInput[]
  readonly variables?: JsonObject
  readonly executionInputs?: JsonObject
}

export function inlineContext({ input, inputs = [], variables = {}, executionInputs = {} }: Surroundings = {}): InlineContext {
  const arrived = input === undefined ? inputs : [arrival('source', input)]
  const received = soleInput(arrived, executionInputs)
  const names = { ...variables, variables, inputs: executionInputs, outputs: {}, inputs_by_source: inputsBySource(arrived) }
  const scope = withInput(names, received, {})
  const evaluation = {
    now: NOW,
    spent: { steps: 0 },
    uuid: () => '00000000-0000-8000-8000-000000000000',
    link: () => ({ refused: 'has no execution here' }),
  }
  return {
    node: { id: 'tested', type: 'tested', config: {} },
    path: 'tested',
    slice: null,
    now: NOW,
    inputs: arrived,
    input: received,
    read: (value) => value,
    valueIn: (value) => valueIn(value, {}),
    evaluate: (expression, extra) => parseExpression(expression).evaluate({ ...scope, ...extra }, evaluation),
    render: (value, extra) => renderValue(value, { ...scope, ...extra }, evaluation, { path: 'config', skip: () => false }),
  }
}

export const arrival = (source: string, value: Json, port = 'out'): NodeInput => ({ source, port, value })
