import { env } from 'cloudflare:workers'
import PostalMime, { type Email } from 'postal-mime'
import { describe, expect, inject, it } from 'vitest'
import type { JsonObject } from '../../src/core/json.ts'
import { MAX_MAIL_REPLY_BYTES } from '../../src/core/limits.ts'
import type { NodeError } from '../../src/core/node-error.ts'
import type { AttemptResult } from '../../src/core/node-type.ts'
import type { Settings } from '../../src/env.ts'
import { performAttempt } from '../../src/runner/perform-attempt.ts'
import { attemptDeps } from '../../src/runner/runner-deps.ts'
import type { AttemptTask } from '../../src/runner/task.ts'
import { attemptTask } from '../support/attempt-task.ts'
import { executionOf } from '../support/execution.ts'
import { MAIL_PASSWORD, MAIL_USER } from '../support/mail-login.ts'
import type { ServerName, TakenMail } from '../support/mail-server.ts'

const { ports, url } = inject('mailServers')
const login = `${encodeURIComponent(MAIL_USER)}:${encodeURIComponent(MAIL_PASSWORD)}@`

const smtp = (server: ServerName, { user = login, host = '127.0.0.1', query = '' } = {}): string =>
  `${server === 'tls' || server === 'untrusted' ? 'smtps' : 'smtp'}://${user}${host}:${ports[server]}${query}`

interface Attempt {
  /** What secrets hold, by name. */
  readonly secrets?: Readonly<Record<string, string>>
  readonly settings?: Settings & Record<string, unknown>
  readonly task?: Partial<AttemptTask>
}

const minimal = { from: 'shop@example.com', to: 'ada@example.com', subject: 'Hi', text: 'Hello' }

/** The whole way of a production attempt, from the bindings on. */
const attempt = (
  server: string | null,
  config: JsonObject = {},
  { secrets = {}, settings = {}, task = {} }: Attempt = {},
): Promise<AttemptResult> =>
  performAttempt(attemptTask({ node: 'tell', nodeType: 'email', config: { ...minimal, ...config }, ...task }), {
    ...attemptDeps({
      EXECUTION: { getByName: executionOf },
      DB: env.DB,
      PAYLOADS: env.PAYLOADS,
      CACHE: env.CACHE,
      ALLOW_PRIVATE_HOSTS: '127.0.0.1',
      ...(server !== null && { SMTP_URL: server, EMAIL_FROM: minimal.from }),
      ...settings,
    }),
    secrets: async (_, names) => new Map(names.flatMap((name) => (secrets[name] === undefined ? [] : [[name, secrets[name]]]))),
    reportBug: (thrown) => {
      throw thrown
    },
  })

async function completed(result: Promise<AttemptResult>) {
  const found = await result
  if (found.kind !== 'completed') throw new Error(`the attempt did not complete: ${JSON.stringify(found)}`)
  return { output: found.output as JsonObject, metadata: found.metadata ?? {} }
}

async function failed(result: Promise<AttemptResult>): Promise<NodeError> {
  const found = await result
  if (found.kind !== 'failed') throw new Error(`the attempt did not fail: ${JSON.stringify(found)}`)
  return found.error
}

let people = 0
/** Somebody that no other test writes to. */
const somebody = (prefix = 'p'): string => `${prefix}${++people}@example.com`

async function mailsTo(address: string): Promise<readonly TakenMail[]> {
  const all: readonly TakenMail[] = await (await fetch(url)).json()
  return all.filter(({ to }) => to.includes(address))
}

async function mailTo(address: string): Promise<TakenMail & { readonly parsed: Email }> {
  const [mail, ...more] = await mailsTo(address)
  if (mail === undefined || more.length > 0) throw new Error(`${more.length + (mail === undefined ? 0 : 1)} mails to ${address}`)
  return { ...mail, parsed: await PostalMime.parse(mail.raw) }
}

