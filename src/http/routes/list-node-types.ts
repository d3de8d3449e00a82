// Every node type this deployment can run: how it is configured, what leaves it, and an example.
import { z } from '@hono/zod-openapi'
import type { NodeType } from '../../core/node-type.ts'
import { answers, succeed } from '../answer.ts'
import { apiRoute } from '../api-route.ts'
import type { AddRoute } from '../deps.ts'

const nodeTypeSchema = z.object({
  type: z.string(),
  aliases: z.array(z.string()),
  summary: z.string(),
  kind: z.enum(['inline', 'handed_off']),
  config_schema: z.record(z.string(), z.unknown()).openapi({ description: 'JSON Schema' }),
  ports: z.array(z.string()).openapi({ description: 'Of the example; `error` is implied.' }),
  expressions: z.array(z.string()).openapi({ description: 'Config paths that hold bare CEL.' }),
  takes_secrets: z.boolean().openapi({ description: 'Whether templates of its config may name secrets.' }),
  default_timeout_seconds: z.number().nullable(),
  example: z.record(z.string(), z.unknown()),
})

const route = apiRoute(
  { action: 'list_node_types', scope: 'view' },
  {
    method: 'get',
    path: '/api/v1/node-types',
    tags: ['Reference'],
    summary: 'List node types',
    responses: answers({ 200: { description: 'All of them', schema: z.array(nodeTypeSchema) } }),
  },
)

export const listNodeTypes: AddRoute = (app, deps) => {
  app.openapi(route, (c) =>
    succeed(c, deps.nodeTypes.all.map(describe), { meta: { not_supported: [...deps.nodeTypes.notSupported] } }),
  )
}

const describe = (type: NodeType): z.infer<typeof nodeTypeSchema> => ({
  type: type.type,
  aliases: [...type.aliases],
  summary: type.summary,
  kind: type.kind,
  // What JSON Schema cannot say (a check in code) stands as "anything".
  config_schema: z.toJSONSchema(type.config, { unrepresentable: 'any', io: 'input' }),
  ports: [...type.ports(type.example)],
  expressions: [...type.expressions],
  takes_secrets: type.kind === 'handed_off' && type.takesSecrets === true,
  default_timeout_seconds: type.kind === 'handed_off' ? type.defaultTimeoutSeconds : null,
  example: { ...type.example },
})
