// What each handed-off node type shows to the contract suite: a case per clause, or why the clause does not hold for it. A new type
// gets a row here, or the suite fails.
import { AttemptError } from '../../src/core/attempt-error.ts'
import type { JsonObject } from '../../src/core/json.ts'
import { nodeError } from '../../src/core/node-error.ts'
import { SEEN } from '../../src/core/seen-scope.ts'
import { createAssertReachable } from '../../src/runner/assert-reachable.ts'
import type { AttemptDeps } from '../../src/runner/perform-attempt.ts'
import { runCode } from './code-run.ts'
import type { Answer, MisbehavingServer } from './misbehaving-server.ts'
import { SqliteD1 } from './sqlite-d1.ts'

/** Why a clause does not hold for a type. */
export interface Deviation {
  readonly because: string
}

export interface ContractCase {
  readonly config: JsonObject
  /** What the attempt uses beside the network. */
  readonly deps?: Partial<AttemptDeps>
}

type Clause = ((server: MisbehavingServer) => ContractCase) | Deviation

export interface HandedOffContract {
  readonly completes: (server: MisbehavingServer) => ContractCase
  /** The other side never answers: the attempt ends at its timeout. */
  readonly hangs: Clause
  /** At its end it lets go of the other side, too. */
  readonly letsGo: true | Deviation
  /** The other side cannot now, and says when it can: 7 s. */
  readonly isBusy: Clause
  /** The connection breaks. */
  readonly breaks: Clause
  /** It will not get better. */
  readonly isRefused: Clause
  /** The address is not public. */
  readonly isPrivate: Clause
  /** The other side repeats what it was sent, with a failure; the credential is `CREDENTIAL`. */
  readonly repeats: Clause
  /** Every call it makes has the key and the trace of the attempt. */
  readonly isTraced: true | Deviation
  /** What its metadata tell of a completed attempt. */
  readonly tells: readonly string[] | Deviation
}

export const CREDENTIAL = 'correct-horse-battery'

const http = (more: JsonObject = {}): HandedOffContract => {
  const at =
    (path: string, extra: JsonObject = {}) =>
    (server: MisbehavingServer): ContractCase => ({ config: { url: server.url(path), ...more, ...extra } })
  return {
    completes: at('/echo'),
    hangs: at('/never'),
    letsGo: true,
    isBusy: at('/status?status=429&retry-after=7'),
    breaks: at('/hangs-up'),
    isRefused: at('/status?status=404'),
    isPrivate: () => ({ config: { url: 'http://169.254.169.254/', ...more } }),
    repeats: at('/echo', { auth: { type: 'bearer', token: CREDENTIAL }, expect_status: 404 }),
    isTraced: true,
    tells: ['host', 'status', 'latency_ms', 'bytes_in', 'bytes_out'],
  }
}

const model = (baseUrl: string): ContractCase => ({
  config: { prompt: 'Hi', model: 'stub', base_url: baseUrl, api_key: CREDENTIAL, cache_ttl_seconds: 0 },
})

const modelAt =
  (path: string) =>
  (server: MisbehavingServer): ContractCase =>
    model(server.url(path))

const noStore = { because: 'what it reaches is the platform: a store and an object, of which it hears no time' }
const inside = { because: 'it calls nobody: its engine has no way out' }

/** Starts children as a Runner does that finds the store in such a state. */
const starting = (startChild: AttemptDeps['startChild']) => (): ContractCase => ({
  config: { workflow_id: 'other' },
  deps: { startChild },
})

const refusing = (code: 'NETWORK_ERROR' | 'CONFIG_INVALID', retryable: boolean) =>
  starting(() => Promise.reject(new AttemptError(nodeError(code, 'no child', { retryable }))))

const program = (source: string) => (): ContractCase => ({
  config: { source, [SEEN]: { now: 0, names: {} } },
  deps: { runCode },
})

/** Of a D1 that is there. */
const statement = (sql: string) => (): ContractCase => ({
  config: { connection: 'd1://SHOP_DB', sql },
  deps: { binding: () => new SqliteD1() },
})

/** Of a server at the address that a secret holds. */
const databaseAt =
  (url: (host: string) => string) =>
  ({ host }: MisbehavingServer): ContractCase => ({
    config: { connection: 'SHOP_DB', sql: 'select 1' },
    deps: {
      secrets: async () => new Map([['SHOP_DB', url(host)]]),
      assertReachable: createAssertReachable({ allowances: { privateNetwork: false, hosts: new Set([host]) } }),
    },
  })

/** By a binding of the platform. */
const mailBy = (send: () => Promise<unknown>) => (): ContractCase => ({
  config: { ...mail, connection: 'binding://MAILER' },
  deps: { binding: () => ({ send }) },
})

