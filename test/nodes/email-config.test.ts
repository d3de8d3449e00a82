import { describe, expect, it } from 'vitest'
import type { JsonObject } from '../../src/core/json.ts'
import {
  MAX_ADDRESS_LIST_CHARACTERS,
  MAX_MAIL_ATTACHMENT_BYTES,
  MAX_MAIL_HEADER_CHARACTERS,
  MAX_MAIL_RECIPIENTS,
} from '../../src/core/limits.ts'
import { validateDefinition } from '../../src/core/validate-definition.ts'
import { email } from '../../src/nodes/email.ts'
import { emailConfig } from '../../src/nodes/email-config.ts'
import { nodeTypes } from '../../src/nodes/registry.ts'
import { configIssues } from '../support/config-issues.ts'

const minimal = { from: 'shop@example.com', to: 'ada@example.com', subject: 'Hi', text: 'Hello' }
const issues = (over: JsonObject) => configIssues(email, { ...minimal, ...over })

describe('addresses', () => {
  it.each([
    ['ada@example.com', [['', 'ada@example.com']]],
    ['Ada Lovelace <ada@example.com>', [['Ada Lovelace', 'ada@example.com']]],
    ['"Lovelace, Ada" <ada@example.com>, bo@example.com', [['Lovelace, Ada', 'ada@example.com'], ['', 'bo@example.com']]], // biome-ignore format: one line is one case
    ["o'hara+tag@sub.example.co.uk", [['', "o'hara+tag@sub.example.co.uk"]]],
    ['zoë <zoe@Bücher.Example>', [['zoë', 'zoe@xn--bcher-kva.example']]],
    [[{ name: 'a, b', address: 'c@d.example' }, 'e@f.example'], [['a, b', 'c@d.example'], ['', 'e@f.example']]], // biome-ignore format: one line is one case
  ])('reads %j', (to, expected) => {
    expect(emailConfig.parse({ ...minimal, to }).to.map(({ name, address }) => [name, address])).toEqual(expected)
  })

  it.each([
    'ada',
    'ada@',
    '@example.com',
    'a b@example.com',
    'ada@example..com',
    '.ada@example.com',
    'ada@-example.com',
    'ada@127.0.0.1',
    'ada@[127.0.0.1]',
    'ada@example.com/path',
    'ada@example.com:25',
    'ada@exa%6dple.com',
    '"ada lovelace"@example.com',
    'ädä@example.com',
    'ada@example.com bo@example.com',
    'bo@example.com <ada@example.com>',
    'Friends: ada@example.com, bo@example.com;',
    `${'a'.repeat(65)}@example.com`,
    `ada@${'a'.repeat(64)}.com`,
    'ada@example.com\r\nBcc: eve@example.com',
    'Ada\n <ada@example.com>',
    'ada@example.com\0',
  ])('refuses %j', (to) => {
    expect(issues({ to })[0]).toMatch(/^to: /)
    expect(issues({ to: [to] })[0]).toMatch(/^to\.0: /)
    expect(issues({ cc: [minimal.to, to] })[0]).toMatch(/^cc\.1: /)
    expect(issues({ reply_to: to })[0]).toMatch(/^reply_to: /)
    expect(issues({ from: to })[0]).toMatch(/^from: /)
  })

  it('lets text from outside bring no second recipient where it is an element of a list', () => {
    expect(issues({ to: 'ada@example.com, eve@example.com' })).toEqual([])
    expect(issues({ to: ['ada@example.com, eve@example.com'] })).toEqual(['to.0: must be one address'])
    expect(issues({ from: 'ada@example.com, eve@example.com' })).toEqual(['from: must be one address'])
  })

  it.each(['Ada\r\nBcc: eve@example.com', 'ada@example.com'])('refuses the name %j', (name) => {
    expect(issues({ to: [{ name, address: 'ada@example.com' }] })[0]).toMatch(/^to\.0\.name: a name /)
  })

  it('takes so many recipients, in all fields together, and no more', () => {
    const people = Array.from({ length: MAX_MAIL_RECIPIENTS }, (_, index) => `p${index}@example.com`)
    const spread = (all: readonly string[]) => issues({ to: all.slice(0, 1), cc: all.slice(1, 2), bcc: all.slice(2) })
    expect(spread(people)).toEqual([])
    expect(spread([...people, 'more@example.com'])).toEqual([expect.stringMatching(/^to: .* at most 50 recipients/)])
  })

  it('reads texts up to a length, in no time', () => {
    const text = `${'('.repeat(MAX_ADDRESS_LIST_CHARACTERS - minimal.to.length)}${minimal.to}`
    expect(issues({ to: text })[0]).toMatch(/^to: must be an address/)
    expect(issues({ to: ` ${text}` })[0]).toMatch(/^to: addresses have at most/)
  })
})

