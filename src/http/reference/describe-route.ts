// What the reference says of a route: its definition, with what follows from what it declares. Only `apiRoute` calls this.
import { type RouteConfig, z } from '@hono/zod-openapi'
import type { Access } from '../api-route.ts'
import type { ErrorCode } from '../errors.ts'
import { exampleOf } from './examples.ts'
import { headersOf, parametersOf, type RequestHeader, type ResponseHeader } from './headers.ts'
import { refusalsOf } from './refusals.ts'

/** What a route says of itself beside its schemas. */
export interface RouteNotes {
  /** Refusals that do not follow from its schemas and from what it needs. */
  readonly refuses?: readonly ErrorCode[]
  /** Headers of the request. */
  readonly reads?: readonly RequestHeader[]
  /** Headers of its good answers. */
  readonly sends?: readonly ResponseHeader[]
  /** What `Accept` may ask for in place of JSON. */
  readonly alsoAs?: 'text/html' | 'text/event-stream'
}

type Described = Omit<RouteConfig, 'middleware' | 'security' | 'operationId'> & RouteNotes

export function describeRoute(
  access: Access,
  { refuses = [], reads = [], sends = [], alsoAs, ...config }: Described,
): RouteConfig {
  return {
    ...config,
    operationId: access.action,
    description: [config.description, needOf(access)].filter((text) => text !== undefined).join('\n\n'),
    ...securityOf(access),
    parameters: parametersOf(['X-Request-ID', ...reads]),
    ...(config.request !== undefined && { request: describeRequest(config.request, access.action) }),
    responses: { ...describeSuccesses(access, config, { sends, alsoAs }), ...refusalsOf(config, access, refuses) },
  }
}

/** Where a key does not do, or is not all that does. */
function securityOf(access: Access): Pick<RouteConfig, 'security'> {
  if ('open' in access) return { security: [] }
  return access.orStreamToken === true ? { security: [{ apiKey: [] }, { bearer: [] }, { streamToken: [] }] } : {}
}

const JSON_TYPE = 'application/json'

/** An empty body is read as `{}`: where that will do, none is required. */
function describeRequest(request: NonNullable<RouteConfig['request']>, action: string): NonNullable<RouteConfig['request']> {
  const { body, ...rest } = request
  const media = body?.content[JSON_TYPE]
  if (body === undefined || media === undefined || '$ref' in media) return request
  const { schema } = media
  const example = exampleOf(action)?.body
  return {
    ...rest,
    body: {
      ...body,
      required: schema instanceof z.ZodType && !schema.safeParse({}).success,
      content: { [JSON_TYPE]: { ...media, ...(example !== undefined && { example }) } },
    },
  }
}

interface Answered {
  readonly sends: readonly ResponseHeader[]
  readonly alsoAs: RouteNotes['alsoAs'] | undefined
}

/** Every answer but that of an upgrade has headers; the first that is JSON gets the example. */
function describeSuccesses(
  access: Access,
  { path, responses }: Pick<RouteConfig, 'path' | 'responses'>,
  { sends, alsoAs }: Answered,
): RouteConfig['responses'] {
  const names: readonly ResponseHeader[] = [
    'X-Request-ID',
    ...('open' in access ? [] : (['RateLimit-Policy', 'X-RateLimit-Limit'] as const)),
    ...(path.startsWith('/api/v1/executions/{id}') ? (['X-Execution-ID'] as const) : []),
    ...sends,
  ]
  const value = exampleOf(access.action)?.answer
  const example = value && { success: true, ...value }
  const other = alsoAs === undefined ? {} : { [alsoAs]: { schema: z.string() } }
  return Object.fromEntries(
    Object.entries(responses).map(([status, response], index) => {
      if ('$ref' in response || status === '101') return [status, response]
      const { content = {} } = response
      const media = content[JSON_TYPE]
      const shown = index === 0 && example !== undefined && media !== undefined ? { [JSON_TYPE]: { ...media, example } } : {}
      return [status, { ...response, headers: headersOf(names), content: { ...content, ...shown, ...other } }]
    }),
  )
}

function needOf(access: Access): string | undefined {
  if ('open' in access) return access.open === 'link' ? 'Needs no key: the link is signed.' : undefined
  const { scope, on } = access
  const more = {
    none: '',
    workflow: `, and \`can_${scope}\` on the workflow`,
    'own workflow': ", of the workflow's owner or of an `admin`",
    execution: `, and \`can_${scope}\` on the execution's workflow`,
  }[on ?? 'none']
  return `Needs a key with the scope \`${scope}\`${more}.`
}
