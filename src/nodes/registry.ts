// The table of node types that the engine and validation work with, by canonical name and by alias.
import type { NodeType, NodeTypes } from '../core/node-type.ts'
import { aiProcessor } from './ai-processor.ts'
import { approval } from './approval.ts'
import { code } from './code.ts'
import { condition } from './condition.ts'
import { dataSource } from './data-source.ts'
import { databaseQuery } from './database-query.ts'
import { delay } from './delay.ts'
import { email } from './email.ts'
import { end } from './end.ts'
import { fail } from './fail.ts'
import { filter } from './filter.ts'
import { forEach } from './for-each.ts'
import { httpRequest } from './http-request.ts'
import { log } from './log.ts'
import { loop } from './loop.ts'
import { merge } from './merge.ts'
import { operation } from './operation.ts'
import { setVariables } from './set-variables.ts'
import { shard } from './shard.ts'
import { start } from './start.ts'
import { switchNode } from './switch.ts'
import { task } from './task.ts'
import { transformer } from './transformer.ts'
import { value } from './value.ts'
import { waitForEvent } from './wait-for-event.ts'
import { webhook } from './webhook.ts'
import { workflow } from './workflow.ts'

const all: readonly NodeType[] = [
  start,
  end,
  value,
  operation,
  setVariables,
  condition,
  switchNode,
  filter,
  transformer,
  merge,
  delay,
  forEach,
  loop,
  workflow,
  waitForEvent,
  approval,
  log,
  fail,
  httpRequest,
  webhook,
  aiProcessor,
  email,
  dataSource,
  databaseQuery,
  code,
  task,
]

const byName: ReadonlyMap<string, NodeType> = new Map(
  all.flatMap((type) => [type.type, ...type.aliases].map((name): [string, NodeType] => [name, type])),
)

export const nodeTypes: NodeTypes = {
  get: (name) => (name === shard.type ? shard : byName.get(name)),
  all,
  notSupported: new Set([]),
}
