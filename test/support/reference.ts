// Holds answers against the reference as it is generated, with a validator of JSON Schema: what a route declares is what it gives,
// its status, body and headers, and nothing that it does not declare.
import { dereference, type Schema, validate } from '@cfworker/json-schema'
import { canonicalPath } from '../../src/http/canonical-path.ts'
import type { App } from '../../src/http/deps.ts'

interface Given {
  readonly method: string
  readonly url: string
  readonly status: number
  readonly headers: Headers
}

interface Linked {
  readonly $ref?: string
}

interface Media {
  readonly schema: Schema
  readonly example?: unknown
  readonly examples?: Readonly<Record<string, { readonly value: unknown }>>
}

export interface DocumentedParameter extends Linked {
  readonly name: string
  readonly in: 'path' | 'query' | 'header'
  readonly required?: boolean
  readonly schema: Schema
}

interface DocumentedResponse extends Linked {
  readonly description: string
  readonly headers?: Readonly<Record<string, Linked & { readonly required?: boolean }>>
  readonly content?: Readonly<Record<string, Media>>
}

export interface Operation {
  readonly method: string
  readonly path: string
  readonly operationId: string
  readonly parameters: readonly DocumentedParameter[]
  readonly body: (Media & { readonly required: boolean }) | null
  readonly responses: Readonly<Record<string, DocumentedResponse>>
}

export interface Reference {
  readonly operations: readonly Operation[]
  /** What a schema of the document finds wrong with a value. */
  issues(schema: Schema, value: unknown): readonly string[]
  /** The declared headers of a response, with whether they always come. */
  headers(response: DocumentedResponse): ReadonlyMap<string, boolean>
  /** A schema, or what it links to. */
  resolve(schema: Schema): Schema
}

/** Every route that the reference lists. */
export const listRoutes = (app: App) =>
  app.openAPIRegistry.definitions.flatMap((definition) => (definition.type === 'route' ? [definition.route] : []))

const references = new WeakMap<App, Promise<Reference>>()

/** The document of an app, read once. */
export function referenceOf(app: App): Promise<Reference> {
  const known = references.get(app) ?? readReference(app)
  references.set(app, known)
  return known
}

async function readReference(app: App): Promise<Reference> {
  const document: ReturnType<typeof JSON.parse> = await (await app.request('http://millrace/openapi.json')).json()
  const follow = <Part extends Linked>(part: Part): Part =>
    part.$ref === undefined
      ? part
      : part.$ref
          .split('/')
          .slice(1)
          .reduce((place, name) => place[name], document)
  const operations = Object.entries<Record<string, ReturnType<typeof JSON.parse>>>(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, { operationId, parameters = [], requestBody, responses }]): Operation => {
      const media = requestBody?.content['application/json']
      return {
        method: method.toUpperCase(),
        path,
        operationId,
        parameters: parameters.map(follow),
        body: media === undefined ? null : { ...media, required: requestBody.required === true },
        responses: Object.fromEntries(
          Object.entries<DocumentedResponse>(responses).map(([status, response]) => [status, follow(response)]),
        ),
      }
    }),
  )
  // Links lead into the components; examples, which have ids of their own, stay out.
  const used = operations.flatMap(({ parameters, body, responses }) => [
    ...parameters.map(({ schema }) => schema),
    ...(body === null ? [] : [body.schema]),
    ...Object.values(responses).flatMap(({ content = {} }) => Object.values(content).map(({ schema }) => schema)),
  ])
  const lookup = dereference({ components: { schemas: document.components.schemas }, anyOf: [...new Set(used)] })
  return {
    operations,
    issues: (schema, value) =>
      validate(value, schema, '2020-12', lookup, false).errors.map((found) => `${found.instanceLocation}: ${found.error}`),
    headers: ({ headers = {} }) =>
      new Map(Object.entries(headers).map(([name, header]) => [name.toLowerCase(), follow(header).required === true])),
    resolve: (schema) => follow(schema),
  }
}

/** The operation that a request is for; undefined where the reference has none. */
export function operationAt({ operations }: Reference, method: string, url: string): Operation | undefined {
  const path = canonicalPath(new URL(url).pathname)
  const candidates = operations.filter((operation) => operation.method === method && matches(operation.path, path))
  // `/workflows/validate` before `/workflows/{id}`.
  return candidates.find((candidate) => candidate.path === path) ?? candidates.toSorted(byVariables)[0]
}

const byVariables = (a: Operation, b: Operation): number => a.path.split('{').length - b.path.split('{').length

/** What the reference finds wrong with an answer; empty where all is well or there is no such operation. */
export async function referenceIssues(
  app: App,
  { method, url, status, headers }: Given,
  body: unknown,
): Promise<readonly string[]> {
  const reference = await referenceOf(app)
  const operation = operationAt(reference, method, url)
  if (operation === undefined) return []
  const response = operation.responses[String(status)]
  const place = `${operation.operationId} ${status}`
  if (response === undefined) return [`${place} is not declared: ${JSON.stringify(body)}`]
  const schema = response.content?.['application/json']?.schema
  // The reference declares whole answers; of these the caller wants parts.
  const isPart = new URL(url).searchParams.has('fields') && status === 200
  return [
    ...headerIssues(reference, response, headers).map((issue) => `${place}: ${issue}`),
    ...(schema === undefined || isPart ? [] : reference.issues(schema, body).map((issue) => `${place} ${issue}`)),
  ]
}

/** They tell caches, browsers and connections what to do; no caller needs to know them. */
const UNDECLARED = /^(content-type|content-length|cache-control|referrer-policy|x-content-type-options|x-robots-tag|vary|allow)$/

function headerIssues(reference: Reference, response: DocumentedResponse, headers: Headers): readonly string[] {
  const declared = reference.headers(response)
  return [
    ...[...headers.keys()]
      .filter((name) => !declared.has(name) && !UNDECLARED.test(name))
      .map((name) => `sends ${name}, which is not declared`),
    ...[...declared].filter(([name, isSure]) => isSure && !headers.has(name)).map(([name]) => `does not send ${name}`),
  ]
}

const matches = (template: string, path: string): boolean =>
  new RegExp(`^${template.replaceAll(/\{\w+\}/g, '[^/]+')}$`).test(path)
