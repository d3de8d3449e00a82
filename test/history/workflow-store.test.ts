import { env } from 'cloudflare:workers'
import { describe, expect, it } from 'vitest'
import { MAX_DEFINITION_BYTES } from '../../src/core/limits.ts'
import { createWorkflowStore, type NewVersion } from '../../src/history/workflow-store.ts'

const store = createWorkflowStore(env.DB)

const newVersion = (partial: Partial<NewVersion> = {}): NewVersion => ({
  communityId: 'default',
  workflowId: 'greet',
  definition: { name: 'Greet', nodes: [{ id: 'start', type: 'start', config: {} }], edges: [] },
  configHash: 'hash-1',
  by: 'ada',
  now: 1_000,
  ...partial,
})

const page = { page: 1, perPage: 20 }

describe('create', () => {
  it('stores version 1 and answers it', async () => {
    const workflow = newVersion({ workflowId: 'created' })
    const stored = {
      workflow_id: 'created',
      version: 1,
      config_hash: 'hash-1',
      definition: workflow.definition,
      created_at: 1_000,
      created_by: 'ada',
    }
    expect(await store.create(workflow)).toEqual(stored)
    expect(await store.get('default', 'created')).toEqual(stored)
  })

  it('answers null where the id exists, and changes nothing', async () => {
    await store.create(newVersion({ workflowId: 'taken' }))
    expect(await store.create(newVersion({ workflowId: 'taken', configHash: 'hash-2' }))).toBeNull()
    expect(await store.get('default', 'taken')).toMatchObject({ version: 1, config_hash: 'hash-1' })
  })

  it('lets one of two at once win', async () => {
    const answers = await Promise.all(
      ['a', 'b'].map((configHash) => store.create(newVersion({ workflowId: 'raced', configHash }))),
    )
    expect(answers.filter((answer) => answer === null)).toHaveLength(1)
  })

  it('keeps communities apart', async () => {
    await store.create(newVersion({ workflowId: 'shared', communityId: 'one' }))
    expect(await store.get('two', 'shared')).toBeNull()
    expect(await store.create(newVersion({ workflowId: 'shared', communityId: 'two', configHash: 'other' }))).not.toBeNull()
    expect(await store.get('one', 'shared')).toMatchObject({ config_hash: 'hash-1' })
  })

  it('takes a definition of the largest size', async () => {
    const definition = { nodes: [], edges: [], description: 'x'.repeat(MAX_DEFINITION_BYTES - 100) }
    expect(await store.create(newVersion({ workflowId: 'large', definition }))).toMatchObject({ definition })
  })
})

describe('addVersion', () => {
  it('adds an immutable version and leaves the old ones readable', async () => {
    const first = newVersion({ workflowId: 'versioned' })
    const second = newVersion({
      ...first,
      definition: { ...first.definition, name: 'Later' },
      configHash: 'hash-2',
      by: 'bo',
      now: 2_000,
    })
    await store.create(first)
    expect(await store.addVersion(second)).toMatchObject({
      version: 2,
      config_hash: 'hash-2',
      created_by: 'bo',
      created_at: 2_000,
    })
    expect(await store.get('default', 'versioned', 1)).toMatchObject({ version: 1, definition: first.definition })
    expect(await store.get('default', 'versioned')).toMatchObject({ version: 2, definition: second.definition })
    expect(await store.get('default', 'versioned', 3)).toBeNull()
  })

  it('answers the current version where the definition is the same', async () => {
    await store.create(newVersion({ workflowId: 'same' }))
    expect(await store.addVersion(newVersion({ workflowId: 'same', now: 2_000 }))).toMatchObject({
      version: 1,
      created_at: 1_000,
    })
    expect((await store.versions('default', 'same', page)).total).toBe(1)
  })

  it('makes a new version of a definition that an older version had', async () => {
    await store.create(newVersion({ workflowId: 'back' }))
    await store.addVersion(newVersion({ workflowId: 'back', configHash: 'hash-2' }))
    expect(await store.addVersion(newVersion({ workflowId: 'back' }))).toMatchObject({ version: 3, config_hash: 'hash-1' })
  })

  it('answers null where there is no such workflow', async () => {
    expect(await store.addVersion(newVersion({ workflowId: 'absent' }))).toBeNull()
    expect(await store.get('default', 'absent')).toBeNull()
  })

  it('gives each of several at once its own version', async () => {
    await store.create(newVersion({ workflowId: 'contended' }))
    const hashes = ['a', 'b', 'c', 'd', 'e']
    const answers = await Promise.all(
      hashes.map((configHash) => store.addVersion(newVersion({ workflowId: 'contended', configHash }))),
    )
    expect(answers.map((answer) => answer?.config_hash)).toEqual(hashes)
    expect(new Set(answers.map((answer) => answer?.version))).toEqual(new Set([2, 3, 4, 5, 6]))
  })
})

