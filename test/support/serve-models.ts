// Global set-up of the tests inside workerd, which cannot listen: a model server in Node for all of them.
import type { TestProject } from 'vitest/node'
import { startModelServer } from './model-server.ts'

declare module 'vitest' {
  export interface ProvidedContext {
    /** Base of the model server, `http://127.0.0.1:<port>`. */
    modelServer: string
  }
}

export default async function serveModels(project: TestProject): Promise<() => Promise<void>> {
  const server = await startModelServer()
  project.provide('modelServer', server.base)
  return () => server.close()
}
