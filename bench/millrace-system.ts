// Millrace as a user runs it: the repository's own wrangler.toml, stored workflows, one synchronous execute per execution.
import path from 'node:path'
import { type HttpClient, httpClient } from './http-client.ts'
import { KINDS, type Kind } from './kind.ts'
import { startMillraceServer } from './millrace-server.ts'
import { EVICTION_MS, type System, type SystemOptions } from './system.ts'

/** When an object wakes to see that its history has arrived. */
const HISTORY_CHECK_MS = 60_000
const SYNCHRONOUS = JSON.stringify({ async_execution: false })

export async function startMillrace({ stateDir, slowUrl }: SystemOptions): Promise<System> {
  const { server, headers } = await startMillraceServer({ stateDir })
  const client = httpClient(server.port, headers)
  for (const kind of KINDS) await storeWorkflow(client, kind, slowUrl)
  return {
    name: 'millrace',
    title: 'Millrace',
    server,
    restMs: HISTORY_CHECK_MS + EVICTION_MS,
    objectsDirectory: path.join(stateDir, 'v3/do'),
    historyDirectory: path.join(stateDir, 'v3/d1'),
    execute: async (kind) => {
      const answer = await client.post(`/api/v1/workflows/${workflowId(kind)}/execute`, SYNCHRONOUS)
      if (answer.status !== 200 || !isCompleted(kind, answer.body)) {
        throw new Error(`Millrace answered ${answer.status}: ${answer.body.slice(0, 300)}`)
      }
    },
    probe: async () => {
      await client.get('/openapi.json')
    },
    pause: () => {
      client.close()
      server.pause()
    },
    stop: async () => {
      client.close()
      await server.stop()
    },
  }
}

async function storeWorkflow(client: HttpClient, kind: Kind, slowUrl: string): Promise<void> {
  const nodes = kind === 'http' ? httpNodes(slowUrl) : countingNodes(Number(kind))
  const edges = nodes.slice(1).map((node, index) => ({ from: nodes[index]?.id, to: node.id }))
  const answer = await client.post(
    '/api/v1/workflows',
    JSON.stringify({ workflow_id: workflowId(kind), name: kind, nodes, edges }),
  )
  if (answer.status !== 201) throw new Error(`Millrace did not store the workflow: ${answer.status} ${answer.body.slice(0, 300)}`)
}

/** Each node evaluates an expression on its predecessor's output, as each step of the peer adds one to its predecessor's. */
function countingNodes(count: number) {
  return Array.from({ length: count }, (_, index) => ({
    id: `n${index + 1}`,
    type: 'value',
    config: { value: index === 0 ? 1 : '{{ input + 1 }}' },
  }))
}

function httpNodes(url: string) {
  return [1, 2, 3].map((call) => ({ id: `call${call}`, type: 'http-request', config: { method: 'GET', url } }))
}

function workflowId(kind: Kind): string {
  return `bench-${kind}`
}

function isCompleted(kind: Kind, body: string): boolean {
  const { data }: { data: { status: string; final_output: unknown } } = JSON.parse(body)
  return data.status === 'completed' && (kind === 'http' || data.final_output === Number(kind))
}
