// Every way in which a server may write what it was sent: what tests of redaction have servers say, and look for.
import { Buffer } from 'node:buffer'

const jsonUnicode = (text: string): string =>
  text
    .split('')
    .map((unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
    .join('')

const html = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;')

const everyByte = (text: string): string =>
  [...Buffer.from(text)].map((byte) => `%${byte.toString(16).padStart(2, '0')}`).join('')

const json = (text: string): string => JSON.stringify(text).slice(1, -1)

export const SECRET_FORMS: Readonly<Record<string, (text: string) => string>> = {
  'as it is': (text) => text,
  'URL-encoded': encodeURIComponent,
  'URL-encoded twice': (text) => encodeURIComponent(encodeURIComponent(text)),
  'URL-encoded, every byte of it, in lower case': everyByte,
  'of a form': (text) => new URLSearchParams({ a: text }).toString().slice(2),
  'of a query, as a URL has it': (text) =>
    new URL(`https://x/?q=${text.replaceAll('#', '%23').replaceAll('\n', '%0A')}`).search.slice(3),
  'JSON-escaped': json,
  'JSON-escaped twice': (text) => json(json(text)),
  'JSON-escaped, every character of it': jsonUnicode,
  'HTML-escaped': html,
  hex: (text) => Buffer.from(text).toString('hex'),
  'hex in capitals': (text) => Buffer.from(text).toString('hex').toUpperCase(),
  base64: (text) => Buffer.from(text).toString('base64'),
  'base64 after one byte': (text) => Buffer.from(`:${text}:`).toString('base64'),
  'base64 after two bytes': (text) => Buffer.from(`a:${text}yz`).toString('base64'),
  'base64url after two bytes': (text) => Buffer.from(`a:${text}yz`).toString('base64url'),
  'base64 of its URL encoding': (text) => Buffer.from(`u=${encodeURIComponent(text)}`).toString('base64'),
}
