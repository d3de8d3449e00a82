// The reference, generated from the schemas that validate: for machines at `/openapi.json`, for people at `/docs`. It needs no key.
import { errorSchema } from './answer.ts'
import type { App, AppDeps } from './deps.ts'
import type { ReferenceDocument } from './reference/document.ts'
import { headerComponents, parameterComponents } from './reference/headers.ts'
import { referencePage } from './reference/page.ts'
import { refusalComponent } from './reference/refusals.ts'

const DESCRIPTION =
  'Millrace runs workflows, JSON graphs of nodes and edges, durably. Every answer is an envelope: `{ success, message?, data, meta? }`; a refusal is `{ success: false, message, error_code, details }`, where `details.issues` says what is wrong at which path. An empty body is read as `{}`, any content type as JSON, and members of a body that no schema names are ignored unless it says otherwise. Paths stand here once: `/api/…` without `v1`, `/workflows/…`, `/workflows/executions/…` and `/ws/executions/{id}` are other names of the same.'

const LICENSE = { name: 'Apache-2.0', identifier: 'Apache-2.0' }

const SECURITY = {
  apiKey: { type: 'apiKey', in: 'header', name: 'X-API-Key', description: 'A key of the API.' },
  bearer: {
    type: 'http',
    scheme: 'bearer',
    description: 'A key of the API, or a JSON Web Token where the deployment takes them.',
  },
  streamToken: {
    type: 'apiKey',
    in: 'query',
    name: 'token',
    description: 'From `POST /executions/{id}/stream-token`: for one execution, for a minute.',
  },
} as const

/** In the order of the page. A test holds that every operation has one of them. */
const TAGS = [
  { name: 'Workflows', description: 'Definitions, their versions, and trying them out' },
  { name: 'Executions', description: 'Starting, reading, searching' },
  { name: 'Control', description: 'Pause, resume, recover, replay' },
  { name: 'Waiting', description: 'Events and approvals' },
  { name: 'Workers', description: 'External workers and their tasks' },
  { name: 'Administration', description: 'Keys, secrets, audit, dead letters' },
  { name: 'Reference', description: 'What there is' },
]

export function openApi(app: App, { randomId }: Pick<AppDeps, 'randomId'>): void {
  const registry = app.openAPIRegistry
  registry.register('Error', errorSchema)
  for (const [name, scheme] of Object.entries(SECURITY)) registry.registerComponent('securitySchemes', name, scheme)
  for (const [name, parameter] of parameterComponents) registry.registerComponent('parameters', name, parameter)
  for (const [name, header] of headerComponents) registry.registerComponent('headers', name, header)
  // Generated once per app, at the first request: by then every route is there.
  let document: ReturnType<App['getOpenAPI31Document']> | undefined
  const generated = () => {
    if (document !== undefined) return document
    for (const [name, refusal] of refusals(app)) registry.registerComponent('responses', name, refusal)
    document = app.getOpenAPI31Document({
      openapi: '3.1.0',
      info: { title: 'Millrace', version: '1', description: DESCRIPTION, license: LICENSE },
      servers: [{ url: '/', description: 'This deployment' }],
      security: [{ apiKey: [] }, { bearer: [] }],
      tags: TAGS,
    })
    return document
  }
  app.get('/openapi.json', (c) => c.json(generated()))
  app.get('/docs', (c) => {
    const nonce = randomId()
    c.header('Content-Security-Policy', `default-src 'none'; style-src 'nonce-${nonce}'; base-uri 'none'; frame-ancestors 'none'`)
    c.header('X-Content-Type-Options', 'nosniff')
    // The same document, of which the page knows some members.
    return c.html(referencePage(generated() as unknown as ReferenceDocument, nonce))
  })
}

/** Every response that routes refer to, by its name. */
const refusals = ({ openAPIRegistry }: App) =>
  new Map(
    openAPIRegistry.definitions
      .flatMap((definition) => (definition.type === 'route' ? Object.values(definition.route.responses) : []))
      .flatMap((response) => ('$ref' in response ? [refusalComponent(response.$ref)] : []))
      .filter((component) => component !== null),
  )
