// Global set-up of the tests inside workerd, which cannot listen: mail servers in Node for all of them.
import type { TestProject } from 'vitest/node'
import { type MailServers, startMailServers } from './mail-server.ts'

declare module 'vitest' {
  export interface ProvidedContext {
    mailServers: Pick<MailServers, 'ports' | 'url'>
  }
}

export default async function serveMail(project: TestProject): Promise<() => Promise<void>> {
  const { ports, url, close } = await startMailServers()
  project.provide('mailServers', { ports, url })
  return close
}
