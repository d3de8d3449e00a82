// The HTTP API: middleware and routes put together. `index.ts` makes one app per isolate and hands it every request.
import { OpenAPIHono } from '@hono/zod-openapi'
import { canonicalPath } from './canonical-path.ts'
import { createDefinitionCheck } from './check-definition.ts'
import type { AddRoute, App, AppDeps, HttpEnv, RouteDeps } from './deps.ts'
import { guardStore } from './guard-store.ts'
import { answerError, answerNotFound, refuseInvalid, refuseVisit } from './middleware/answer-error.ts'
import { authenticate } from './middleware/authenticate.ts'
import { executionIdHeader } from './middleware/execution-id-header.ts'
import { linkHeaders } from './middleware/link-headers.ts'
import { readBody } from './middleware/read-body.ts'
import { requestId } from './middleware/request-id.ts'
import { requireApprovalLink, requireEventLink } from './middleware/require-link.ts'
import { addNotSupported } from './not-supported.ts'
import { openApi } from './open-api.ts'
import { answerApproval } from './routes/answer-approval.ts'
import { answerApprovalAt } from './routes/answer-approval-at.ts'
import { cancelExecution } from './routes/cancel-execution.ts'
import { cancelExecutions } from './routes/cancel-executions.ts'
import { checkpointExecution } from './routes/checkpoint-execution.ts'
import { createExecution } from './routes/create-execution.ts'
import { createWorkflow } from './routes/create-workflow.ts'
import { deleteExecution } from './routes/delete-execution.ts'
import { deleteWorkflow } from './routes/delete-workflow.ts'
import { executeWorkflow } from './routes/execute-workflow.ts'
import { getApproval } from './routes/get-approval.ts'
import { getExecution } from './routes/get-execution.ts'
import { getExecutionDefinition } from './routes/get-execution-definition.ts'
import { getPayload } from './routes/get-payload.ts'
import { getWorkflow } from './routes/get-workflow.ts'
import { health } from './routes/health.ts'
import { listDeadLetters } from './routes/list-dead-letters.ts'
import { listExecutionEvents } from './routes/list-execution-events.ts'
import { listExecutionLogs } from './routes/list-execution-logs.ts'
import { listExecutionNodes } from './routes/list-execution-nodes.ts'
import { listNodeTypes } from './routes/list-node-types.ts'
import { listWorkflowExecutions } from './routes/list-workflow-executions.ts'
import { listWorkflowVersions } from './routes/list-workflow-versions.ts'
import { listWorkflows } from './routes/list-workflows.ts'
import { pauseExecution } from './routes/pause-execution.ts'
import { recoverExecution } from './routes/recover-execution.ts'
import { replayExecution } from './routes/replay-execution.ts'
import { resumeExecution } from './routes/resume-execution.ts'
import { searchExecutions } from './routes/search-executions.ts'
import { sendLinkedEvent } from './routes/send-linked-event.ts'
import { sendSignal } from './routes/send-signal.ts'
import { setExecutionTimeout } from './routes/set-execution-timeout.ts'
import { setWorkflowRetry } from './routes/set-workflow-retry.ts'
import { streamExecution } from './routes/stream-execution.ts'
import { testRetry } from './routes/test-retry.ts'
import { updateWorkflow } from './routes/update-workflow.ts'
import { validateWorkflow } from './routes/validate-workflow.ts'
import { createWorkflowFinder } from './start/find-workflow.ts'
import { forgetOnWrite } from './start/forget-on-write.ts'

/** Everything that needs a key; in the order of the reference. */
const ROUTES: readonly AddRoute[] = [
  listWorkflows,
  createWorkflow,
  validateWorkflow,
  getWorkflow,
  updateWorkflow,
  deleteWorkflow,
  listWorkflowVersions,
  setWorkflowRetry,
  executeWorkflow,
  listWorkflowExecutions,
  createExecution,
  searchExecutions,
  getExecution,
  cancelExecution,
  cancelExecutions,
  deleteExecution,
  pauseExecution,
  resumeExecution,
  checkpointExecution,
  setExecutionTimeout,
  recoverExecution,
  replayExecution,
  testRetry,
  sendSignal,
  answerApprovalAt,
  getExecutionDefinition,
  getPayload,
  listExecutionNodes,
  listExecutionEvents,
  listExecutionLogs,
  streamExecution,
  listNodeTypes,
  listDeadLetters,
]

/** What a signed link opens, without a key. */
const LINK_ROUTES: readonly AddRoute[] = [getApproval, answerApproval, sendLinkedEvent]

export function createApp(given: AppDeps): App {
  const deps = routeDeps(given)
  const app: App = new OpenAPIHono<HttpEnv>({
    defaultHook: refuseInvalid,
    getPath: (request) => canonicalPath(new URL(request.url).pathname),
  })
  app.onError(answerError)
  app.notFound(answerNotFound)
  app.use(requestId(deps.randomId))
  health(app, deps)
  openApi(app)
  addLinkRoutes(app, deps)
  app.use(authenticate(deps.settings.MILLRACE_ADMIN_KEY))
  app.use(readBody)
  app.use('/api/v1/executions/:id/*', executionIdHeader)
  for (const addRoute of ROUTES) addRoute(app, deps)
  addNotSupported(app)
  return app
}

/** A signed link stands for a key; it is read before anything else of the request. */
function addLinkRoutes(app: App, deps: RouteDeps): void {
  const { ID_SECRET: secret } = deps.settings
  const [approvals, events] = ['/api/v1/approvals/:token', '/api/v1/events/:token']
  app.on(['GET', 'POST'], approvals, linkHeaders(deps.randomId), requireApprovalLink(secret), readBody)
  app.on(['GET', 'POST'], events, linkHeaders(deps.randomId), requireEventLink(secret), readBody)
  app.get(events, refuseVisit)
  for (const addRoute of LINK_ROUTES) addRoute(app, deps)
}

function routeDeps(given: AppDeps): RouteDeps {
  const stored = guardStore(given.workflows)
  const finder = createWorkflowFinder(stored, given.clock)
  return {
    ...given,
    workflows: forgetOnWrite(stored, finder.forget),
    history: guardStore(given.history),
    deadLetters: guardStore(given.deadLetters),
    checkDefinition: createDefinitionCheck(given.nodeTypes),
    findWorkflow: finder.find,
  }
}
