// The addresses of a mail: text is read by nodemailer's parser, which forgives much, and then held against stricter rules. What comes
// out can stand in a header and in a command to a mail server as it is.
import addressparser from 'nodemailer/lib/addressparser'
import { z } from 'zod'
import { MAX_ADDRESS_LIST_CHARACTERS, MAX_MAIL_HEADER_CHARACTERS } from '../core/limits.ts'

export interface Mailbox {
  /** Empty: none. */
  readonly name: string
  /** ASCII: the domain of an international address is in its `xn--` form. */
  readonly address: string
}

export const CONTROL_CHARACTER = /\p{Cc}/u

/** RFC 5321 4.1.2, `Dot-string`: what needs quotes and what is not ASCII few servers take. */
const LOCAL_PART = /^[\w!#$%&'*+/=?^`{|}~-]+(\.[\w!#$%&'*+/=?^`{|}~-]+)*$/
const MAX_LOCAL_PART_LENGTH = 64
/** RFC 1035 2.3.4. */
const DOMAIN = /^[a-z\d]([a-z\d-]{0,61}[a-z\d])?(\.[a-z\d]([a-z\d-]{0,61}[a-z\d])?)*$/
const MAX_DOMAIN_LENGTH = 253

const rule = 'must be an address such as ada@example.com, "Ada <ada@example.com>" or { name, address }'
const given = z.union([z.string(), z.looseObject({ address: z.string(), name: z.string().optional() })], { error: rule })
type Given = z.output<typeof given>

/** What is wrong with an address, and in an object with which field of it. */
interface Problem {
  readonly field: 'name' | 'address'
  readonly message: string
}

/** One address. */
export const mailbox = given.transform((entry, context): Mailbox => {
  const found = readOne(entry)
  if ('message' in found) context.issues.push(issue(found, entry))
  return 'message' in found ? z.NEVER : found
})

/** Text with commas between addresses, or a list, of which each element is one: what comes from outside cannot bring more. */
export const mailboxes = z
  .union([given, z.array(given)], { error: rule })
  .default([])
  .transform((entries, context): readonly Mailbox[] => {
    if (typeof entries === 'string') return kept(parse(entries), entries)
    return [entries].flat().flatMap((entry, index) => kept(readOne(entry), entry, Array.isArray(entries) ? [index] : []))

    function kept(found: Mailbox | readonly Mailbox[] | Problem, entry: Given, path: readonly number[] = []): readonly Mailbox[] {
      if (!('message' in found)) return [found].flat()
      context.issues.push(issue(found, entry, path))
      return []
    }
  })

const issue = ({ field, message }: Problem, input: Given, path: readonly number[] = []) => ({
  code: 'custom' as const,
  input,
  message,
  path: typeof input === 'string' ? [...path] : [...path, field],
})

function readOne(entry: Given): Mailbox | Problem {
  if (typeof entry !== 'string') return checked({ name: entry.name ?? '', address: entry.address })
  const found = parse(entry)
  if ('message' in found) return found
  const [first, ...more] = found
  return first === undefined || more.length > 0 ? { field: 'address', message: 'must be one address' } : first
}

/** The addresses of a text. */
function parse(text: string): readonly Mailbox[] | Problem {
  const refuse = (message: string): Problem => ({ field: 'address', message })
  if (text.length > MAX_ADDRESS_LIST_CHARACTERS) return refuse(`addresses have at most ${MAX_ADDRESS_LIST_CHARACTERS} characters`)
  if (CONTROL_CHARACTER.test(text)) return refuse('an address has no line breaks or other control characters')
  const read = addressparser(text)
  // Without brackets a name is a forgotten comma, or a comment.
  if (read.filter(({ name }) => name !== '').length > text.split('<').length - 1) return refuse(rule)
  const found = read.map((entry) => ('group' in entry && entry.group !== undefined ? refuse(rule) : checked(entry)))
  return found.find(isProblem) ?? found.flatMap((one) => (isProblem(one) ? [] : one))
}

const isProblem = (found: Mailbox | Problem): found is Problem => 'message' in found

function checked({ name, address }: Mailbox): Mailbox | Problem {
  const at = address.lastIndexOf('@')
  const local = address.slice(0, Math.max(at, 0))
  const domain = asciiDomain(address.slice(at + 1))
  const isAddress = at > 0 && local.length <= MAX_LOCAL_PART_LENGTH && LOCAL_PART.test(local)
  if (!isAddress || domain === null) return { field: 'address', message: rule }
  const problem = nameProblem(name)
  return problem === null ? { name: name.toWellFormed(), address: `${local}@${domain}` } : { field: 'name', message: problem }
}

/** A name that looks like an address hides a forgotten comma, or who is really written to. */
function nameProblem(name: string): string | null {
  if (CONTROL_CHARACTER.test(name)) return 'a name has no line breaks or other control characters'
  if (name.length > MAX_MAIL_HEADER_CHARACTERS) return `a name has at most ${MAX_MAIL_HEADER_CHARACTERS} characters`
  return name.includes('@') ? 'a name holds no @; between addresses there is a comma' : null
}

/** The URL parser knows IDNA; what has a meaning of its own in a URL is no domain. */
function asciiDomain(domain: string): string | null {
  if (/[\s/:?#@%[\]\\]/.test(domain)) return null
  const host = URL.parse(`https://${domain}/`)?.hostname ?? ''
  return DOMAIN.test(host) && host.length <= MAX_DOMAIN_LENGTH && !/^[\d.]+$/.test(host) ? host : null
}

/** Of an address that was read. */
export const domainOf = ({ address }: Mailbox): string => address.slice(address.lastIndexOf('@') + 1)
