// Versions of stored workflows: read, compared, restored, changed by two at once; and workflows taken out and in.
import { describe, expect, it } from 'vitest'
import { apiOf, testApp } from '../support/api.ts'

const api = apiOf(testApp())

const workflow = (value: unknown, more: object = {}) => ({
  name: 'v',
  nodes: [
    { id: 'a', type: 'value', config: { value } },
    { id: 'b', type: 'end' },
  ],
  edges: [{ from: 'a', to: 'b' }],
  ...more,
})

/** A workflow with these values as its versions, the first one 1. */
async function stored(id: string, ...values: readonly unknown[]) {
  const [first, ...more] = values
  await api('POST', '/workflows', { ...workflow(first), workflow_id: id })
  for (const value of more) await api('PUT', `/workflows/${id}`, workflow(value))
}

const valueIn = ({ body }: { body: ReturnType<typeof JSON.parse> }) => body.data.nodes[0].config.value
const refusal = ({ status, body }: { status: number; body: ReturnType<typeof JSON.parse> }) => [status, body.error_code]

describe('a version', () => {
  it('is read by its number, and tells it as its ETag', async () => {
    await stored('read', 1, 2)
    const first = await api('GET', '/workflows/read/versions/1')
    expect([valueIn(first), first.body.data.version, first.headers.get('ETag')]).toEqual([1, 1, '"1"'])
    expect((await api('GET', '/workflows/read')).headers.get('ETag')).toBe('"2"')
    expect(refusal(await api('GET', '/workflows/read/versions/3'))).toEqual([404, 'WORKFLOW_NOT_FOUND'])
    for (const odd of ['0', '-1', '1.5', 'x', '1e3']) {
      expect(refusal(await api('GET', `/workflows/read/versions/${odd}`))).toEqual([400, 'BAD_REQUEST'])
    }
  })

  it('of another community does not exist', async () => {
    await api('POST', '/workflows', { ...workflow(1), workflow_id: 'theirs', community_id: 'other' })
    for (const path of ['versions/1', 'versions/compare?from=1'])
      expect(refusal(await api('GET', `/workflows/theirs/${path}`))).toEqual([404, 'WORKFLOW_NOT_FOUND'])
    expect(refusal(await api('POST', '/workflows/theirs/versions/1/restore'))).toEqual([404, 'WORKFLOW_NOT_FOUND'])
  })

  it('is restored as a new one', async () => {
    await stored('restored', 1, 2)
    const answer = await api('POST', '/workflows/restored/versions/1/restore')
    expect(answer.body).toMatchObject({ message: 'Version 1 restored', data: { version: 3 } })
    expect(valueIn(await api('GET', '/workflows/restored'))).toBe(1)
    expect((await api('POST', '/workflows/restored/versions/3/restore')).body.data.version).toBe(3)
    expect(refusal(await api('POST', '/workflows/restored/versions/9/restore'))).toEqual([404, 'WORKFLOW_NOT_FOUND'])
  })
})