describe('the way to the server', () => {
  it.each(['tls', 'starttls'] as const)('logs in over %s and hands the mail over', async (server) => {
    const to = somebody()
    const { output, metadata } = await completed(attempt(smtp(server), { to }))
    expect(output).toEqual({ message_id: expect.stringMatching(/^<[0-9a-f]{32}@example\.com>$/), accepted: [to], rejected: [] })
    expect(metadata).toMatchObject({ reply: expect.stringMatching(/^250 /), bytes_out: expect.any(Number) })
    const mail = await mailTo(to)
    expect(mail).toMatchObject({ server, user: MAIL_USER, isSecure: true, from: 'shop@example.com' })
    expect(mail.parsed).toMatchObject({ subject: 'Hi', text: 'Hello\n', messageId: output.message_id })
  })

  it('takes the server that a secret names, and sends for whom the node says', async () => {
    const to = somebody()
    const settings = { EMAIL_FROM: 'house@example.com' }
    await completed(attempt(null, { to, connection: 'MINE' }, { secrets: { MINE: smtp('tls') }, settings }))
    expect(await mailTo(to)).toMatchObject({ server: 'tls', from: 'shop@example.com' })
  })

  // (Where it is there with the certificate of a stranger, only the end-to-end test can look: workerd rejects a promise of its own.)
  it('sends nothing where STARTTLS has been stripped', async () => {
    const to = somebody()
    expect(await failed(attempt(smtp('plain'), { to }))).toMatchObject({ code: 'MAIL_REFUSED', retryable: false })
    expect(await mailsTo(to)).toEqual([])
  })

  it('sends nothing over TLS to a stranger', async () => {
    expect(await failed(attempt(smtp('untrusted')))).toMatchObject({ code: 'NETWORK_ERROR', retryable: true })
  })

  it('goes without TLS where that is asked for, on the own network alone', async () => {
    const to = somebody()
    await completed(attempt(smtp('plain', { query: '?tls=off' }), { to }))
    expect(await mailTo(to)).toMatchObject({ server: 'plain', isSecure: false, user: MAIL_USER })
    const outside = await failed(attempt('smtp://u:pass-word@smtp.example.com?tls=off'))
    expect(outside).toMatchObject({
      code: 'CONFIG_INVALID',
      retryable: false,
      message: expect.stringContaining('ALLOW_PRIVATE_HOSTS'),
    })
  })

  it.each([
    ['smtps://127.0.0.2:465', 'ADDRESS_BLOCKED'],
    ['smtp://0x7f.2:587', 'ADDRESS_BLOCKED'],
    ['smtp://[::ffff:10.0.0.1]', 'ADDRESS_BLOCKED'],
    ['smtp://smtp.example.com:25', 'ADDRESS_BLOCKED'],
    ['https://smtp.example.com', 'CONFIG_INVALID'],
    ['smtps://smtp.example.com?tls=off', 'CONFIG_INVALID'],
    ['smtp://smtp.example.com?tls=maybe', 'CONFIG_INVALID'],
    ['smtp://hunter22:@smtp.example.com', 'CONFIG_INVALID'],
    ['smtp://user:hunter22%zz@smtp.example.com', 'CONFIG_INVALID'],
    ['smtp://user:hunter22%0d%0a@smtp.example.com', 'CONFIG_INVALID'],
    ['smtp://user:hunter22@smtp.example.com/path', 'CONFIG_INVALID'],
    ['hunter22', 'CONFIG_INVALID'],
  ])('does not go to %s', async (server, code) => {
    const error = await failed(attempt(null, { connection: 'MINE' }, { secrets: { MINE: server } }))
    expect(error).toMatchObject({ code, retryable: false })
    expect(JSON.stringify(error)).not.toContain('hunter22')
  })

  it('needs a server, and says how to name one', async () => {
    const error = await failed(attempt(null))
    expect(error).toMatchObject({ code: 'SECRET_MISSING', message: expect.stringContaining('SMTP_URL') })
  })

  it('comes again where nobody answers or somebody hangs up, also in the middle', async () => {
    for (const server of ['rude', 'faint'] as const) {
      const error = await failed(attempt(smtp(server, { user: '', query: '?tls=off' }), {}, { task: { timeoutMs: 1000 } }))
      expect(error).toMatchObject({ code: 'NETWORK_ERROR', retryable: true })
    }
    expect(await failed(attempt('smtps://127.0.0.1:1'))).toMatchObject({ code: 'NETWORK_ERROR', retryable: true })
  })

  it.each(['smtp', 'smtps'])('ends at its timeout where an %s server says nothing', async (protocol) => {
    const server = `${protocol}://127.0.0.1:${ports.silent}`
    expect(await failed(attempt(server, {}, { task: { timeoutMs: 200 } }))).toMatchObject({
      code: 'NODE_TIMEOUT',
      retryable: true,
    })
    // A handshake that hangs workerd keeps as long as the invocation lives.
    if (protocol === 'smtp') expect((await fetch(`${url}alone`)).status).toBe(200)
  })

  it('does not come again with a password that is wrong, and shows none', async () => {
    const wrong = await failed(attempt(smtp('tls', { user: 'orders%40example.com:hunter22@' })))
    expect(wrong).toMatchObject({ code: 'MAIL_REFUSED', status: 535, retryable: false })
    const parrot = await failed(attempt(smtp('parrot', { user: 'orders:hunter22@', query: '?tls=off' })))
    expect(parrot).toMatchObject({ code: 'MAIL_REFUSED', message: expect.stringContaining('[redacted]') })
    expect(JSON.stringify(parrot)).not.toMatch(/hunter22|b3JkZXJz|aHVudGVyMj/)
  })
})

