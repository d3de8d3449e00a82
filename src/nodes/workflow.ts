// `workflow`: starts an execution of a stored workflow and, unless told otherwise, waits for its end. Runs in the Runner; the
// child's id is derived from this node's run, so that starting it twice starts it once.
import { z } from 'zod'
import type { JsonObject } from '../core/json.ts'
import type { HandedOffNodeType } from '../core/node-type.ts'

const idRule = `workflow node requires 'workflow_id': the id of a stored workflow`

const workflowConfig = z.looseObject({
  workflow_id: z.string({ error: idRule }).regex(/\S/, { error: idRule }),
  version: z.int().min(1).optional(),
  /** What is no object becomes one: `{ "item": … }`. */
  inputs: z.custom<JsonObject[string]>().optional(),
  /** Set by a for-each, whose item may be no object. */
  item_index: z.number().optional(),
  wait: z.boolean().default(true),
})

export const workflow: HandedOffNodeType = {
  kind: 'handed_off',
  type: 'workflow',
  aliases: ['sub-workflow'],
  summary: 'Starts a stored workflow and gives its output; with `wait: false` its execution_id at once.',
  config: workflowConfig,
  expressions: [],
  deferred: [],
  ports: () => ['out'],
  continuePort: () => 'out',
  defaultTimeoutSeconds: 20,
  startsChild: true,
  example: { workflow_id: 'send-invoice', inputs: { order_id: '{{ inputs.order_id }}' } },
  async run(config, context) {
    const {
      workflow_id: workflowId,
      version = null,
      inputs = {},
      item_index: itemIndex = null,
      wait,
    } = workflowConfig.parse(config)
    const executionId = await context.startChild({ workflowId, version, inputs, itemIndex, wait })
    if (wait) return { kind: 'child', executionId }
    const started = { execution_id: executionId }
    return { kind: 'completed', output: started, metadata: started }
  },
}
