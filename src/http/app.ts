// The HTTP API: middleware and routes put together. `index.ts` makes one app per isolate and hands it every request.
import { OpenAPIHono } from '@hono/zod-openapi'
import { createAccess } from './access/create-access.ts'
import type { FindKey } from './access/find-key.ts'
import { mount } from './access/mount.ts'
import { createTokenVerifier } from './access/verify-token.ts'
import { canonicalPath } from './canonical-path.ts'
import { createDefinitionCheck } from './check-definition.ts'
import type { AddRoute, App, AppDeps, HttpEnv, RouteDeps } from './deps.ts'
import { guardStore } from './guard-store.ts'
import { acceptStreamToken } from './middleware/accept-stream-token.ts'
import { allowOrigins } from './middleware/allow-origins.ts'
import { answerError, answerNotFound, refuseInvalid, refuseVisit } from './middleware/answer-error.ts'
import { authenticate } from './middleware/authenticate.ts'
import { executionIdHeader } from './middleware/execution-id-header.ts'
import { limitRate } from './middleware/limit-rate.ts'
import { linkHeaders } from './middleware/link-headers.ts'
import { provideGuard } from './middleware/provide-guard.ts'
import { readBody } from './middleware/read-body.ts'
import { recordDecisions } from './middleware/record-decisions.ts'
import { requestId } from './middleware/request-id.ts'
import { requireApprovalLink, requireEventLink } from './middleware/require-link.ts'
import { addNotSupported } from './not-supported.ts'
import { openApi } from './open-api.ts'
import { answerApproval } from './routes/answer-approval.ts'
import { answerApprovalAt } from './routes/answer-approval-at.ts'
import { cancelExecution } from './routes/cancel-execution.ts'
import { cancelExecutions } from './routes/cancel-executions.ts'
import { checkpointExecution } from './routes/checkpoint-execution.ts'
import { compareWorkflowVersions } from './routes/compare-workflow-versions.ts'
import { completeTask } from './routes/complete-task.ts'
import { createApiKey } from './routes/create-api-key.ts'
import { createExecution } from './routes/create-execution.ts'
import { createExecutions } from './routes/create-executions.ts'
import { createStreamToken } from './routes/create-stream-token.ts'
import { createWorkflow } from './routes/create-workflow.ts'
import { deleteExecution } from './routes/delete-execution.ts'
import { deleteSecret } from './routes/delete-secret.ts'
import { deleteWorkflow } from './routes/delete-workflow.ts'
import { executeWorkflow } from './routes/execute-workflow.ts'
import { exportWorkflows } from './routes/export-workflows.ts'
import { failTask } from './routes/fail-task.ts'
import { generateWorkflow } from './routes/generate-workflow.ts'
import { getApproval } from './routes/get-approval.ts'
import { getCallbackSecret } from './routes/get-callback-secret.ts'
import { getExecution } from './routes/get-execution.ts'
import { getExecutionDefinition } from './routes/get-execution-definition.ts'
import { getPayload } from './routes/get-payload.ts'
import { getSecret } from './routes/get-secret.ts'
import { getWorkflow } from './routes/get-workflow.ts'
import { getWorkflowPermissions } from './routes/get-workflow-permissions.ts'
import { getWorkflowVersion } from './routes/get-workflow-version.ts'
import { health } from './routes/health.ts'
import { importWorkflows } from './routes/import-workflows.ts'
import { listApiKeys } from './routes/list-api-keys.ts'
import { listDeadLetters } from './routes/list-dead-letters.ts'
import { listExecutionEvents } from './routes/list-execution-events.ts'
import { listExecutionLogs } from './routes/list-execution-logs.ts'
import { listExecutionNodes } from './routes/list-execution-nodes.ts'
import { listNodeTypes } from './routes/list-node-types.ts'
import { listSecrets } from './routes/list-secrets.ts'
import { listWorkflowExecutions } from './routes/list-workflow-executions.ts'
import { listWorkflowVersions } from './routes/list-workflow-versions.ts'
import { listWorkflows } from './routes/list-workflows.ts'
import { pauseExecution } from './routes/pause-execution.ts'
import { recoverExecution } from './routes/recover-execution.ts'
import { replayExecution } from './routes/replay-execution.ts'
import { restoreWorkflowVersion } from './routes/restore-workflow-version.ts'
import { resumeExecution } from './routes/resume-execution.ts'
import { revokeApiKey } from './routes/revoke-api-key.ts'
import { rotateApiKey } from './routes/rotate-api-key.ts'
import { rotateSecrets } from './routes/rotate-secrets.ts'
import { searchAuditLog } from './routes/search-audit-log.ts'
import { searchExecutions } from './routes/search-executions.ts'
import { sendLinkedEvent } from './routes/send-linked-event.ts'
import { sendSignal } from './routes/send-signal.ts'
import { setExecutionTimeout } from './routes/set-execution-timeout.ts'
import { setSecret } from './routes/set-secret.ts'
import { setWorkflowPermissions } from './routes/set-workflow-permissions.ts'
import { setWorkflowRetry } from './routes/set-workflow-retry.ts'
import { streamExecution } from './routes/stream-execution.ts'
import { testDefinition } from './routes/test-definition.ts'
import { testRetry } from './routes/test-retry.ts'
import { testWorkflow } from './routes/test-workflow.ts'
import { updateWorkflow } from './routes/update-workflow.ts'
import { validateWorkflow } from './routes/validate-workflow.ts'
import { createWorkflowFinder } from './start/find-workflow.ts'
import { forgetOnWrite } from './start/forget-on-write.ts'