it('tells only the beginning of what a server says', async () => {
  const { message, status } = await failed(attempt(smtp('wordy', { user: '', query: '?tls=off' })))
  expect(status).toBe(554)
  const [, said = ''] = message.split('refused: ')
  expect(said.length).toBe(MAX_MAIL_REPLY_BYTES)
})

describe('recipients', () => {
  it('lists those that were refused, and completes while one was not', async () => {
    const [to, gone, later] = [somebody(), somebody('unknown'), somebody('busy')]
    const { output, metadata } = await completed(attempt(smtp('tls'), { to: [to, gone], bcc: later }))
    expect(output).toMatchObject({ accepted: [to], rejected: [gone, later] })
    expect(metadata.rejections).toEqual([
      { address: gone, reply: '550 No such user' },
      { address: later, reply: '451 Greylisted, come again' },
    ])
  })

  it('comes again when all are put off, not when all are refused', async () => {
    const busy = await failed(attempt(smtp('tls'), { to: somebody('busy'), cc: somebody('unknown') }))
    expect(busy).toMatchObject({ code: 'MAIL_REFUSED', status: 451, retryable: true })
    const gone = await failed(attempt(smtp('tls'), { to: 'unknown@example.com' }))
    expect(gone).toMatchObject({ code: 'MAIL_REFUSED', status: 550, retryable: false })
    expect(gone.cause).toEqual({ rejected: [{ address: 'unknown@example.com', reply: '550 No such user' }] })
  })

  it('writes to each once; those of bcc stand nowhere in the mail', async () => {
    const [to, cc, bcc] = [somebody(), somebody(), somebody()]
    await completed(attempt(smtp('tls'), { to: `${to}, Ada <${to}>`, cc: [cc, { name: 'Bo', address: to }], bcc }))
    const mail = await mailTo(to)
    expect(mail.to).toEqual([to, cc, bcc])
    expect(mail.raw).not.toContain(bcc)
  })
})

