// Reads the header `Link` (RFC 8288): which URL is the next page.

/** `<url>` with its parameters; a URL and quoted text may hold commas and semicolons. */
const LINK = /<([^<>]*)>((?:\s*;\s*[^\s=;,"<]+(?:=(?:"[^"]*"|[^\s;,"<]*))?)*)/g
const PARAMETER = /;\s*([^\s=;,"<]+)(?:=(?:"([^"]*)"|([^\s;,"<]*)))?/g

/** The target of the first link with the relation `next`, as it stands there; null where there is none. */
export function nextLink(header: string): string | null {
  for (const [, target = '', parameters = ''] of header.matchAll(LINK)) {
    for (const [, name = '', quoted, plain = ''] of parameters.matchAll(PARAMETER)) {
      const relations = (quoted ?? plain).toLowerCase().split(/\s+/)
      if (name.toLowerCase() === 'rel' && relations.includes('next')) return target
    }
  }
  return null
}
