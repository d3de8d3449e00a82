// The reference as a page for people, made of the OpenAPI document: every operation and every schema, without scripts, so that it needs
// nothing from elsewhere and can be searched by the browser.
import { html } from 'hono/html'
import type {
  ReferenceContent,
  ReferenceDocument,
  ReferenceLink,
  ReferenceMedia,
  ReferenceOperation,
  ReferenceParameter,
} from './document.ts'
import { type Html, outlineOf, prose, typeOf } from './schema-outline.ts'

const STYLE = `:root{color-scheme:light dark;--line:#8884;--soft:#8881;--accent:#b4540a}
body{font:1rem/1.55 system-ui,sans-serif;margin:0;display:grid;grid-template-columns:19rem minmax(0,1fr)}
nav{position:sticky;top:0;height:100vh;overflow:auto;border-right:1px solid var(--line);padding:1rem;box-sizing:border-box;font-size:.875rem}
nav ul{list-style:none;margin:0 0 1rem;padding:0}nav a{display:block;padding:.15rem 0;color:inherit;text-decoration:none}nav a:hover{text-decoration:underline}
nav h2{font-size:.75rem;letter-spacing:.06em;text-transform:uppercase;margin:1rem 0 .25rem;opacity:.7}
main{padding:1.5rem 2.5rem 6rem;max-width:60rem;min-width:0}section{border-top:1px solid var(--line);padding:1.5rem 0;scroll-margin-top:1rem}
h1{margin-top:0}h3{margin:0 0 .25rem}h4{margin:1.25rem 0 .25rem;font-size:.875rem;opacity:.8}p{margin:.25rem 0}
code{font:.875em ui-monospace,monospace;background:var(--soft);padding:.1em .3em;border-radius:.25em}
.place{font:600 1rem ui-monospace,monospace;overflow-wrap:anywhere}.place b{color:var(--accent);margin-right:.5rem}
.members{margin:.25rem 0;padding-left:1rem;border-left:1px solid var(--line);list-style:none}.members li{margin:.35rem 0}.members b{color:var(--accent)}
.members span{opacity:.8}.members p,small{font-size:.875rem;opacity:.85;white-space:pre-line}table{border-collapse:collapse;width:100%}
pre{overflow:auto;background:var(--soft);padding:.75rem;border-radius:.25em;font-size:.8rem}td{border-top:1px solid var(--line);padding:.35rem .75rem .35rem 0;vertical-align:top;font-size:.9rem}td:first-child{white-space:nowrap}
@media(max-width:50rem){body{display:block}nav{position:static;height:auto;border:0}main{padding:1rem}}`

interface Placed {
  readonly method: string
  readonly path: string
  readonly operation: ReferenceOperation
}

/** @param nonce of no other answer: it alone lets the page's own style in */
export function referencePage(document: ReferenceDocument, nonce: string): Html {
  const { info, components } = document
  const groups = byTag(document)
  const schemas = Object.entries(components?.schemas ?? {})
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${info.title} API</title>
<style nonce="${nonce}">${STYLE}</style>
</head>
<body>
<nav>
<a href="/openapi.json">openapi.json</a>
${groups.map(
  ([tag, operations]) => html`<h2>${tag}</h2>
<ul>${operations.map((placed) => html`<li><a href="#${idOf(placed)}">${placed.operation.summary ?? placed.path}</a></li>`)}</ul>`,
)}
<h2>Schemas</h2>
<ul>${schemas.map(([name]) => html`<li><a href="#schema-${name}">${name}</a></li>`)}</ul>
</nav>
<main>
<h1>${info.title} API</h1>
<p>${prose(info.description ?? '')}</p>
${groups.map(([tag, operations]) => html`<h2>${tag}</h2>${operations.map((placed) => operationPart(placed, components))}`)}
<h2>Schemas</h2>
${schemas.map(
  ([name, schema]) => html`<section id="schema-${name}"><h3>${name}</h3>
${schema.description !== undefined && html`<p>${prose(schema.description)}</p>`}
<p>${typeOf(schema)}</p>${outlineOf(schema)}</section>`,
)}
</main>
</body>
</html>
`
}

/** In the order of the document's tags. */
function byTag({ paths, tags = [] }: ReferenceDocument): readonly (readonly [string, readonly Placed[]])[] {
  const placed = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]): Placed => ({ method: method.toUpperCase(), path, operation })),
  )
  const groups = Map.groupBy(placed, ({ operation }) => operation.tags?.[0])
  return tags.map(({ name }) => [name, groups.get(name) ?? []] as const)
}

const idOf = ({ method, path, operation }: Placed): string => operation.operationId ?? `${method} ${path}`

const operationPart = (placed: Placed, components: ReferenceDocument['components'] = {}): Html => {
  const { method, path, operation } = placed
  const { summary, description, parameters = [], requestBody, responses } = operation
  const body = requestBody?.content?.['application/json']
  return html`<section id="${idOf(placed)}">
<h3>${summary}</h3>
<p class="place"><b>${method}</b>${path}</p>
${description?.split('\n\n').map((part) => html`<p>${prose(part)}</p>`)}
${parameters.length > 0 && html`<h4>Parameters</h4><table>${parameters.map((given) => parameterRow(resolve(given, components.parameters)))}</table>`}
${
  body?.schema !== undefined &&
  html`<h4>Body</h4>${requestBody?.description && html`<small>${prose(requestBody.description)}</small>`}
<p>${typeOf(body.schema)}</p>${outlineOf(body.schema)}${examplePart(body)}`
}
<h4>Answers</h4>
<table>${Object.entries(responses).map(([status, given]) => responseRow(status, resolve(given, components.responses)))}</table>
</section>`
}

/** What a link of this document leads to. */
function resolve<Part extends object>(given: Part | ReferenceLink, parts: Readonly<Record<string, Part>> = {}): Part {
  if (!('$ref' in given)) return given
  const part = parts[given.$ref.split('/').at(-1) ?? '']
  if (part === undefined) throw new TypeError(`the document has no ${given.$ref}`)
  return part
}

const examplePart = ({ example }: ReferenceMedia): Html | string =>
  example === undefined ? '' : html`<details><summary>Example</summary><pre>${JSON.stringify(example, null, 2)}</pre></details>`

const parameterRow = ({ name, in: place, required = false, description, schema = {} }: ReferenceParameter): Html =>
  html`<tr><td><code>${name}</code>${required && html`<b title="required">*</b>`} <small>${place}</small></td>
<td>${typeOf(schema)}${description !== undefined && html`<br><small>${prose(description)}</small>`}</td></tr>`

/** The envelope around it is the same everywhere: what is shown is the data. */
function responseRow(status: string, { description = '', content }: ReferenceContent): Html {
  const [type, media = {}] = Object.entries(content ?? {})[0] ?? []
  const data = isRefusal(status) ? undefined : (media.schema?.properties?.data ?? media.schema)
  return html`<tr><td><code>${status}</code></td><td>${prose(description)}${
    data !== undefined &&
    html`<br><small>${type === 'application/json' ? 'data' : type}: ${typeOf(data)}</small>${outlineOf(data)}${examplePart(media)}`
  }</td></tr>`
}

/** All are of one shape, and the description names their codes. */
const isRefusal = (status: string): boolean => status >= '400'
