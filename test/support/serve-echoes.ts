// Global set-up of the tests inside workerd, which cannot listen: a server in Node that repeats what it is sent.
import type { TestProject } from 'vitest/node'
import { startEchoServer } from './echo-server.ts'

declare module 'vitest' {
  export interface ProvidedContext {
    /** Base of the echo server, `http://127.0.0.1:<port>`. */
    echoServer: string
  }
}

export default async function serveEchoes(project: TestProject): Promise<() => Promise<void>> {
  const server = await startEchoServer()
  project.provide('echoServer', server.base)
  return () => server.close()
}
