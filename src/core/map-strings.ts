// Goes through the strings of a JSON value: how configs are rendered.
import type { ConfigPath } from './config-path.ts'
import { isJsonObject, type Json } from './json.ts'

/** Replaces every string at any depth, keys not. Gives the same reference where nothing changed. @param skip paths that stay as they are */
export function mapStrings(
  value: Json,
  replace: (text: string, path: ConfigPath) => Json,
  skip: (path: ConfigPath) => boolean = () => false,
): Json {
  return mapAt(value, [])

  function mapAt(current: Json, path: ConfigPath): Json {
    if (skip(path)) return current
    if (typeof current === 'string') return replace(current, path)
    if (Array.isArray(current)) {
      const items = current.map((item: Json, index) => mapAt(item, [...path, index]))
      return items.every((item, index) => item === current[index]) ? current : items
    }
    if (!isJsonObject(current)) return current
    const members = Object.entries(current).map(([key, member]) => [key, mapAt(member, [...path, key])] as const)
    return members.every(([key, member]) => member === current[key]) ? current : Object.fromEntries(members)
  }
}
