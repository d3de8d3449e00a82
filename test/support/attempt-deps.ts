import type { AttemptDeps } from '../../src/runner/perform-attempt.ts'

const refuse = () => Promise.reject(new Error('this test does not need it'))

/** What attempts may use: nothing but what a test gives. */
export const attemptDeps = (over: Partial<AttemptDeps>): AttemptDeps => ({
  nodeTypes: { get: () => undefined },
  fetch: refuse,
  assertReachable: refuse,
  mayBePrivate: () => false,
  binding: () => null,
  startChild: refuse,
  startShard: refuse,
  runCode: refuse,
  secrets: refuse,
  mailServer: { url: null, from: null },
  modelServer: { baseUrl: 'https://models.example.com', apiKey: null, model: 'none' },
  rememberWithin: () => refuse,
  storeOutput: refuse,
  tell: async () => false,
  version: '1.2.3',
  reportBug: (thrown) => {
    throw thrown
  },
  ...over,
})
