// Follows a path into a JSON value: how validation looks up what a schema complained about.
import type { ConfigPath } from './config-path.ts'
import { isJsonObject, type Json } from './json.ts'

/** Undefined where the path leads nowhere. Only own members count. */
export function valueAt(root: Json, path: ConfigPath): Json | undefined {
  let value: Json | undefined = root
  for (const part of path) {
    if (Array.isArray(value)) value = value[Number(part)]
    else value = isJsonObject(value) && Object.hasOwn(value, part) ? value[part] : undefined
  }
  return value
}