describe('the mail', () => {
  it('carries names, subjects and domains of all scripts', async () => {
    const to = somebody()
    const config = {
      from: 'Zoë Müller <zoe@bücher.example>',
      to: [{ name: 'Łukasz, "Ł" 李', address: to }],
      reply_to: ['"Desk, Front" <desk@example.com>', 'back@example.com'],
      subject: `Grüße 李 🎉 ${'und noch mehr'.repeat(10)}`,
      text: 'Zeile 1\n.\nГотово ✓',
      html: '<p>Готово ✓</p>',
    }
    await completed(attempt(smtp('tls'), config, { settings: { EMAIL_FROM: 'zoe@bücher.example' } }))
    const { raw, parsed, from } = await mailTo(to)
    // The server shows people what it was told in ASCII.
    expect(from).toBe('zoe@bücher.example')
    expect([...raw].every((character) => character <= '~')).toBe(true)
    expect(parsed).toMatchObject({
      from: { name: 'Zoë Müller', address: 'zoe@xn--bcher-kva.example' },
      to: [{ name: 'Łukasz, "Ł" 李', address: to }],
      replyTo: [
        { name: 'Desk, Front', address: 'desk@example.com' },
        { name: '', address: 'back@example.com' },
      ],
      subject: `Grüße 李 🎉 ${'und noch mehr'.repeat(10)}`,
      text: 'Zeile 1\n.\nГотово ✓',
      html: '<p>Готово ✓</p>',
    })
  })

  it('brings attachments as they were', async () => {
    const to = somebody()
    const bytes = Uint8Array.from({ length: 1000 }, (_, index) => index % 256)
    const base64 = btoa(String.fromCharCode(...bytes))
    await completed(
      attempt(smtp('starttls'), {
        to,
        attachments: [
          { filename: 'größe.bin', content: { base64, content_type: 'image/x-test' } },
          { filename: 'rows.csv', content: 'a;b\r\n--\r\n1;ü\n' },
          { filename: 'order.json', content: { id: 7 } },
          { filename: 'scan', content_base64: base64, content_type: 'application/pdf' },
          { filename: 'notes', content: 'as text' },
        ],
      }),
    )
    const { attachments } = (await mailTo(to)).parsed
    const found = attachments.map(({ filename, mimeType, content }) => [
      filename,
      mimeType,
      [...new Uint8Array(content as ArrayBuffer)],
    ])
    const utf8 = (text: string) => [...new TextEncoder().encode(text)]
    expect(found).toEqual([
      ['größe.bin', 'image/x-test', [...bytes]],
      ['rows.csv', 'text/csv', utf8('a;b\r\n--\r\n1;ü\n')],
      ['order.json', 'application/json', utf8('{"id":7}')],
      ['scan', 'application/pdf', [...bytes]],
      ['notes', 'text/plain', utf8('as text')],
    ])
  })

  it('is the same for the same attempt, and has one Message-ID over all attempts of a run', async () => {
    const to = somebody()
    const startedAt = Date.parse('2026-01-02T03:04:05Z')
    const give = (task: Partial<AttemptTask>) =>
      completed(attempt(smtp('tls'), { to, html: '<b>Hi</b>' }, { task: { startedAt, ...task } }))
    const ids = [await give({ attempt: 1 }), await give({ attempt: 1 }), await give({ attempt: 2, startedAt: startedAt + 5000 })]
    const again = await give({ run: 2 })
    const [first, second, third] = await mailsTo(to)
    expect(first?.raw).toBe(second?.raw)
    expect(first?.raw).toContain('Date: Fri, 02 Jan 2026 03:04:05 +0000')
    expect(third?.raw).toContain('Date: Fri, 02 Jan 2026 03:04:10 +0000')
    expect(new Set(ids.map(({ output }) => output.message_id)).size).toBe(1)
    expect(again.output.message_id).not.toBe(ids[0]?.output.message_id)
  })

  it('adds headers of those that may be added', async () => {
    const to = somebody()
    const headers = { 'X-Campaign': 7, 'List-Unsubscribe': '<https://example.com/u>', References: '<a@example.com>' }
    await completed(attempt(smtp('tls'), { to, headers }))
    const { parsed } = await mailTo(to)
    const found = Object.fromEntries(parsed.headers.map(({ key, value }) => [key, value]))
    expect(found).toMatchObject({
      'x-campaign': '7',
      'list-unsubscribe': '<https://example.com/u>',
      references: '<a@example.com>',
    })
  })

  it('stays one mail, whatever a text says to the server', async () => {
    const [to, eve] = [somebody(), somebody()]
    for (const end of ['\r\n.\r\n', '\n.\n', '\r.\r', '\n.\r\n', '\r\n.\r', '\r\n.\n', '\r\n\x00.\r\n']) {
      const text = `a${end}MAIL FROM:<${eve}>\r\nRCPT TO:<${eve}>\r\nDATA\r\nSubject: b${end}`
      await completed(attempt(smtp('tls'), { to, text, html: text }))
    }
    expect(await mailsTo(to)).toHaveLength(7)
    expect(await mailsTo(eve)).toEqual([])
  })

  it('reads no file and no URL that a text pretends to be', async () => {
    const to = somebody()
    const pretends = { path: '/etc/passwd', href: 'http://127.0.0.1/' }
    await completed(
      attempt(smtp('tls'), { to, text: pretends, attachments: [{ filename: 'a.json', content: pretends, path: '/etc/passwd' }] }),
    )
    const { parsed } = await mailTo(to)
    expect(parsed.text).toBe(`${JSON.stringify(pretends)}\n`)
    expect(new TextDecoder().decode(parsed.attachments[0]?.content as ArrayBuffer)).toBe(JSON.stringify(pretends))
  })
})