describe('remove', () => {
  it('hides the workflow and its versions, once', async () => {
    await store.create(newVersion({ workflowId: 'removed' }))
    expect(await store.remove('other', 'removed', 5_000)).toBe(false)
    expect(await store.remove('default', 'removed', 5_000)).toBe(true)
    expect(await store.remove('default', 'removed', 5_000)).toBe(false)
    expect(await store.get('default', 'removed')).toBeNull()
    expect(await store.get('default', 'removed', 1)).toBeNull()
    expect(await store.versions('default', 'removed', page)).toEqual({ items: [], total: 0 })
    expect(await store.addVersion(newVersion({ workflowId: 'removed', configHash: 'hash-2' }))).toBeNull()
  })

  it('lets the id begin again without using a version number twice', async () => {
    await store.create(newVersion({ workflowId: 'reborn' }))
    await store.addVersion(newVersion({ workflowId: 'reborn', configHash: 'hash-2' }))
    await store.remove('default', 'reborn', 5_000)
    expect(await store.create(newVersion({ workflowId: 'reborn', now: 6_000 }))).toMatchObject({ version: 3, created_at: 6_000 })
    expect(await store.get('default', 'reborn', 2)).toMatchObject({ config_hash: 'hash-2' })
  })
})

describe('lists', () => {
  it('show the latest version of what is there, page by page', async () => {
    const at = (workflowId: string) => newVersion({ communityId: 'listing', workflowId })
    for (const id of ['c', 'a', 'gone', 'b']) await store.create(at(id))
    await store.remove('listing', 'gone', 5_000)
    await store.addVersion({ ...at('b'), configHash: 'hash-2', by: 'bo', now: 3_000 })
    const first = await store.list('listing', { page: 1, perPage: 2 })
    expect(first.total).toBe(3)
    expect(first.items.map((item) => item.workflow_id)).toEqual(['a', 'b'])
    expect(first.items[1]).toEqual({
      workflow_id: 'b',
      version: 2,
      config_hash: 'hash-2',
      name: 'Greet',
      description: null,
      created_at: 1_000,
      created_by: 'ada',
      updated_at: 3_000,
    })
    expect((await store.list('listing', { page: 2, perPage: 2 })).items.map((item) => item.workflow_id)).toEqual(['c'])
  })

  it('show versions newest first', async () => {
    await store.create(newVersion({ workflowId: 'history' }))
    for (const configHash of ['b', 'c']) await store.addVersion(newVersion({ workflowId: 'history', configHash }))
    const { items, total } = await store.versions('default', 'history', { page: 1, perPage: 2 })
    expect(items.map((item) => item.version)).toEqual([3, 2])
    expect(total).toBe(3)
    expect(items[0]).toEqual({ version: 3, config_hash: 'c', created_at: 1_000, created_by: 'ada' })
  })
})

describe('a damaged definition', () => {
  it.each(['{"nodes":{}}', '[]', '{"nodes":[{"id":"a"}],"edges":[]}', 'no JSON'])('%s is loud', async (text) => {
    await store.create(newVersion({ workflowId: 'damaged' }))
    await env.DB.prepare("UPDATE workflow_versions SET definition = ? WHERE workflow_id = 'damaged'").bind(text).run()
    await expect(store.get('default', 'damaged')).rejects.toThrow()
  })
})
