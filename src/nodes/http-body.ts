// The body of a request in the form its content type asks for. Bytes are written as answers give them, `{ base64, content_type }`,
// so that what one node fetched another can send.
import { Buffer } from 'node:buffer'
import { isJsonObject, type Json, type JsonObject } from '../core/json.ts'
import { bodyKind } from './content-type.ts'
import { headerValue } from './http-headers.ts'

export interface EncodedBody {
  readonly data: string | Uint8Array<ArrayBuffer> | null
  /** Null: none is to be set. */
  readonly contentType: string | null
}

/** Standard or URL-safe alphabet, padded or not. */
const BASE64 = /^[\w+/-]*={0,2}$/

/** @param contentType the one that the node sets itself */
export function encodeBody(body: Json, contentType: string | null): EncodedBody {
  const bytes = binaryBody(body, contentType)
  if (bytes !== null) return { data: Buffer.from(bytes.base64, 'base64'), contentType: contentType ?? bytes.contentType }
  if (body === null) return { data: null, contentType }
  if (typeof body === 'string') return { data: body, contentType: contentType ?? 'text/plain; charset=utf-8' }
  if (isJsonObject(body) && contentType?.toLowerCase().startsWith('application/x-www-form-urlencoded')) {
    return { data: formOf(body), contentType }
  }
  return { data: JSON.stringify(body), contentType: contentType ?? 'application/json; charset=utf-8' }
}

/** What is wrong with a body that says it is bytes; null where nothing is. */
export function bodyProblem(body: Json): { readonly field: keyof Binary; readonly rule: string } | null {
  if (!isBinary(body)) return null
  if (!BASE64.test(body.base64)) return { field: 'base64', rule: 'this is no base64' }
  return headerValue.safeParse(body.content_type ?? '').success
    ? null
    : { field: 'content_type', rule: 'this is no content type' }
}

interface Binary {
  readonly base64: string
  readonly content_type?: string | null
}

/** An object of just these members. A node that means them as JSON says so by its content type. */
function isBinary(body: Json): body is JsonObject & Binary {
  if (!isJsonObject(body) || typeof body.base64 !== 'string') return false
  const { content_type: type } = body
  return (
    Object.keys(body).every((name) => name === 'base64' || name === 'content_type') && (type == null || typeof type === 'string')
  )
}

function binaryBody(body: Json, contentType: string | null) {
  if (!isBinary(body) || (contentType !== null && bodyKind(contentType) === 'json')) return null
  return { base64: body.base64, contentType: body.content_type ?? 'application/octet-stream' }
}

function formOf(body: JsonObject): string {
  const form = new URLSearchParams()
  appendAll(form, body)
  return form.toString()
}

/** A list gives its name once per element. */
export function appendAll(params: URLSearchParams, values: Readonly<Record<string, Json>>): void {
  for (const [name, value] of Object.entries(values)) {
    for (const element of [value].flat()) params.append(name, formText(element))
  }
}

const formText = (value: Json): string => (typeof value === 'object' ? JSON.stringify(value) : String(value))