/** By a server at the address that a secret holds. */
const mailAt =
  (address: (host: string) => string) =>
  ({ host }: MisbehavingServer): ContractCase => ({
    config: { ...mail, connection: 'MAILER' },
    deps: {
      secrets: async () => new Map([['MAILER', `smtp://ada:${CREDENTIAL}@${address(host)}?tls=off`]]),
      assertReachable: createAssertReachable({ allowances: { privateNetwork: false, hosts: new Set([host, NOBODY]) } }),
      mayBePrivate: () => true,
    },
  })

const mail = { from: 'shop@example.com', to: 'ada@example.com', subject: 'Hi', text: 'Hello' }
/** Nobody listens there. */
const NOBODY = '127.0.0.1:1'

export const contracts: Readonly<Record<string, HandedOffContract>> = {
  'http-request': http(),
  webhook: http({ secret: 'whsec_0123456789' }),
  'ai-processor': {
    completes: modelAt('/model'),
    hangs: modelAt('/model/hangs'),
    letsGo: true,
    isBusy: modelAt('/model/busy'),
    breaks: modelAt('/model/breaks'),
    isRefused: modelAt('/model/refuses'),
    isPrivate: () => model('http://169.254.169.254'),
    repeats: modelAt('/model/refuses'),
    isTraced: true,
    tells: ['model', 'usage', 'cached', 'latency_ms', 'host', 'bytes_in', 'bytes_out'],
  },
  email: {
    completes: mailBy(async () => ({ messageId: '<1@example.com>' })),
    // It waits for a greeting.
    hangs: mailAt((host) => host),
    letsGo: { because: 'the server here sees requests of HTTP; email.test.ts sees connections close' },
    isBusy: { because: 'SMTP cannot say when' },
    breaks: mailAt(() => NOBODY),
    isRefused: mailBy(() => Promise.reject(Object.assign(new Error('no'), { code: 'E_SENDER_NOT_VERIFIED' }))),
    isPrivate: mailAt(() => '169.254.169.254:587'),
    repeats: mailAt(() => NOBODY),
    isTraced: { because: 'what a mail carries is its Message-ID' },
    tells: ['latency_ms'],
  },
  'data-source': http({ source_type: 'api' }),
  workflow: {
    completes: starting(async () => 'c1c1c1c1c1c1c1c1'),
    hangs: starting(() => new Promise(() => {})),
    letsGo: { because: 'a start that arrives late starts a child whose end is ignored' },
    isBusy: noStore,
    breaks: refusing('NETWORK_ERROR', true),
    isRefused: refusing('CONFIG_INVALID', false),
    isPrivate: noStore,
    repeats: { because: 'it has no credentials' },
    isTraced: { because: 'a child carries the trace in its identity, and its id is derived from the key' },
    tells: { because: 'the child tells of itself' },
  },
  code: {
    completes: program('return { a: [1] }'),
    hangs: { because: 'it waits for nobody; what runs for ever ends by counting, as CODE_LIMIT' },
    letsGo: inside,
    isBusy: inside,
    breaks: inside,
    isRefused: program('throw new Error("no")'),
    isPrivate: inside,
    repeats: { because: 'it has no credentials' },
    isTraced: inside,
    tells: { because: 'a clock that stands still measures nothing' },
  },
  'database-query': {
    completes: statement('select 1 as one'),
    // It waits for MySQL's greeting.
    hangs: databaseAt((host) => `mysql://ada:${CREDENTIAL}@${host}/shop`),
    letsGo: { because: 'the server here sees requests of HTTP; database-protocol.test.ts sees connections close' },
    isBusy: { because: 'no database says when it can' },
    breaks: databaseAt((host) => `postgres://ada:${CREDENTIAL}@${host}/shop`),
    isRefused: statement('selec 1'),
    isPrivate: databaseAt(() => `postgres://ada:${CREDENTIAL}@169.254.169.254/shop`),
    repeats: databaseAt((host) => `postgres://ada:${CREDENTIAL}@${host}/shop`),
    isTraced: { because: 'the protocols have no place for it; `execution.id` can be a parameter' },
    tells: ['rows', 'bytes', 'latency_ms'],
  },
}

const completion = {
  id: 'c',
  object: 'chat.completion',
  created: 0,
  model: 'stub',
  choices: [{ index: 0, finish_reason: 'stop', message: { role: 'assistant', content: 'Hello' } }],
  usage: { prompt_tokens: 1, completion_tokens: 1, total_tokens: 2 },
}

/** What the server of the suite answers beside its misdeeds. */
export const contractAnswers: Readonly<Record<string, Answer>> = {
  '/model/chat/completions': (_, response) =>
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(completion)),
  '/model/hangs/chat/completions': () => {},
  '/model/busy/chat/completions': (_, response) => response.writeHead(429, { 'retry-after': '7' }).end('later'),
  '/model/breaks/chat/completions': (request) => request.socket.destroy(),
  '/model/refuses/chat/completions': (request, response) =>
    response.writeHead(401).end(JSON.stringify({ error: { message: `you sent ${request.headers.authorization}` } })),
}
