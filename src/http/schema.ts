// Parts that the schemas of several routes share. They validate, and the OpenAPI reference is generated from them.
import { z } from '@hono/zod-openapi'
import { isJsonObject, type Json, type JsonObject } from '../core/json.ts'
import { findBadJson } from '../core/reading/json-tree.ts'
import { MAX_COMMUNITY_ID_LENGTH } from './limits.ts'

/** Free-form JSON. What is nested too deep, or is no JSON after all (`1e999`), is refused before anything recurses into it. */
export const jsonObjectSchema = z
  .custom<JsonObject>(isJsonObject, { error: 'Expected an object' })
  .superRefine((value, context) => {
    const bad = findBadJson(value)
    if (bad !== null) context.addIssue({ code: 'custom', message: `${bad.path}: ${bad.message}` })
  })
  .openapi({ type: 'object', additionalProperties: true })

/** Any JSON value, with the same care. */
export const jsonValueSchema = z
  .unknown()
  .transform((value, context): Json => {
    const bad = findBadJson({ value })
    // What is not bad is what JSON.parse gives.
    if (bad === null) return value as Json
    context.addIssue({ code: 'custom', message: `${bad.path}: ${bad.message}` })
    return z.NEVER
  })
  .openapi({ description: 'Any JSON value' })

/** One line of well-formed text: it stands in logs, and among the parts of keys. */
const communityNameSchema = z
  .string()
  .min(1)
  .max(MAX_COMMUNITY_ID_LENGTH)
  .regex(/^[^\p{Cc}\p{Cs}]*$/u, { error: 'it must be one line of well-formed text' })
  // The generator takes the flag for a part of it.
  .openapi({ pattern: '^[^\\p{Cc}\\p{Cs}]*$' })

/** A number or text; compared as text. In a query everything is text. */
export const communityIdSchema = z
  .union([z.int(), communityNameSchema])
  .transform(String)
  .openapi({ description: 'The tenant. A number or text, compared as text; may be left out where the key has one.' })

export const communityQuerySchema = z.object({ community_id: communityIdSchema.optional() })

/** Ids are opaque: a look-up never rejects one by its form. */
export const idParamsSchema = z.object({ id: z.string().openapi({ param: { name: 'id', in: 'path' } }) })

/** Taken in place of a key, before the route is reached. */
export const streamTokenSchema = z.string().optional().openapi({ description: 'From `POST …/stream-token`, in place of a key.' })

/** Of a signed link. What it is good for, the middleware has found. */
export const tokenParamsSchema = z.object({ token: z.string().openapi({ param: { name: 'token', in: 'path' } }) })

/** `true` or `false` and nothing else. */
export const booleanQuery = (name: string, byDefault: boolean) =>
  z
    .string()
    .default(String(byDefault))
    .transform((text, context) => {
      if (text === 'true' || text === 'false') return text === 'true'
      context.addIssue({ code: 'custom', message: `${name} must be true or false, not ${text}` })
      return z.NEVER
    })
    .openapi({ type: 'boolean', default: byDefault })

/** One of a closed list of words, or a refusal with exactly this message. */
export const wordQuery = <Word extends string>(words: readonly Word[], refusal: (text: string) => string) =>
  z
    .string()
    .transform((text, context) => {
      const word = words.find((candidate) => candidate === text)
      if (word !== undefined) return word
      context.addIssue({ code: 'custom', message: refusal(text) })
      return z.NEVER
    })
    .openapi({ type: 'string', enum: [...words] })

/** A whole number within bounds; anything that is no whole number gets the first message, anything out of bounds the second. */
export const integerQuery = (bounds: { min: number; max: number; byDefault: number; notInteger: string; outOfBounds: string }) =>
  z
    .string()
    .default(String(bounds.byDefault))
    .transform((text, context) => {
      const number = /^-?\d{1,15}$/.test(text) ? Number(text) : Number.NaN
      if (number >= bounds.min && number <= bounds.max) return number
      context.addIssue({ code: 'custom', message: Number.isNaN(number) ? bounds.notInteger : bounds.outOfBounds })
      return z.NEVER
    })
    .openapi({ type: 'integer', minimum: bounds.min, maximum: bounds.max, default: bounds.byDefault })

/** ISO 8601, with an offset or `Z`; a date alone is its midnight in UTC. Read as ms since the epoch. */
export const momentQuery = (name: string) =>
  z
    .string()
    .transform((text, context) => {
      const at = /^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d))?$/.test(text) ? Date.parse(text) : Number.NaN
      if (!Number.isNaN(at)) return at
      context.addIssue({ code: 'custom', message: `${name} must be a time as 2026-01-31T12:00:00Z, not ${text}` })
      return z.NEVER
    })
    .openapi({ type: 'string', format: 'date-time' })
