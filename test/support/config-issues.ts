// What a node type finds wrong with a config, as `path: message` lines.
import type { JsonObject } from '../../src/core/json.ts'
import type { NodeType } from '../../src/core/node-type.ts'

export const configIssues = (type: NodeType, config: JsonObject): readonly string[] =>
  type.config.safeParse(config).error?.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`) ?? []
