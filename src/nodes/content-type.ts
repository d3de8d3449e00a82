// What a `Content-Type` says about a body: which kind of data it is, and in which charset.

/** Media types of text outside `text/`, `+xml` and `+yaml`. */
const TEXT_TYPES: ReadonlySet<string> = new Set([
  'application/ecmascript',
  'application/graphql',
  'application/javascript',
  'application/jsonl',
  'application/sql',
  'application/toml',
  'application/x-ndjson',
  'application/x-www-form-urlencoded',
  'application/x-yaml',
  'application/xml',
  'application/yaml',
])

/** Without a content type a body is bytes (RFC 9110 8.3). */
export function bodyKind(contentType: string | null): 'json' | 'text' | 'base64' {
  const type = (contentType ?? '').split(';', 1)[0]?.trim().toLowerCase() ?? ''
  if (type === 'application/json' || type === 'text/json' || type.endsWith('+json')) return 'json'
  return type.startsWith('text/') || /\+(xml|yaml)$/.test(type) || TEXT_TYPES.has(type) ? 'text' : 'base64'
}

export const charsetOf = (contentType: string | null): string =>
  /;\s*charset="?([^\s";]+)/i.exec(contentType ?? '')?.[1] ?? 'utf-8'
