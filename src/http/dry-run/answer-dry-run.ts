// The HTTP side that both routes of dry runs share: from a parsed body and a target to an answer. Nothing is written, sent or called;
// stored workflows are read.
import type { Context } from 'hono'
import type { ExecutionIdentity } from '../../core/event.ts'
import { linksOf } from '../../core/links.ts'
import { mayStart } from '../../runner/may-start.ts'
import { succeed } from '../answer.ts'
import type { HttpEnv, RouteDeps } from '../deps.ts'
import { ApiError } from '../errors.ts'
import { startSource } from '../start/answer-start.ts'
import { linkOrigin } from '../start/link-origin.ts'
import { draftIdentity, type StartOrder, type StartTarget } from '../start/start-execution.ts'
import { readOrder } from '../start/start-order.ts'
import { DryRunBudget } from './budget.ts'
import { checkMocks } from './check-mocks.ts'
import { DryExecution } from './dry-execution.ts'
import { DryFamily } from './dry-family.ts'
import { dryId } from './dry-id.ts'
import { type DryRunBody, readMocks } from './dry-run-body.ts'
import { viewDryRun } from './dry-run-view.ts'
import { type GivenMocks, Mocks } from './mocks.ts'
import { ROOT_PLACE } from './place.ts'

interface DryRunRequest {
  readonly body: DryRunBody
  readonly target: StartTarget
  readonly communityId: string
}

export async function answerDryRun(c: Context<HttpEnv>, deps: RouteDeps, { body, target, communityId }: DryRunRequest) {
  const order = readOrder(startSource(c, deps, communityId), body, target)
  const { inputs, startAt } = order
  const { definition } = target
  const given = readMocks(body)
  refuseUnknownMocks(deps, target, given)
  // Another one than the deployment's: links that are made with it are good for nothing.
  const linkSecret = deps.randomId() + deps.randomId()
  const family = new DryFamily({
    nodeTypes: deps.nodeTypes,
    budget: new DryRunBudget(deps.clock),
    runCode: deps.runCode,
    findWorkflow: (community, id, version) => deps.workflows.get(community, id, version ?? undefined),
    mayStart: (starter, id) => mayStart(starter, id, deps.grants.get),
    mayView: (id) => mayView(c, communityId, id),
    linkSecret,
  })
  const identity = identityOf(deps, order, linkSecret)
  const execution = new DryExecution(
    family,
    { identity, definition, inputs, ...(startAt !== undefined && { startAt }) },
    { now: deps.clock(), place: ROOT_PLACE, mocks: Mocks.of(given, definition.nodes) },
  )
  await execution.run()
  c.header('X-Execution-ID', identity.executionId)
  // An inline definition is the caller's own.
  const showsConfigs = target.workflowVersion === null || (await mayView(c, communityId, target.workflowId ?? ''))
  return succeed(c, viewDryRun(execution, showsConfigs), { message: 'Workflow test completed' })
}

/** Whoever may start a workflow may start those that it starts; what they are made of is another matter. */
const mayView = (c: Context<HttpEnv>, communityId: string, workflowId: string): Promise<boolean> =>
  c
    .get('guard')
    .requireWorkflow(c.get('identity'), communityId, workflowId, 'can_view')
    .then(
      () => true,
      (error: unknown) => {
        if (error instanceof ApiError && (error.status === 403 || error.status === 404)) return false
        throw error
      },
    )

/** @throws ApiError */
function refuseUnknownMocks(deps: RouteDeps, { definition }: StartTarget, given: GivenMocks): void {
  const issues = checkMocks(definition, given, deps.nodeTypes)
  if (issues.length > 0) throw new ApiError('VALIDATION_FAILED', `The mocks do not fit: ${issues[0]?.message}`, { issues })
}

function identityOf(deps: RouteDeps, order: StartOrder, linkSecret: string): ExecutionIdentity {
  const executionId = dryId(deps.randomId())
  const links = linksOf(linkSecret, linkOrigin(deps.settings, order.origin), executionId)
  return { ...draftIdentity(deps, order, null), executionId, ...links }
}
