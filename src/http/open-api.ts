// The machine-readable reference, generated from the schemas that validate.
import type { App } from './deps.ts'

const DESCRIPTION =
  'Millrace runs workflows, JSON graphs of nodes and edges, durably. Every answer is an envelope: `{ success, message?, data, meta? }`.'

export function openApi(app: App): void {
  app.openAPIRegistry.registerComponent('securitySchemes', 'apiKey', { type: 'apiKey', in: 'header', name: 'X-API-Key' })
  // Generated once per app, at the first request: it needs no key, and by then every route is there.
  let document: ReturnType<App['getOpenAPI31Document']> | undefined
  app.get('/openapi.json', (c) => {
    document ??= app.getOpenAPI31Document({
      openapi: '3.1.0',
      info: { title: 'Millrace', version: '1', description: DESCRIPTION },
      security: [{ apiKey: [] }],
    })
    return c.json(document)
  })
}
