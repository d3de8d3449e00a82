// Mail through a real `wrangler dev`: its sockets, its TLS, its certificates (vitest.config.ts has it trust those of the tests).
import { afterAll, beforeAll, expect, it } from 'vitest'
import { startTestServer, type TestServer } from '../support/dev-server.ts'
import { type Client, httpClient } from '../support/http-client.ts'
import { MAIL_PASSWORD, MAIL_USER } from '../support/mail-login.ts'
import { type MailServers, type ServerName, startMailServers, type TakenMail } from '../support/mail-server.ts'

let server: TestServer
let client: Client
let mail: MailServers

beforeAll(async () => {
  mail = await startMailServers()
  server = await startTestServer({ SECRETS_KEYS: `k1:${'0123456789abcdef'.repeat(4)}` })
  client = httpClient(server.base, server.key)
})

afterAll(async () => {
  await server?.close()
  await mail?.close()
})

/** A workflow that sends one mail by this server and gives what comes of it. */
async function sendBy(name: ServerName, scheme: 'smtp' | 'smtps') {
  const login = `${encodeURIComponent(MAIL_USER)}:${encodeURIComponent(MAIL_PASSWORD)}`
  const value = `${scheme}://${login}@127.0.0.1:${mail.ports[name]}`
  expect((await client.call('PUT', `/admin/secrets/SMTP_${name}`, { value })).status).toBe(201)
  const config = { connection: `SMTP_${name}`, from: 'shop@example.com', to: `${name}@example.com`, subject: 'Hi', text: 'Hello' }
  const workflow = { nodes: [{ id: 'tell', type: 'email', config, retry: { strategy: 'none' } }], edges: [] }
  const { body } = await client.call('POST', '/executions', { workflow, async_execution: false })
  return body.data
}

it.each([
  ['tls', 'smtps'],
  ['starttls', 'smtp'],
] as const)('sends over %s', async (name, scheme) => {
  const { final_output: output } = await sendBy(name, scheme)
  expect(output).toMatchObject({ accepted: [`${name}@example.com`], rejected: [] })
  const mails: readonly TakenMail[] = await (await fetch(mail.url)).json()
  const taken = mails.filter(({ server: by }) => by === name)
  expect(taken).toMatchObject([{ user: MAIL_USER, isSecure: true, raw: expect.stringContaining(output.message_id) }])
})

it.each([
  ['untrusted', 'smtps'],
  ['untrustedStarttls', 'smtp'],
] as const)('tells a stranger nothing (%s)', async (name, scheme) => {
  const { status, errors } = await sendBy(name, scheme)
  expect(status).toBe('failed')
  expect(JSON.stringify(errors)).toContain('NETWORK_ERROR')
  expect(JSON.stringify(errors)).not.toContain(MAIL_PASSWORD)
  const mails: readonly TakenMail[] = await (await fetch(mail.url)).json()
  expect(mails.filter(({ server: by }) => by === name)).toEqual([])
})
