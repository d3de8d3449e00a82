// Performs one attempt of a handed-off node and says how it went. Called by the Runner and by the task queue's consumer; it
// settles nothing and never throws: whatever goes wrong is a failure in the result.
import { AttemptError, attemptTimeout } from '../core/attempt-error.ts'
import { configIssues, configProblems } from '../core/config-issues.ts'
import type { JsonObject } from '../core/json.ts'
import { type NodeErrorCode, nodeError } from '../core/node-error.ts'
import type {
  AttemptContext,
  AttemptResult,
  ChildRequest,
  GuardedFetch,
  HandedOffNodeType,
  MailServer,
  ModelServer,
  NodeType,
  NodeTypes,
  Remember,
  RunCode,
  StartChild,
} from '../core/node-type.ts'
import type { PayloadReference } from '../core/payload.ts'
import type { AssertReachable } from './assert-reachable.ts'
import { AttemptMeter } from './attempt-meter.ts'
import { AttemptSecrets } from './attempt-secrets.ts'
import type { FindBinding } from './data-bindings.ts'
import { keepOutput } from './keep-output.ts'
import { outboundHeaders, withDefaultHeaders } from './outbound-headers.ts'
import { Redactor } from './redact.ts'
import type { SecretSource } from './secret-source.ts'
import type { AttemptTask, Delta } from './task.ts'
import { Voice } from './voice.ts'

export interface AttemptDeps {
  readonly nodeTypes: Pick<NodeTypes, 'get'>
  readonly fetch: GuardedFetch
  readonly assertReachable: AssertReachable
  readonly mayBePrivate: (host: string, port: number) => boolean
  readonly binding: FindBinding
  readonly startChild: (task: AttemptTask, request: ChildRequest) => Promise<string>
  readonly startShard: (task: AttemptTask) => Promise<string>
  readonly runCode: RunCode
  readonly modelServer: ModelServer
  readonly mailServer: MailServer
  readonly secrets: SecretSource
  /** For an attempt that may take so long. */
  readonly rememberWithin: (ms: number) => Remember
  /** Puts JSON text that is too large for a journal outside, under the execution. */
  readonly storeOutput: (executionId: string, text: string) => Promise<PayloadReference>
  /** Brings a part of what an attempt says to those who listen to its execution; tells whether anybody does. */
  readonly tell: (executionId: string, delta: Delta) => Promise<boolean>
  /** Millrace's, for `User-Agent`. */
  readonly version: string
  /** Hears of bugs: exceptions that no node type should let out. */
  readonly reportBug: (thrown: unknown, task: AttemptTask) => void
}

/** What goes along with an attempt, whatever becomes of it. */
interface Companions {
  readonly meter: AttemptMeter
  readonly voice: Voice
  readonly redactor: Redactor
  readonly secrets: AttemptSecrets
}

export async function performAttempt(task: AttemptTask, deps: AttemptDeps): Promise<AttemptResult> {
  const meter = new AttemptMeter()
  const redactor = new Redactor()
  const voice = voiceOf(task, deps, redactor)
  const secrets = new AttemptSecrets(task, deps.secrets, redactor)
  const nodeType = deps.nodeTypes.get(task.nodeType)
  const result = await resultOf(nodeType, task, deps, { meter, voice, redactor, secrets })
  voice.stop()
  if (result.kind === 'child') return result
  // The clock of a Worker stands still while a program computes.
  const isTimed = nodeType?.kind === 'handed_off' && nodeType.program === undefined
  const metadata = redactor.told(meter.metadata(result.metadata, isTimed))
  return Object.keys(metadata).length === 0 ? result : { ...result, metadata }
}

const voiceOf = ({ executionId, node, attempt, listened }: AttemptTask, { tell }: AttemptDeps, redactor: Redactor): Voice =>
  new Voice({
    isListened: listened === true,
    send: async (said) => tell(executionId, { node, attempt, ...said }),
    redactor: { redact: (text) => redactor.text(text), heldFrom: (text) => redactor.heldFrom(text) },
  })

