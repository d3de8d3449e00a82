// The config that an attempt would have got, for the trace: secrets stand as they are written, `Bearer {{ secrets.token }}`.
import type { ConfigPath } from '../../core/config-path.ts'
import { isJsonObject, type Json, type JsonObject } from '../../core/json.ts'
import { sealedIn } from '../../core/sealed-strings.ts'

export function shownConfig(config: JsonObject): JsonObject {
  let shown: Json = config
  for (const { path, parts } of sealedIn(config)?.strings ?? []) {
    const text = parts.map((part) => (typeof part === 'string' ? part : `{{ ${part.expression} }}`)).join('')
    // The paths of sealed strings are below the config.
    shown = replaceAt(shown, path, text)
  }
  return isJsonObject(shown) ? withoutOurs(shown) : {}
}

function replaceAt(value: Json, [key, ...rest]: ConfigPath, text: string): Json {
  if (key === undefined) return text
  if (Array.isArray(value)) return value.map((member: Json, index) => (index === key ? replaceAt(member, rest, text) : member))
  if (!isJsonObject(value) || !Object.hasOwn(value, key)) return value
  return Object.fromEntries(
    Object.entries(value).map(([name, member]) => [name, name === String(key) ? replaceAt(member, rest, text) : member]),
  )
}

/** `$seen` and the like are what the engine has put there. */
const withoutOurs = (config: JsonObject): JsonObject =>
  Object.fromEntries(Object.entries(config).filter(([name]) => !name.startsWith('$')))
