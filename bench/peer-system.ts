// The two peers: Cloudflare Workflows, and the bare Durable Object that is the floor.
import path from 'node:path'
import { httpClient } from './http-client.ts'
import type { Kind } from './kind.ts'
import { EVICTION_MS, type System, type SystemOptions } from './system.ts'
import { startDevServer } from './wrangler-dev.ts'

interface Peer {
  readonly name: 'workflows' | 'bare'
  readonly title: string
  readonly config: string
  /** Under the state directory. */
  readonly objects: string
  readonly parameter: string
  /** What a completed execution answers. */
  readonly expected: Readonly<Record<Kind, number>>
}

const WORKFLOWS: Peer = {
  name: 'workflows',
  title: 'Cloudflare Workflows',
  config: 'bench/peers/cloudflare-workflows/wrangler.toml',
  objects: 'v3/workflows',
  parameter: 'steps',
  expected: { '10': 10, '100': 100, http: 3 },
}

const BARE_OBJECT: Peer = {
  name: 'bare',
  title: 'Bare Durable Object',
  config: 'bench/peers/bare-object/wrangler.toml',
  objects: 'v3/do',
  parameter: 'kind',
  expected: { '10': 0, '100': 0, http: 3 },
}

export const startWorkflows = (options: SystemOptions) => startPeer(WORKFLOWS, options)
export const startBareObject = (options: SystemOptions) => startPeer(BARE_OBJECT, options)

async function startPeer(peer: Peer, { stateDir, slowUrl }: SystemOptions): Promise<System> {
  const server = await startDevServer({ config: peer.config, stateDir, vars: { SLOW_URL: slowUrl }, readyPath: '/' })
  const client = httpClient(server.port, {})
  return {
    name: peer.name,
    title: peer.title,
    server,
    restMs: EVICTION_MS,
    objectsDirectory: path.join(stateDir, peer.objects),
    historyDirectory: null,
    execute: async (kind) => {
      const answer = await client.post(`/run?${peer.parameter}=${kind}`, '')
      if (answer.status !== 200 || answer.body !== JSON.stringify({ value: peer.expected[kind] })) {
        throw new Error(`${peer.title} answered ${answer.status}: ${answer.body.slice(0, 300)}`)
      }
    },
    probe: async () => {
      await client.get('/')
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