async function resultOf(
  nodeType: NodeType | undefined,
  task: AttemptTask,
  deps: AttemptDeps,
  companions: Companions,
): Promise<AttemptResult> {
  const { redactor } = companions
  try {
    if (nodeType?.kind !== 'handed_off') throw new TypeError(`${task.nodeType} is no handed-off node type`)
    const result = await runWithTimeout(nodeType, task, deps, companions)
    if (result.kind === 'failed') return { ...result, error: redactor.error(result.error) }
    if (result.kind === 'child') return result
    await companions.voice.end()
    const shown = { ...result, output: redactor.json(result.output) }
    return await keepOutput(shown, (text) => deps.storeOutput(task.executionId, text))
  } catch (thrown) {
    if (thrown instanceof AttemptError) return { kind: 'failed', error: redactor.error(thrown.error) }
    deps.reportBug(redactor.thrown(thrown), task)
    return failed('INTERNAL_ERROR', `A bug of Millrace ended this attempt of a ${task.nodeType} node; its logs say more.`)
  }
}

const failed = (code: NodeErrorCode, message: string): AttemptResult => ({ kind: 'failed', error: nodeError(code, message) })

/** Checks the config again, which the transition has not seen whole where secrets stand in it. */
async function runNode(
  nodeType: HandedOffNodeType,
  task: AttemptTask,
  secrets: AttemptSecrets,
  context: AttemptContext,
): Promise<AttemptResult> {
  const config = nodeType.takesSecrets === true ? await secrets.openConfig() : task.config
  return configFailure(nodeType, config) ?? (await nodeType.run(config, context))
}

function configFailure(nodeType: HandedOffNodeType, config: JsonObject): AttemptResult | null {
  const issues = configIssues(nodeType.config, config, () => false)
  return issues.length === 0 ? null : failed('CONFIG_INVALID', configProblems(issues))
}

/** The race ends also an attempt that ignores its signal; what such a node does afterwards is heard by nobody. */
async function runWithTimeout(
  nodeType: HandedOffNodeType,
  task: AttemptTask,
  deps: AttemptDeps,
  companions: Companions,
): Promise<AttemptResult> {
  const controller = new AbortController()
  const timeout = Promise.withResolvers<never>()
  const timer = setTimeout(() => {
    const error = attemptTimeout(task.timeoutMs)
    timeout.reject(error)
    controller.abort(error)
  }, task.timeoutMs)
  try {
    const context = attemptContext(task, deps, companions, controller.signal)
    return await Promise.race([runNode(nodeType, task, companions.secrets, context), timeout.promise])
  } finally {
    clearTimeout(timer)
  }
}

function attemptContext(
  task: AttemptTask,
  deps: AttemptDeps,
  { meter, voice, redactor, secrets }: Companions,
  signal: AbortSignal,
): AttemptContext {
  const { communityId, executionId, workflowId, correlationId, traceId, attempt, startedAt, node: nodePath } = task
  const idempotencyKey = `${executionId}.${nodePath}.${task.run}`
  const headers = outboundHeaders({ executionId, workflowId, correlationId, traceId, idempotencyKey }, deps.version)
  const fetch: GuardedFetch = meter.metered((url, init) =>
    deps.fetch(url, { ...init, headers: withDefaultHeaders(init.headers, headers) }),
  )
  const startChild: StartChild = (request) => deps.startChild(task, request)
  return {
    communityId,
    executionId,
    workflowId,
    nodePath,
    attempt,
    startedAt,
    traceId,
    correlationId,
    idempotencyKey,
    timeoutMs: task.timeoutMs,
    signal,
    fetch,
    note: (metadata) => meter.note(metadata),
    say: (text) => voice.say(text),
    mayBePrivate: deps.mayBePrivate,
    assertReachable: (host, port) => deps.assertReachable(host, port, signal),
    binding: (name) => deps.binding(communityId, name),
    startChild,
    startShard: () => deps.startShard(task),
    runCode: deps.runCode,
    modelServer: deps.modelServer,
    mailServer: deps.mailServer,
    secret: (name) => secrets.secret(name),
    conceal: (text) => redactor.conceal(text),
    remember: redactor.remembering(deps.rememberWithin(task.timeoutMs)),
  }
}