/** Everything that needs a key; in the order of the reference. */
const ROUTES: readonly AddRoute[] = [
  listWorkflows,
  createWorkflow,
  validateWorkflow,
  exportWorkflows,
  importWorkflows,
  getWorkflow,
  updateWorkflow,
  deleteWorkflow,
  listWorkflowVersions,
  compareWorkflowVersions,
  getWorkflowVersion,
  restoreWorkflowVersion,
  generateWorkflow,
  setWorkflowRetry,
  getWorkflowPermissions,
  setWorkflowPermissions,
  executeWorkflow,
  testDefinition,
  testWorkflow,
  listWorkflowExecutions,
  createExecution,
  createExecutions,
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
  completeTask,
  failTask,
  getExecutionDefinition,
  getPayload,
  listExecutionNodes,
  listExecutionEvents,
  listExecutionLogs,
  streamExecution,
  createStreamToken,
  listNodeTypes,
  listDeadLetters,
  listApiKeys,
  createApiKey,
  rotateApiKey,
  revokeApiKey,
  searchAuditLog,
  getCallbackSecret,
  listSecrets,
  getSecret,
  setSecret,
  deleteSecret,
  rotateSecrets,
]

/** What a stream token opens. */
const STREAM_PATHS = ['/api/v1/executions/:id/logs/stream', '/api/v1/executions/:id/events'] as const

/** What a signed link opens, without a key. */
const LINK_ROUTES: readonly AddRoute[] = [getApproval, answerApproval, sendLinkedEvent]

export function createApp(given: AppDeps): App {
  const { deps, findKey } = routeDeps(given)
  const app: App = new OpenAPIHono<HttpEnv>({
    defaultHook: refuseInvalid,
    getPath: (request) => canonicalPath(new URL(request.url).pathname),
  })
  app.onError(answerError)
  app.notFound(answerNotFound)
  const allowed = allowOrigins(deps.settings)
  if (allowed !== null) app.use(allowed)
  app.use(requestId(deps.randomId), recordDecisions(deps))
  mount(app, deps, health)
  openApi(app, deps)
  addLinkRoutes(app, deps)
  for (const path of STREAM_PATHS) app.use(path, acceptStreamToken(deps))
  app.use(authenticate({ adminKey: deps.settings.MILLRACE_ADMIN_KEY, findKey, verifyToken: createTokenVerifier(deps) }))
  app.use(limitRate(deps.rateLimiters), provideGuard(deps.guard))
  app.use(readBody)
  app.use('/api/v1/executions/:id/*', executionIdHeader)
  for (const addRoute of ROUTES) mount(app, deps, addRoute)
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
  for (const addRoute of LINK_ROUTES) mount(app, deps, addRoute)
}

function routeDeps(given: AppDeps): { readonly deps: RouteDeps; readonly findKey: FindKey } {
  const history = guardStore(given.history)
  const guarded = { apiKeys: guardStore(given.apiKeys), grants: guardStore(given.grants), workflows: guardStore(given.workflows) }
  const { findKey, ...access } = createAccess({ ...given, ...guarded, history })
  const finder = createWorkflowFinder(guarded.workflows, given.clock)
  const deps = {
    ...given,
    ...access,
    workflows: forgetOnWrite(access.workflows, finder.forget),
    history,
    deadLetters: guardStore(given.deadLetters),
    payloads: guardStore(given.payloads, 'The storage of large values'),
    secrets: guardStore(given.secrets),
    auditLog: guardStore(given.auditLog),
    checkDefinition: createDefinitionCheck(given.nodeTypes),
    findWorkflow: finder.find,
  }
  return { deps, findKey }
}
