// The engine's own node: has a child execution do a shard of a for-each's items. No definition may name it; the for-each around it
// says what the shard is.
import { z } from 'zod'
import type { HandedOffNodeType } from '../core/node-type.ts'

/** No id of a type that users write has a `$`. */
export const SHARD_TYPE = '$shard'

export const shard: HandedOffNodeType = {
  kind: 'handed_off',
  type: SHARD_TYPE,
  aliases: [],
  summary: 'Has a child execution do some of the items of a for-each.',
  internal: true,
  config: z.looseObject({}),
  expressions: [],
  deferred: [],
  ports: () => ['out'],
  continuePort: () => null,
  defaultTimeoutSeconds: 20,
  startsChild: true,
  example: {},
  run: async (_, { startShard }) => ({ kind: 'child', executionId: await startShard() }),
}
