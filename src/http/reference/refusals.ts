// Which refusals a route may answer with: those that follow from what it declares, and those that it names. Each status is one
// response of the reference, shared by all routes that refuse with the same codes.
import type { RouteConfig } from '@hono/zod-openapi'
import type { Access } from '../api-route.ts'
import { type ErrorCode, statusOf } from '../errors.ts'
import { headersOf, type ResponseHeader } from './headers.ts'

type Described = Pick<RouteConfig, 'method' | 'request'>

const PREFIX = '#/components/responses/'

/** A message of each code, as an example. */
const MESSAGES: Readonly<Record<ErrorCode, string>> = {
  BAD_REQUEST: 'Give workflow_id, or a workflow',
  NOT_SUPPORTED: 'settings.budget_usd is not supported yet',
  VALIDATION_FAILED: 'The workflow has a problem: Node "greet" has the unknown type "ai-procesor"',
  UNAUTHORIZED: 'This API key is not valid',
  PERMISSION_DENIED: 'You do not have permission to execute this workflow',
  NOT_FOUND: 'Secret not found: CRM_TOKEN',
  WORKFLOW_NOT_FOUND: 'Workflow not found: user-registration',
  EXECUTION_NOT_FOUND: 'Execution not found: 4be0643f1d98573b',
  METHOD_NOT_ALLOWED: 'This link takes an event: POST it here, its payload as the body. No key is needed.',
  CONFLICT: 'Execution 4be0643f1d98573b is completed: it has ended',
  IDEMPOTENCY_CONFLICT: 'This Idempotency-Key started 4be0643f1d98573b with another body',
  GONE: 'The execution that this link is for has ended long ago',
  PRECONDITION_FAILED: 'The workflow user-registration is at version 4 now: read it, and change that',
  PAYLOAD_TOO_LARGE: 'The body is larger than 1048576 bytes',
  UPGRADE_REQUIRED: 'This is a WebSocket: send `Upgrade: websocket`, or read /events as pages',
  RATE_LIMITED: 'This key has made its 100 requests of a minute',
  INTERNAL_ERROR: 'Something failed on our side. The request id finds it in the logs.',
  UNAVAILABLE: 'The database does not answer just now. Try again.',
  EXECUTION_TIMEOUT: 'The dry run took more than 30 s; give loops fewer items, or mock nodes that take long',
}

/** What those say who refuse with an issue. */
const ISSUES: Partial<Readonly<Record<ErrorCode, { readonly code: string; readonly path: string }>>> = {
  BAD_REQUEST: { code: 'INVALID_VALUE', path: 'workflow_id' },
  NOT_SUPPORTED: { code: 'NOT_SUPPORTED', path: 'settings.budget_usd' },
  VALIDATION_FAILED: { code: 'UNKNOWN_TYPE', path: 'nodes[0].type' },
}

/** By status; `named`: what follows from nothing that the route declares. */
export function refusalsOf(
  route: Described,
  access: Access,
  named: readonly ErrorCode[],
): Readonly<Record<string, { $ref: string }>> {
  const codes = new Set([...derived(route, access), ...named])
  const byStatus = Map.groupBy([...codes], statusOf)
  return Object.fromEntries(
    [...byStatus].map(([status, some]) => [status, { $ref: `${PREFIX}${some.toSorted().join('.')}` }] as const),
  )
}

function derived({ method, request = {} }: Described, access: Access): readonly ErrorCode[] {
  if ('open' in access && access.open === 'anyone') return []
  const takesText = request.query !== undefined || request.body !== undefined
  return [
    ...(takesText ? (['BAD_REQUEST'] as const) : []),
    ...(method === 'get' ? [] : (['PAYLOAD_TOO_LARGE'] as const)),
    ...('open' in access ? (['NOT_FOUND'] as const) : ofKey(access.on)),
    'INTERNAL_ERROR',
    'UNAVAILABLE',
  ]
}

const ofKey = (on: 'workflow' | 'own workflow' | 'execution' | undefined): readonly ErrorCode[] => [
  'UNAUTHORIZED',
  'PERMISSION_DENIED',
  'RATE_LIMITED',
  ...(on === undefined ? [] : [on === 'execution' ? ('EXECUTION_NOT_FOUND' as const) : ('WORKFLOW_NOT_FOUND' as const)]),
]

/** The response that a `$ref` of `refusalsOf` means, by its name; null where it is of another kind. */
export function refusalComponent(reference: string) {
  if (!reference.startsWith(PREFIX)) return null
  const name = reference.slice(PREFIX.length)
  // Made by `refusalsOf`, of codes.
  const codes = name.split('.') as ErrorCode[]
  const description = codes.map((code) => `\`${code}\``).join(', ')
  return [name, { description, headers: headers(codes), content: content(codes) }] as const
}

const content = (codes: readonly ErrorCode[]) => ({
  'application/json': {
    schema: {
      allOf: [
        { $ref: '#/components/schemas/Error' },
        { type: 'object' as const, properties: { error_code: { type: 'string' as const, enum: [...codes] } } },
      ],
    },
    examples: Object.fromEntries(codes.map((code) => [code, { value: example(code) }])),
  },
})

function example(code: ErrorCode) {
  const [message, issue] = [MESSAGES[code], ISSUES[code]]
  const issues = issue && [{ severity: 'error', ...issue, message }]
  return { success: false, message, error_code: code, details: { request_id: '9d41c0a7f2e86b35', ...(issues && { issues }) } }
}

const RATE_HEADERS = ['RateLimit-Policy', 'RateLimit', 'X-RateLimit-Limit', 'X-RateLimit-Remaining'] as const

function headers(codes: readonly ErrorCode[]) {
  const retry: readonly ResponseHeader[] = codes.some((code) => statusOf(code) === 429 || statusOf(code) === 503)
    ? ['Retry-After']
    : []
  const limits = codes.includes('RATE_LIMITED') ? RATE_HEADERS : (['RateLimit-Policy', 'X-RateLimit-Limit'] as const)
  return headersOf([...new Set<ResponseHeader>(['X-Request-ID', 'X-Execution-ID', ...retry, ...limits])])
}
