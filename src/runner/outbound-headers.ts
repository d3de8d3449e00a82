// The headers that every outbound call carries, whatever its node type: who calls, for which execution, and the key by which a
// receiver counts the effect once. What a node sets itself wins, an explicit `Idempotency-Key` too: some receivers want their own.
import type { AttemptContext } from '../core/node-type.ts'

type Identity = Pick<AttemptContext, 'executionId' | 'workflowId' | 'correlationId' | 'traceId' | 'idempotencyKey'>

export function outboundHeaders(identity: Identity, version: string): Readonly<Record<string, string>> {
  return {
    'User-Agent': `Millrace/${version}`,
    'Idempotency-Key': identity.idempotencyKey,
    'X-Execution-ID': identity.executionId,
    // W3C Trace Context: the execution's id is the root span of its trace; 01 means sampled.
    traceparent: `00-${identity.traceId}-${identity.executionId}-01`,
    ...(identity.workflowId !== null && { 'X-Workflow-ID': identity.workflowId }),
    ...(identity.correlationId !== null && { 'X-Correlation-ID': identity.correlationId }),
  }
}

export function withDefaultHeaders(given: HeadersInit | undefined, defaults: Readonly<Record<string, string>>): Headers {
  const headers = new Headers(defaults)
  new Headers(given).forEach((value, name) => {
    headers.set(name, value)
  })
  return headers
}
