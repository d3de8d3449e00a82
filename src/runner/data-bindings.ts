// The databases, namespaces and buckets that a deployment opens to its workflows: none unless DATA_BINDINGS names them. Millrace's
// own are never among them, whatever the setting says.

/** What the Runner finds bound under a name, for a community; null where it may not know. */
export type FindBinding = (communityId: string, name: string) => unknown

/** Those of wrangler.toml that Millrace itself works with. */
const OWN_BINDINGS: ReadonlySet<string> = new Set([
  ...['EXECUTION', 'DB', 'PAYLOADS', 'CACHE', 'ASSETS', 'AI'],
  ...['STANDARD_RATE', 'PREMIUM_RATE'],
])
const OWN_SUFFIX = '_QUEUE'

/** `DATA_BINDINGS`: comma separated `community/BINDING`; the community `*` is every one. */
export function createFindBinding(env: { readonly DATA_BINDINGS?: string }): FindBinding {
  const opened: ReadonlySet<string> = new Set((env.DATA_BINDINGS ?? '').split(',').map((entry) => entry.trim()))
  return (communityId, name) => {
    if (OWN_BINDINGS.has(name) || name.endsWith(OWN_SUFFIX) || !/^\w+$/.test(name)) return null
    if (!opened.has(`${communityId}/${name}`) && !opened.has(`*/${name}`)) return null
    const bound: unknown = Object.hasOwn(env, name) ? Reflect.get(env, name) : null
    // A setting is text: a key is no binding, however it is listed.
    return typeof bound === 'object' ? bound : null
  }
}
