// The table of node types that the engine and validation work with, by canonical name and by alias.
import type { NodeType, NodeTypes } from '../core/node-type.ts'
import { condition } from './condition.ts'
import { delay } from './delay.ts'
import { end } from './end.ts'
import { fail } from './fail.ts'
import { filter } from './filter.ts'
import { httpRequest } from './http-request.ts'
import { log } from './log.ts'
import { merge } from './merge.ts'
import { operation } from './operation.ts'
import { setVariables } from './set-variables.ts'
import { start } from './start.ts'
import { switchNode } from './switch.ts'
import { transformer } from './transformer.ts'
import { value } from './value.ts'

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
  log,
  fail,
  httpRequest,
]

const byName: ReadonlyMap<string, NodeType> = new Map(
  all.flatMap((type) => [type.type, ...type.aliases].map((name): [string, NodeType] => [name, type])),
)

export const nodeTypes: NodeTypes = {
  get: (name) => byName.get(name),
  all,
  notSupported: new Set([
    'for-each',
    'map',
    'loop',
    'while',
    'workflow',
    'sub-workflow',
    'wait-for-event',
    'signal',
    'approval',
    'webhook',
    'ai-processor',
    'ai',
    'llm',
    'email',
    'data-source',
    'database-query',
    'database',
    'code',
    'task',
  ]),
}