describe('the sender', () => {
  it('is EMAIL_FROM on the server of the deployment, by whatever name', async () => {
    const [first, second] = [somebody(), somebody()]
    const settings = { EMAIL_FROM: 'Shop <house@example.com>' }
    const { from: _, ...rest } = minimal
    const deps = { task: { config: { ...rest, to: first } }, settings }
    await completed(attempt(smtp('tls'), {}, deps))
    expect((await mailTo(first)).parsed.from).toEqual({ name: 'Shop', address: 'house@example.com' })
    await completed(attempt(smtp('tls'), { to: second, from: 'Ada at Shop <house@example.com>' }, { settings }))
    expect((await mailTo(second)).parsed.from).toEqual({ name: 'Ada at Shop', address: 'house@example.com' })
    const other = await failed(attempt(smtp('tls'), { from: 'boss@example.com' }, { settings }))
    expect(other).toMatchObject({ code: 'CONFIG_INVALID', message: expect.stringMatching(/^config\.from: .*EMAIL_FROM/) })
  })

  it('is nobody on that server while it is not set', async () => {
    const error = await failed(attempt(smtp('tls'), {}, { settings: { EMAIL_FROM: '' } }))
    expect(error).toMatchObject({
      code: 'CONFIG_INVALID',
      message: expect.stringMatching(/^config\.from: .*EMAIL_FROM.*not set/),
    })
  })

  it('must be somebody', async () => {
    const { from: _, ...rest } = minimal
    const error = await failed(attempt(smtp('tls'), {}, { task: { config: rest }, settings: { EMAIL_FROM: '' } }))
    expect(error).toMatchObject({ code: 'CONFIG_INVALID', message: expect.stringMatching(/^config\.from: /) })
  })
})

describe('a send_email binding', () => {
  const opened = (send: (message: EmailMessageBuilder) => Promise<EmailSendResult>) => ({
    settings: { DATA_BINDINGS: '*/MAILER', MAILER: { send } },
  })

  it('gets the mail with a mark by which a repeat is known', async () => {
    const sent: EmailMessageBuilder[] = []
    const config = {
      connection: 'binding://MAILER',
      cc: 'Bo <bo@example.com>',
      attachments: [{ filename: 'a.csv', content: '1' }],
    }
    const send = async (message: EmailMessageBuilder) => {
      sent.push(message)
      return { messageId: 'cf-1' }
    }
    const { output } = await completed(attempt(null, config, opened(send)))
    expect(output).toEqual({ message_id: 'cf-1', accepted: ['ada@example.com', 'bo@example.com'], rejected: [] })
    expect(sent).toMatchObject([
      {
        from: 'shop@example.com',
        to: ['ada@example.com'],
        cc: [{ name: 'Bo', email: 'bo@example.com' }],
        headers: { 'X-Millrace-Message-ID': expect.stringMatching(/^<[0-9a-f]{32}@example\.com>$/) },
        attachments: [{ disposition: 'attachment', filename: 'a.csv', type: 'text/csv' }],
      },
    ])
  })

  it.each([
    ['E_RATE_LIMIT_EXCEEDED', { code: 'MAIL_REFUSED', retryable: true }],
    ['E_SENDER_NOT_VERIFIED', { code: 'MAIL_REFUSED', retryable: false }],
    [undefined, { code: 'NETWORK_ERROR', retryable: true }],
  ])('tells by its code whether to come again: %s', async (code, expected) => {
    const send = () => Promise.reject(Object.assign(new Error('no'), { code }))
    expect(await failed(attempt(null, { connection: 'binding://MAILER' }, opened(send)))).toMatchObject(expected)
  })

  it('must be opened to the community', async () => {
    const { settings } = opened(async () => ({ messageId: '' }))
    const error = await failed(
      attempt(null, { connection: 'binding://MAILER' }, { settings: { ...settings, DATA_BINDINGS: 'other/MAILER' } }),
    )
    expect(error).toMatchObject({ code: 'CONFIG_INVALID', message: expect.stringContaining('DATA_BINDINGS') })
  })
})
