// What a dry run gives in the place of an HTTP answer, and of a text that somebody else would write. Pure; the config is rendered, but
// not parsed: what holds secrets need not fit yet.
import type { Json, JsonObject } from '../core/json.ts'

/** Says what it is, wherever it ends up. */
export const syntheticText = (nodePath: string): string => `[synthetic output of ${nodePath}]`

export function syntheticAnswer(config: JsonObject, nodePath: string): JsonObject {
  const isPaged = config.pagination !== undefined
  return {
    status: statusOf(config.expect_status),
    headers: {},
    body: isPaged ? [] : bodyOf(config, nodePath),
    ...(isPaged && { pages: 1, complete: true }),
  }
}

/** The first that is expected; `2xx` is 200. */
function statusOf(expected: Json | undefined): number {
  const first = Array.isArray(expected) ? expected[0] : expected
  const status = Number(String(first ?? 200).replaceAll(/x/gi, '0'))
  return Number.isInteger(status) ? status : 200
}

function bodyOf({ method, response }: JsonObject, nodePath: string): Json {
  if (String(method).toUpperCase() === 'HEAD') return null
  if (response === 'text') return syntheticText(nodePath)
  return response === 'base64' ? { base64: btoa(syntheticText(nodePath)), content_type: 'application/octet-stream' } : {}
}
