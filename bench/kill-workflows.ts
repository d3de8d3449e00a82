// What is in flight when the process is killed: pure chains, delays, HTTP calls that are refused once, and a mix. Each ends
// with the number it was started with, so that its result tells whether it is its own.
export interface KillWorkflow {
  readonly workflow_id: string
  readonly nodes: readonly object[]
  readonly edges: readonly object[]
}

/** Refused once, interrupted perhaps: enough attempts for both, with a timeout that a test can wait for. */
const PATIENT = { retry: { strategy: 'fixed', max_attempts: 6, initial_delay_ms: 500, jitter: 'none' }, timeout_seconds: 5 }
const MIN_DELAY_SECONDS = 3
const MAX_DELAY_SECONDS = 20
const MAX_CALL_MS = 1_500

export function killWorkflows(url: string): KillWorkflow[] {
  const call = (id: string) => ({
    id,
    type: 'http-request',
    config: { method: 'GET', url, query: { delay: '{{ inputs.call_ms }}' } },
    ...PATIENT,
  })
  const delay = { id: 'pause', type: 'delay', config: { delay_seconds: '{{ inputs.delay_seconds }}' } }
  const count = (index: number) => ({ id: `n${index}`, type: 'value', config: { value: index === 0 ? 0 : '{{ input + 1 }}' } })
  return [
    chain(
      'kill-pure',
      Array.from({ length: 10 }, (_, index) => count(index)),
    ),
    chain('kill-delay', [count(0), delay]),
    chain('kill-http', [call('first'), call('second'), call('third')]),
    chain('kill-mixed', [call('before'), delay, call('after')]),
  ]
}

/** Spread evenly by number, so that every run has the same load. */
export function killInputs(number: number) {
  const spread = (number * 7919) % 1000
  return {
    number,
    call_ms: Math.round((spread / 1000) * MAX_CALL_MS),
    delay_seconds: MIN_DELAY_SECONDS + (spread / 1000) * (MAX_DELAY_SECONDS - MIN_DELAY_SECONDS),
  }
}

function chain(workflow_id: string, work: readonly { readonly id: string }[]): KillWorkflow {
  const nodes = [...work, { id: 'end', type: 'end', config: { output: '{{ inputs.number }}' } }]
  const edges = nodes.slice(1).map((node, index) => ({ from: nodes[index]?.id, to: node.id }))
  return { workflow_id, nodes, edges }
}
