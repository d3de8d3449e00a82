// Values too large for a view, from the view's reference to the value.
import { describe, expect, it } from 'vitest'
import { apiOf, testApp } from '../support/api.ts'

const api = apiOf(testApp())
const large = 'x'.repeat(100_000)
const workflow = { nodes: [{ id: 'a', config: { value: '{{ inputs.text }}' } }], edges: [] }

async function reference(): Promise<{ readonly id: string; readonly path: string }> {
  const { body } = await api('POST', '/executions', { workflow, inputs: { text: large } }, { Prefer: 'wait=5' })
  const { execution_id: id, final_output: shown } = body.data
  expect(shown).toEqual({ $payload: expect.stringMatching(/\/payloads\/[0-9a-f]{64}$/), size: 100_002 })
  return { id, path: shown.$payload }
}

describe('GET /executions/:id/payloads/:hash', () => {
  it('shows what the view refers to', async () => {
    const { path } = await reference()
    expect(await api('GET', `/${path}`)).toMatchObject({ status: 200, body: { data: large } })
  })

  it('an unknown hash, an unknown execution and one of another community are a 404', async () => {
    const { id, path } = await reference()
    const unknown = path.replace(/[0-9a-f]{64}$/, '0'.repeat(64))
    for (const asked of [unknown, path.replace(id, '0000000000000000'), `${path}?community_id=other`]) {
      expect(await api('GET', `/${asked}`)).toMatchObject({ status: 404, body: { error_code: 'NOT_FOUND' } })
    }
  })
})