describe('two versions', () => {
  it('are compared by what stands at which node and edge', async () => {
    await stored('compared', 1)
    await api('PUT', '/workflows/compared', {
      ...workflow(2, { description: 'new' }),
      nodes: [
        { id: 'c', type: 'log', config: { message: 'hi' } },
        { id: 'b', type: 'end' },
        { id: 'a', type: 'value', config: { value: 2 } },
      ],
      edges: [
        { from: 'a', to: 'c' },
        { from: 'c', to: 'b', when: 'true' },
      ],
    })
    const { data } = (await api('GET', '/workflows/compared/versions/compare?from=1')).body
    expect([data.from, data.to]).toEqual([1, 2])
    expect(data.changes).toEqual(
      expect.arrayContaining([
        { kind: 'added', path: 'description', after: 'new' },
        { kind: 'changed', path: 'nodes.a.config.value', before: 1, after: 2 },
        { kind: 'added', path: 'nodes.c', after: expect.objectContaining({ id: 'c', type: 'log' }) },
        { kind: 'removed', path: 'edges["a → b"]', before: { from: 'a', to: 'b' } },
        { kind: 'added', path: 'edges["a → c"]', after: { from: 'a', to: 'c' } },
        { kind: 'added', path: 'edges["c → b when true"]', after: { from: 'c', to: 'b', when: 'true' } },
      ]),
    )
    expect(data.changes).toHaveLength(6)
    expect((await api('GET', '/workflows/compared/versions/compare?from=2&to=2')).body.data.changes).toEqual([])
  })

  it('are compared by their own names alone, whatever every object has', async () => {
    const node = { id: 'constructor', type: 'value', config: { value: { valueOf: 1 } } }
    await api('POST', '/workflows', {
      workflow_id: 'inherited',
      nodes: [{ id: 'a', type: 'value', config: { value: 1 } }],
      edges: [],
    })
    await api('PUT', '/workflows/inherited', { nodes: [node], edges: [] })
    await api('PUT', '/workflows/inherited', { nodes: [{ ...node, config: { value: {} } }], edges: [] })
    const changes = async (query: string) =>
      (await api('GET', `/workflows/inherited/versions/compare?${query}`)).body.data.changes
    expect(await changes('from=1&to=2')).toEqual(
      expect.arrayContaining([
        { kind: 'added', path: 'nodes.constructor', after: expect.objectContaining({ id: 'constructor' }) },
      ]),
    )
    expect(await changes('from=2&to=1')).toEqual(
      expect.arrayContaining([
        { kind: 'removed', path: 'nodes.constructor', before: expect.objectContaining({ id: 'constructor' }) },
      ]),
    )
    expect(await changes('from=2&to=3')).toEqual([{ kind: 'removed', path: 'nodes.constructor.config.value.valueOf', before: 1 }])
  })

  it('are both needed', async () => {
    await stored('needed', 1)
    expect(refusal(await api('GET', '/workflows/needed/versions/compare'))).toEqual([400, 'BAD_REQUEST'])
    expect(refusal(await api('GET', '/workflows/needed/versions/compare?from=1&to=2'))).toEqual([404, 'WORKFLOW_NOT_FOUND'])
  })
})

describe('If-Match', () => {
  const put = (id: string, value: unknown, ifMatch: string) =>
    api('PUT', `/workflows/${id}`, workflow(value), { 'If-Match': ifMatch })

  it('lets a change through over the version that it was made from, and no other', async () => {
    await stored('matched', 1)
    expect((await put('matched', 2, '"1"')).body.data.version).toBe(2)
    const late = await put('matched', 3, '"1"')
    expect(refusal(late)).toEqual([412, 'PRECONDITION_FAILED'])
    expect(late.body.message).toContain('version 2')
    expect(valueIn(await api('GET', '/workflows/matched'))).toBe(2)
    expect((await put('matched', 3, '*')).body.data.version).toBe(3)
  })

  it('gives a version of its own to one of many at once', async () => {
    await stored('contended', 0)
    const answers = await Promise.all([1, 2, 3, 4].map((value) => put('contended', value, '"1"')))
    expect(answers.map(({ status }) => status).toSorted()).toEqual([200, 412, 412, 412])
  })

  it('takes the same content twice: an answer may have been lost', async () => {
    await stored('twice', 1)
    expect((await put('twice', 2, '"1"')).body.data.version).toBe(2)
    expect((await put('twice', 2, '"1"')).body.data.version).toBe(2)
  })

  it('keeps a retry policy, a restoration and a deletion from what has changed meanwhile', async () => {
    await stored('kept', 1, 2)
    const old = { 'If-Match': '"1"' }
    expect(refusal(await api('PUT', '/workflows/kept/retry', { max_attempts: 2 }, old))).toEqual([412, 'PRECONDITION_FAILED'])
    expect(refusal(await api('POST', '/workflows/kept/versions/1/restore', {}, old))).toEqual([412, 'PRECONDITION_FAILED'])
    expect(refusal(await api('DELETE', '/workflows/kept', undefined, old))).toEqual([412, 'PRECONDITION_FAILED'])
    expect((await api('DELETE', '/workflows/kept', undefined, { 'If-Match': '"2"' })).status).toBe(200)
    expect(refusal(await api('DELETE', '/workflows/kept', undefined, { 'If-Match': '"2"' }))).toEqual([404, 'WORKFLOW_NOT_FOUND'])
  })

  it.each(['1', 'W/"1"', '"1", "2"', '"x"', ''])('refuses %j', async (header) => {
    await stored('odd', 1)
    expect(refusal(await put('odd', 2, header))).toEqual([400, 'BAD_REQUEST'])
  })
})

