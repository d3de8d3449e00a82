// The reference as people read it: everything of the document is on the page, and nothing of it is markup.
import { describe, expect, it } from 'vitest'
import { referencePage } from '../../src/http/reference/page.ts'
import { testApp } from '../support/api.ts'

const app = testApp()
const text = async (path: string) => (await app.request(`http://millrace${path}`)).text()

describe('/docs', () => {
  it('shows every operation and every schema, without a key, a script or anything from elsewhere', async () => {
    const document = JSON.parse(await text('/openapi.json'))
    const page = await text('/docs')
    const operations = Object.values<Record<string, { operationId: string }>>(document.paths).flatMap(Object.values)
    for (const { operationId } of operations) expect(page).toContain(`<section id="${operationId}">`)
    for (const name of Object.keys(document.components.schemas)) expect(page).toContain(`<section id="schema-${name}">`)
    for (const foreign of [/<script/i, /<link/i, /src=/i, /https?:\/\//]) expect(page).not.toMatch(foreign)
  })

  it('shows what stands among the components, and examples', async () => {
    const page = await text('/docs')
    for (const part of ['<code>Idempotency-Key</code>', '<code>IDEMPOTENCY_CONFLICT</code>', '<summary>Example</summary>'])
      expect(page).toContain(part)
  })

  it('leads nowhere that is not there', async () => {
    const page = await text('/docs')
    const places = new Set([...page.matchAll(/ id="([^"]+)"/g)].map(([, id]) => id))
    const targets = [...page.matchAll(/href="#([^"]+)"/g)].map(([, id]) => id)
    expect(targets.filter((id) => !places.has(id))).toEqual([])
  })

  it('lets no style in but its own', async () => {
    const answer = await app.request('http://millrace/docs')
    const nonce = answer.headers.get('Content-Security-Policy')?.match(/style-src 'nonce-(\w+)'/)?.[1]
    expect(await answer.text()).toContain(`<style nonce="${nonce}">`)
  })

  it('escapes what the document says', async () => {
    const operation = { summary: '<b>x</b>', tags: ['T'], responses: { 200: { description: '`<i>` & more' } } }
    const document = { info: { title: '<T>', version: '1' }, tags: [{ name: 'T' }], paths: { '/<p>': { get: operation } } }
    const page = String(await referencePage(document, 'n'))
    for (const part of ['&lt;b&gt;x&lt;/b&gt;', '<code>&lt;i&gt;</code> &amp; more', '/&lt;p&gt;']) expect(page).toContain(part)
  })
})
