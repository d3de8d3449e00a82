// One API under several prefixes: every path that the API answers to is rewritten to the canonical one before routing, so
// that each route is registered once.

/** Prefixes without a version, and the canonical ones they stand for. */
const ALIASES: readonly (readonly [RegExp, string])[] = [
  [/^\/ws\/executions\/([^/]+)$/, '/api/v1/executions/$1/logs/stream'],
  [/^\/workflows(?=\/|$)/, '/api/v1/workflows'],
  [/^\/api\/(?!v1(?:\/|$))/, '/api/v1/'],
  [/^\/api\/v1\/workflows\/executions\/(?=.)/, '/api/v1/executions/'],
  [/^\/api\/v1\/(health|openapi\.json)$/, '/$1'],
]

/** The canonical path of a request path. Aliases apply one after another: `/workflows/executions/x` takes two. */
export function canonicalPath(pathname: string): string {
  let end = pathname.length
  // A regular expression takes time in the square of the slashes here, and this runs before there is a key.
  while (end > 1 && pathname[end - 1] === '/') end -= 1
  return ALIASES.reduce((path, [alias, canonical]) => path.replace(alias, canonical), pathname.slice(0, end))
}
