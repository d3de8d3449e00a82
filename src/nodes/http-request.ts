// `http-request`: calls an HTTP endpoint and gives its answer as data. Runs in the Runner.
import type { AttemptContext, AttemptResult, HandedOffNodeType } from '../core/node-type.ts'
import { answerOutput, makeCall } from './http-call.ts'
import { readPages } from './http-pages.ts'
import type { Pagination } from './http-pagination-config.ts'
import { type HttpCall, httpRequestConfig } from './http-request-config.ts'
import { syntheticAnswer } from './synthetic-answer.ts'

export const httpRequest: HandedOffNodeType = {
  kind: 'handed_off',
  type: 'http-request',
  aliases: ['http'],
  summary: 'Calls an HTTP endpoint. Gives { status, headers, body }; the body is JSON, text or { base64, content_type }.',
  config: httpRequestConfig,
  expressions: [],
  deferred: [],
  ports: () => ['out'],
  continuePort: () => 'out',
  defaultTimeoutSeconds: 20,
  takesSecrets: true,
  example: { method: 'POST', url: 'https://api.example.com/orders', body: { article: 'book', count: 2 } },
  syntheticOutput: syntheticAnswer,
  run(config, context) {
    const { pagination, ...call } = httpRequestConfig.parse(config)
    return pagination === undefined ? answerOf(call, context) : listOf(call, pagination, context)
  },
}

async function answerOf(call: HttpCall, context: AttemptContext): Promise<AttemptResult> {
  const answer = await makeCall(call, context)
  return { kind: 'completed', output: answerOutput(answer) }
}

/** Status and headers are those of the last page. */
async function listOf(call: HttpCall, pagination: Pagination, context: AttemptContext): Promise<AttemptResult> {
  const { answers, last, items, isComplete } = await readPages(call, pagination, context)
  return {
    kind: 'completed',
    output: { ...answerOutput({ response: last.response, body: items }), pages: answers.length, complete: isComplete },
  }
}
