/**
 * `host` or `host:port` of a setting, spelled as WHATWG URLs spell hosts; null for what is no host. The port is kept apart: a URL
 * would drop the default one.
 */
export function canonicalHost(entry: string): string | null {
  const [, host = '', port = ''] = /^(.+?)(:\d+)?$/.exec(entry) ?? []
  const url = URL.parse(`http://${host}`)
  return url === null || url.href !== `http://${url.hostname}/` ? null : `${url.hostname}${port}`
}
