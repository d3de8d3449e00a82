// A workflow from a prompt: a model writes it, validation checks it, and where it does not pass, the model is told once what is
// wrong. Called by the route; stores nothing.

import type { JsonObject } from '../../core/json.ts'
import type { NodeTypes } from '../../core/node-type.ts'
import { callModel, type ModelAnswer, type ModelMessage, type ModelRequest, type ModelUsage } from '../../nodes/call-model.ts'
import { MAX_GENERATION_ISSUES_TOLD } from '../limits.ts'
import { type Assigned, type Draft, readGenerated } from './read-generated.ts'
import { systemPrompt } from './system-prompt.ts'

export interface GenerationRequest {
  readonly prompt: string
  /** What is to be changed; null: the workflow is new. */
  readonly current: JsonObject | null
  /** What the definition has whatever the model says. */
  readonly assigned: Assigned
  readonly model: string
  /** So that a server counts each call once. */
  readonly idempotencyKey: string
}

export interface GenerationDeps {
  readonly nodeTypes: NodeTypes
  readonly server: Pick<ModelRequest, 'baseUrl' | 'apiKey'>
  readonly outside: Parameters<typeof callModel>[2]
}

export interface Generated {
  readonly draft: Draft
  /** As the server names the one that answered. */
  readonly model: string
  readonly usage: ModelUsage
  readonly repaired: boolean
}

/** @throws AttemptError where the model server fails */
export async function generateWorkflow(request: GenerationRequest, deps: GenerationDeps): Promise<Generated> {
  const messages = messagesOf(request, deps.nodeTypes)
  const first = await ask(messages, request.idempotencyKey, request, deps)
  const draft = draftIn(first, request, deps)
  if (draft.kind !== 'invalid') return generated(draft, [first])
  const told: readonly ModelMessage[] = [
    ...messages,
    { role: 'assistant', content: first.text },
    { role: 'user', content: repairPrompt(draft) },
  ]
  // Another request, and so another key.
  const second = await ask(told, `${request.idempotencyKey}.repair`, request, deps)
  return generated(draftIn(second, request, deps), [first, second])
}

/** Cool: of the ways to write a workflow the likeliest is asked for. */
const TEMPERATURE = 0.2

const ask = (messages: readonly ModelMessage[], key: string, { model }: GenerationRequest, deps: GenerationDeps) =>
  callModel(
    { ...deps.server, model, messages, temperature: TEMPERATURE, maxTokens: null, asJson: true, isStreamed: false },
    key,
    deps.outside,
  )

function messagesOf({ prompt, current }: GenerationRequest, nodeTypes: NodeTypes): readonly ModelMessage[] {
  const change = current === null ? '' : `Change this workflow, and answer with the whole of it:\n${JSON.stringify(current)}\n\n`
  return [
    { role: 'system', content: systemPrompt(nodeTypes) },
    { role: 'user', content: `${change}${prompt}` },
  ]
}

function draftIn(answer: ModelAnswer, { assigned }: GenerationRequest, { nodeTypes }: GenerationDeps): Draft {
  if (answer.finishReason === 'content-filter') return { kind: 'declined', reason: 'its answer was filtered' }
  return readGenerated(answer.text, assigned, nodeTypes)
}

function repairPrompt({ issues }: Draft & { kind: 'invalid' }): string {
  const errors = issues.filter(({ severity }) => severity === 'error').slice(0, MAX_GENERATION_ISSUES_TOLD)
  const found = errors.map(({ path, message }) => `- ${path === '' ? '' : `${path}: `}${message}`).join('\n')
  return `That workflow is not valid:\n${found}\nAnswer again, with the whole corrected JSON object alone.`
}

const generated = (draft: Draft, calls: readonly ModelAnswer[]): Generated => ({
  draft,
  model: calls.at(-1)?.model ?? '',
  usage: {
    input_tokens: sum(calls.map(({ usage }) => usage.input_tokens)),
    output_tokens: sum(calls.map(({ usage }) => usage.output_tokens)),
  },
  repaired: calls.length > 1,
})

/** Unknown as soon as one is. */
const sum = (numbers: readonly (number | null)[]): number | null =>
  numbers.reduce((total, number) => (total === null || number === null ? null : total + number), 0)
