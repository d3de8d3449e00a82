// The attachments of a mail, in the forms in which nodes give bytes and text.
import { Buffer } from 'node:buffer'
import { z } from 'zod'
import { isJsonObject, type Json } from '../core/json.ts'
import { CONTROL_CHARACTER } from './email-address.ts'
import { bodyProblem, encodeBody } from './http-body.ts'
import { jsonField } from './schema.ts'

export interface Attachment {
  readonly filename: string
  readonly bytes: Buffer
  /** Null: as the name of the file says, else `otherwise`. */
  readonly contentType: string | null
  readonly otherwise: string
}

const filenameRule = "'filename' must be a name such as report.csv, without slashes or control characters"
const contentRule = "an attachment has 'content' (text, JSON or { base64, content_type }) or 'content_base64'"
/** RFC 2045 5.1; a part within parts could claim what comes after it. */
export const CONTENT_TYPE = /^(?!multipart\/|message\/)[\w.+-]+\/[\w.+-]+( *;[\x20-\x7e]*)?$/i

const attachment = z
  .looseObject({
    filename: z
      .string({ error: filenameRule })
      .min(1, { error: filenameRule })
      .max(255, { error: filenameRule })
      .refine((name) => !CONTROL_CHARACTER.test(name) && !/[/\\]/.test(name), { error: filenameRule }),
    content: jsonField(contentRule).optional(),
    content_base64: z.string().optional(),
    content_type: z.string().regex(CONTENT_TYPE, { error: "'content_type' must be one such as text/csv" }).optional(),
  })
  .transform(({ filename, content, content_base64: base64, content_type: type }, context): Attachment => {
    const body: Json = base64 === undefined ? (content ?? null) : { base64 }
    const problem = (content == null) === (base64 === undefined) ? { field: 'content', rule: contentRule } : bodyProblem(body)
    if (problem === null) return { filename: filename.toWellFormed(), ...encoded(body, type ?? null) }
    const path =
      base64 !== undefined ? ['content_base64'] : problem.field === 'content' ? ['content'] : ['content', problem.field]
    context.issues.push({ code: 'custom', input: undefined, message: problem.rule, path })
    return z.NEVER
  })

export const attachments = z.array(attachment, { error: "'attachments' must be a list of { filename, content }" }).default([])

function encoded(body: Json, given: string | null): Omit<Attachment, 'filename'> {
  const { data, contentType } = encodeBody(body, null)
  const own = isJsonObject(body) && typeof body.content_type === 'string' && CONTENT_TYPE.test(body.content_type)
  const otherwise = contentType !== null && CONTENT_TYPE.test(contentType) ? contentType : 'application/octet-stream'
  return { bytes: Buffer.from(data ?? ''), contentType: given ?? (own ? otherwise : null), otherwise }
}

export const attachedBytes = (attached: readonly Attachment[]): number =>
  attached.reduce((sum, { bytes }) => sum + bytes.byteLength, 0)
