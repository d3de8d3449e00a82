// One text that nothing may show, and where another text shows it: as it is, or encoded as hex or base64, alone or inside something
// longer that is. Pure; `redact.ts` asks it, also about what a text says without its escapes.
import { Buffer } from 'node:buffer'
import { MIN_SECRET_CHARACTERS } from '../core/limits.ts'
import { unescapedLayers } from './unescaped.ts'

/** Positions of UTF-16 units. */
export type Tell = (from: number, to: number) => void

export interface ConcealedText {
  /** Below this length no text shows it. */
  readonly shortest: number
  /** Equal where a number is what it says, though written otherwise; null where it is no number. */
  readonly number: number | null
  /** The length of its longest form. */
  readonly longest: number
  /** Tells every place. @param flat the text with a space for each plus: forms write one as the other */
  find(text: string, flat: string, tell: Tell): void
  /** Tells of its beginning where that is the end of a text that was cut. */
  findCut(text: string, tell: Tell): void
  /** From where on a text without escapes may begin to show it, should it go on; its length where it does not. */
  beginsAt(text: string): number
}

/** @param secret of at least a few characters: what is short is in many texts by chance */
export function concealedText(secret: string): ConcealedText {
  const written = distinct([secret, ...readForms(secret)].flatMap(writtenForms))
  const encoded = encodedForms(written)
  // Hosts lose their capitals.
  const spelled = distinct([secret, secret.toLowerCase(), secret.toUpperCase(), ...written])
  const all = [...spelled.map((text) => ({ text, before: false, after: false })), ...encoded]
  const flatForms = [...new Map(all.map((form) => [flatten(form.text), form])).entries()]
  const lengths = all.map(({ text }) => text.length)
  return {
    shortest: Math.min(...lengths),
    longest: Math.max(...lengths),
    number: /^[+-]?\d+(?:\.\d+)?(?:e[+-]?\d+)?$/i.test(secret) ? Number(secret) : null,
    find: (text, flat, tell) => {
      for (const [sought, form] of flatForms) if (sought.length <= text.length) findForm(sought, form, { text, flat, tell })
    },
    beginsAt: (text) =>
      Math.min(
        beginningOf(spelled, text),
        beginningOf(
          encoded.map((form) => form.text),
          text,
          1,
        ),
      ),
    findCut: (text, tell) => findCutEnd(all, text, tell),
  }
}

/** The text as it is, and as URLs, forms and JSON write it. */
function writtenForms(secret: string): readonly string[] {
  const text = secret.toWellFormed()
  const form = new URLSearchParams([['', text]]).toString().slice(1)
  const json = JSON.stringify(text).slice(1, -1)
  return distinct([text, encodeURIComponent(text), form, json, encodeURIComponent(json)])
}

/**
 * What a server reads that finds the secret in a URL without having been encoded; and what is left of one that looks as if it held
 * escapes, once those of the text around it are undone.
 */
function readForms(secret: string): readonly string[] {
  const separated = secret.replaceAll(/[&#]/g, encodeURIComponent)
  const decoded = new URLSearchParams(`=${separated}`).get('') ?? ''
  const layers = Array.from(unescapedLayers(secret, 0), ({ text }) => text)
  return [decoded, ...layers].filter((form) => form.length >= MIN_SECRET_CHARACTERS)
}

interface EncodedForm {
  readonly text: string
  /** The character before holds some bits of it too. */
  readonly before: boolean
  readonly after: boolean
}

/** Base64 and hex: what is encoded may be a URL or a body. */
function encodedForms(written: readonly string[]): readonly EncodedForm[] {
  const forms = written.flatMap((text) => {
    const bytes = Buffer.from(text)
    const hex = bytes.toString('hex')
    return [...[hex, hex.toUpperCase()].map((form) => ({ text: form, before: false, after: false })), ...base64Forms(bytes)]
  })
  return [...new Map(forms.map((form) => [form.text, form])).values()]
}

/** Base64 takes three bytes at a time, so a text inside a longer one has three forms. */
function base64Forms(bytes: Buffer): readonly EncodedForm[] {
  return [0, 1, 2].flatMap((shift) => {
    const encoded = Buffer.concat([Buffer.alloc(shift), bytes]).toString('base64url')
    const end = (shift + bytes.length) % 3
    // Characters at either end mix bits of the text with those of its neighbours.
    const inner = encoded.slice(shift === 0 ? 0 : shift + 1, end === 0 ? encoded.length : -1)
    const form = { before: shift !== 0, after: end !== 0 }
    return distinct([inner, inner.replaceAll('-', '+').replaceAll('_', '/')]).map((text) => ({ text, ...form }))
  })
}

interface Search {
  readonly text: string
  readonly flat: string
  readonly tell: Tell
}

function findForm(sought: string, { before, after }: EncodedForm, { text, flat, tell }: Search): void {
  const isBase64 = (index: number) => /^[\w+/-]$/.test(text[index] ?? '')
  for (let at = flat.indexOf(sought), end = 0; at !== -1; at = flat.indexOf(sought, at + 1)) {
    const from = before && isBase64(at - 1) ? at - 1 : at
    const to = at + sought.length
    tell(Math.max(from, end), after && isBase64(to) ? to + 1 : to)
    end = to
  }
}

/** With a space for each plus. */
export const flatten = (text: string): string => (text.includes('+') ? text.replaceAll('+', ' ') : text)

/** What node types put behind a text that they cut. */
const CUT_MARKER = /(?:…|\[truncated\])$/

/** Shorter beginnings stand at the end of too many texts by chance. */
const MIN_CUT_LENGTH = 6

function findCutEnd(forms: readonly EncodedForm[], text: string, tell: Tell): void {
  const end = text.replace(CUT_MARKER, '').length
  const lengths = forms.flatMap(({ text: form }) => {
    for (let length = Math.min(form.length - 1, end); length >= MIN_CUT_LENGTH; length -= 1)
      if (form[length - 1] === text[end - 1] && text.startsWith(form.slice(0, length), end - length)) return [length]
    return []
  })
  if (lengths.length > 0) tell(end - Math.max(...lengths), end)
}

/** @param more characters before a form that hold some bits of it */
function beginningOf(forms: readonly string[], text: string, more = 0): number {
  const lengths = forms.map((form) => {
    for (let length = Math.min(form.length - 1, text.length); length > 0; length -= 1)
      if (form[length - 1] === text.at(-1) && text.endsWith(form.slice(0, length))) return length + more
    return 0
  })
  return Math.max(0, text.length - Math.max(0, ...lengths))
}

/** What every escape begins with; a form's space is a plus. */
export const ESCAPE = /[%\\&+]/

const distinct = (texts: readonly string[]): string[] => [...new Set(texts)]