describe('what goes into headers', () => {
  it.each(['Hi\r\nBcc: eve@example.com', 'Hi\nBcc: eve@example.com', 'Hi\rthere', 'a\0b'])(
    'refuses the subject %j',
    (subject) => {
      expect(issues({ subject })[0]).toMatch(/^subject: 'subject' must be one line/)
    },
  )

  it('takes a subject up to its length', () => {
    expect(issues({ subject: 'x'.repeat(MAX_MAIL_HEADER_CHARACTERS) })).toEqual([])
    expect(issues({ subject: 'x'.repeat(MAX_MAIL_HEADER_CHARACTERS + 1) })[0]).toMatch(/^subject: /)
  })

  it.each([
    'Bcc',
    'To',
    'From',
    'Sender',
    'Content-Type',
    'Message-ID',
    'Date',
    'Received',
    'X-a: b\r\nBcc',
    'x- y',
    'DKIM-Signature',
  ])('refuses the header %j', (name) => {
    expect(issues({ headers: { [name]: 'x' } })[0]).toMatch(/^headers\./)
  })

  it('refuses line breaks in a header, and takes it up to its length', () => {
    expect(issues({ headers: { 'X-Tag': 'a\r\nBcc: eve@example.com' } })[0]).toMatch(/^headers\.X-Tag: /)
    expect(issues({ headers: { 'X-Tag': 'x'.repeat(MAX_MAIL_HEADER_CHARACTERS) } })).toEqual([])
    expect(issues({ headers: { 'X-Tag': 'x'.repeat(MAX_MAIL_HEADER_CHARACTERS + 1) } })[0]).toMatch(/^headers\.X-Tag: /)
  })

  it.each(['a\r\nb.txt', '../etc/passwd', '', 'a\\b', 'x'.repeat(256)])('refuses the file name %j', (filename) => {
    expect(issues({ attachments: [{ filename, content: 'x' }] })[0]).toMatch(/^attachments\.0\.filename: /)
  })

  it.each(['text', 'text/csv\r\nX: y', 'text/csv\r\n\r\n; x', 'multipart/mixed; boundary=x', 'message/rfc822'])(
    'refuses the content type %j',
    (type) => {
      expect(issues({ attachments: [{ filename: 'a', content: 'x', content_type: type }] })[0]).toMatch(
        /^attachments\.0\.content_type: /,
      )
    },
  )
})

describe('attachments', () => {
  it('have content of one kind', () => {
    const found = (attachment: JsonObject) => issues({ attachments: [{ filename: 'a', ...attachment }] })
    expect(found({})[0]).toMatch(/^attachments\.0\.content: /)
    expect(found({ content: 'x', content_base64: 'eA==' })[0]).toMatch(/^attachments\.0\.content/)
    expect(found({ content_base64: 'no base64!' })).toEqual(['attachments.0.content_base64: this is no base64'])
    expect(found({ content: { base64: 'no base64!' } })).toEqual(['attachments.0.content.base64: this is no base64'])
    expect(found({ content: 'x' })).toEqual([])
  })

  it('have so many bytes together, decoded, and no more', () => {
    const half = (more: number) => ({ filename: 'a', content: 'x'.repeat(MAX_MAIL_ATTACHMENT_BYTES / 2 + more) })
    expect(issues({ attachments: [half(0), half(0)] })).toEqual([])
    expect(issues({ attachments: [half(0), half(1)] })[0]).toMatch(/^attachments: attachments have at most/)
  })
})

describe('the rest of the config', () => {
  it.each([
    [{ to: [] }, /^to: email node requires 'to'/],
    [{ text: null, body: 'x' }, /^body: 'body' is another name/],
    [{ connection: 'smtps://user:password@example.com' }, /^connection: .*never the URL itself/],
    [{ connection: 'binding://no such' }, /^connection: /],
  ])('refuses %j', (over, expected) => {
    expect(issues(over)[0]).toMatch(expected)
  })

  it('needs a text of some kind', () => {
    const { text: _, ...rest } = minimal
    expect(configIssues(email, rest)[0]).toMatch(/^text: email node requires/)
    for (const more of [{ body: 'x' }, { html: 'x' }, { text: { a: 1 } }])
      expect(configIssues(email, { ...rest, ...more })).toEqual([])
  })

  it('may hold templates in every place', () => {
    const config = {
      connection: 'SMTP_SERVER',
      from: '{{ inputs.from }}',
      to: ['{{ inputs.to }}', { name: '{{ inputs.name }}', address: '{{ inputs.address }}' }],
      cc: '{{ inputs.cc }}',
      subject: '{{ inputs.subject }}',
      html: '{{ inputs.html }}',
      attachments: [
        { filename: '{{ inputs.file }}', content: '{{ outputs.start }}', content_type: '{{ inputs.type }}' },
        { filename: 'a', content_base64: '{{ inputs.base64 }}' },
        { filename: 'b', content: { base64: '{{ inputs.base64 }}' } },
      ],
      headers: { 'X-Tag': '{{ inputs.tag }}' },
    }
    const nodes = [
      { id: 'start', type: 'start', config: {} },
      { id: 'tell', type: 'email', config },
    ]
    expect(validateDefinition({ nodes, edges: [{ from: 'start', to: 'tell' }] }, nodeTypes)).toEqual([])
  })

  it('simulates a delivery to all', () => {
    expect(email.syntheticOutput?.(minimal, 'tell')).toEqual({
      message_id: '<simulated@millrace.invalid>',
      accepted: ['ada@example.com'],
      rejected: [],
    })
  })
})
