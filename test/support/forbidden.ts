// Whether the reference forbids a request: what it says of the body and of query parameters, held against what was sent.
import type { HostileRequest } from './hostile.ts'
import type { DocumentedParameter, Operation, Reference } from './reference.ts'

/** What is against the declaration; empty where nothing is, or where it is no JSON that could be held against it. */
export const forbiddenParts = (operation: Operation, reference: Reference, given: HostileRequest): readonly string[] => [
  ...bodyIssues(operation, reference, given),
  ...operation.parameters.flatMap((parameter) => parameterIssues(parameter, reference, given)),
]

function bodyIssues({ method, body }: Operation, reference: Reference, { body: sent }: HostileRequest): readonly string[] {
  if (body === null || sent === null || method === 'GET') return []
  // A byte order mark goes with the encoding.
  const text = typeof sent === 'string' ? sent.replace(/^\ufeff/, '') : new TextDecoder().decode(sent)
  // An empty body stands for `{}`, or for null.
  if (text.trim() === '') return []
  try {
    return reference.issues(body.schema, JSON.parse(text))
  } catch {
    return ['is no JSON']
  }
}

function parameterIssues(
  { name, in: place, schema, required }: DocumentedParameter,
  reference: Reference,
  { query }: HostileRequest,
) {
  const values = new URLSearchParams(query).getAll(name)
  const [text] = values
  if (place !== 'query') return []
  if (text === undefined) return required === true ? [`${name} is missing`] : []
  if (values.length > 1) return [`${name} twice`]
  return reference.issues(schema, readText(text, schema.type)).map((issue) => `${name} ${issue}`)
}

/** In a query everything is text. */
function readText(text: string, type: unknown): unknown {
  if (type === 'integer' && /^-?\d+$/.test(text)) return Number(text)
  return type === 'boolean' && (text === 'true' || text === 'false') ? text === 'true' : text
}
