// Holds answers against the reference: what a route declares is what it gives.
import { z } from '@hono/zod-openapi'
import { canonicalPath } from '../../src/http/canonical-path.ts'
import type { App } from '../../src/http/deps.ts'

interface Place {
  readonly method: string
  readonly url: string
  readonly status: number
}

/** Every route that the reference lists. */
export const listRoutes = (app: App) =>
  app.openAPIRegistry.definitions.flatMap((definition) => (definition.type === 'route' ? [definition.route] : []))

/** What the declared schema finds wrong with an answer; empty where all is well or the reference says nothing. */
export function referenceIssues(app: App, { method, url, status }: Place, body: unknown): readonly string[] {
  const path = canonicalPath(new URL(url).pathname)
  const candidates = listRoutes(app).filter((route) => route.method === method.toLowerCase() && matches(route.path, path))
  // `/workflows/validate` before `/workflows/{id}`.
  const route = candidates.find((candidate) => candidate.path === path) ?? candidates[0]
  const response = route?.responses[String(status)] ?? route?.responses.default
  const json = response && 'content' in response ? response.content?.['application/json'] : undefined
  const schema = json !== undefined && 'schema' in json ? json.schema : undefined
  if (!(schema instanceof z.ZodType)) return []
  return schema.safeParse(body).error?.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`) ?? []
}

const matches = (template: string, path: string): boolean =>
  new RegExp(`^${template.replaceAll(/\{\w+\}/g, '[^/]+')}$`).test(path)
