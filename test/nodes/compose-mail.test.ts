import { describe, expect, it } from 'vitest'
import { prepareMail } from '../../src/nodes/compose-mail.ts'
import { emailConfig } from '../../src/nodes/email-config.ts'

const from = { name: '', address: 'shop@example.com' }

describe('the type of an attachment', () => {
  it.each([
    ['rows.csv', 'text/csv'],
    ['backup.zip', 'application/zip'],
    ['backup.gzip', 'application/octet-stream'],
    ['letter.eml', 'application/octet-stream'],
    ['page.mht', 'application/octet-stream'],
  ])('follows from the name %s, and is never one that holds parts: %s', async (filename, type) => {
    const config = emailConfig.parse({ to: 'ada@example.com', subject: 'Hi', text: 'Hello', attachments: [{ filename, content_base64: 'AAEC' }] }) // biome-ignore format: one line is one config
    const { files } = await prepareMail(config, from, { idempotencyKey: 'e.tell.1' })
    expect(files.map(({ contentType }) => contentType)).toEqual([type])
  })
})