describe('export and import', () => {
  it('bring workflows from one community to another', async () => {
    for (const id of ['x', 'y', 'z']) await api('POST', '/workflows', { ...workflow(id), workflow_id: id, community_id: 'from' })
    await api('PUT', '/workflows/y?community_id=from', workflow('newer'))
    const first = (await api('GET', '/workflows/export?community_id=from&per_page=2')).body
    expect(first.meta.pagination).toMatchObject({ total: 3, has_next: true })
    const second = (await api('GET', '/workflows/export?community_id=from&per_page=2&page=2')).body
    const workflows = [...first.data.workflows, ...second.data.workflows]
    const answer = await api('POST', '/workflows/import?community_id=to', { workflows })
    expect(answer.body.data).toEqual(
      ['x', 'y', 'z'].map((id, index) => ({ index, workflow_id: id, outcome: 'created', version: 1 })),
    )
    expect(valueIn(await api('GET', '/workflows/y?community_id=to'))).toBe('newer')
  })

  it('do with an id that exists as they are told', async () => {
    await stored('there', 1)
    const workflows = [{ ...workflow(2), workflow_id: 'there' }]
    const tried = async (on_conflict?: string) =>
      (await api('POST', '/workflows/import', { workflows, on_conflict })).body.data[0]
    expect(await tried()).toMatchObject({ outcome: 'refused', error_code: 'CONFLICT', workflow_id: 'there' })
    expect(await tried('skip')).toEqual({ index: 0, workflow_id: 'there', outcome: 'skipped', version: 1 })
    expect(await tried('version')).toEqual({ index: 0, workflow_id: 'there', outcome: 'updated', version: 2 })
    expect(await tried('version')).toEqual({ index: 0, workflow_id: 'there', outcome: 'unchanged', version: 2 })
  })

  it('take what is good and say what is not', async () => {
    const workflows = [workflow(1, { workflow_id: 'good' }), 7, { nodes: [{ id: 'n', type: 'nonsense' }], edges: [] }]
    const { body } = await api('POST', '/workflows/import', { workflows })
    expect(body.meta).toEqual({ refused: 2 })
    expect(body.data).toMatchObject([
      { outcome: 'created', workflow_id: 'good' },
      { outcome: 'refused', error_code: 'BAD_REQUEST', issues: [{ path: 'workflows[1]' }] },
      { outcome: 'refused', error_code: 'VALIDATION_FAILED', issues: [{ path: 'workflows[2].nodes[0].type' }] },
    ])
  })

  it('have bounds', async () => {
    const many = (count: number) => Array.from({ length: count }, (_, n) => workflow(n))
    expect((await api('POST', '/workflows/import', { workflows: many(100) })).status).toBe(200)
    for (const workflows of [many(101), []])
      expect(refusal(await api('POST', '/workflows/import', { workflows }))).toEqual([400, 'BAD_REQUEST'])
    expect((await api('GET', '/workflows/export?per_page=20')).status).toBe(200)
    expect(refusal(await api('GET', '/workflows/export?per_page=21'))).toEqual([400, 'BAD_REQUEST'])
  })
})
