// Paths into a node's config: how node types name their expression fields, and how errors and issues name a place.

/** A path as walked: object keys as text, list indexes as numbers. */
export type ConfigPath = readonly (string | number)[]

/**
 * Whether a path is at or below a place that a pattern names. Patterns are dotted (`cases.*.when`); `*` is any key or index.
 */
export function matchesPath(patterns: readonly string[], path: ConfigPath): boolean {
  return patterns.some((pattern) => {
    const parts = pattern.split('.')
    return parts.length <= path.length && parts.every((part, index) => part === '*' || part === String(path[index]))
  })
}

const IDENTIFIER = /^[A-Za-z_$][A-Za-z0-9_$-]*$/

/** A path as people write it: `headers.accept`, `cases[0].when`, `headers["x y"]`. Empty for the root. */
export function formatPath(path: ConfigPath): string {
  return path.reduce<string>((text, part) => {
    if (typeof part === 'number') return `${text}[${part}]`
    if (!IDENTIFIER.test(part)) return `${text}[${JSON.stringify(part)}]`
    return text === '' ? part : `${text}.${part}`
  }, '')
}
