import { env } from 'cloudflare:workers'
import { describe, expect, it } from 'vitest'
import { byteLength } from '../../src/core/json.ts'
import { MAX_DEAD_LETTER_EXCERPT_BYTES } from '../../src/core/limits.ts'
import { type DeadLetter, excerptOf } from '../../src/history/dead-letter.ts'
import { createDeadLetterStore, type DeadLetterQuery } from '../../src/history/dead-letter-store.ts'
import { recordStatements } from '../support/record-statements.ts'

const store = createDeadLetterStore(env.DB)

const letter = (partial: Partial<DeadLetter> = {}): DeadLetter => ({
  id: 'message:millrace-tasks-dead:m1',
  kind: 'message',
  queue: 'millrace-tasks-dead',
  execution_id: '00000000000000a1',
  community_id: null,
  workflow_id: null,
  config_hash: null,
  error_code: null,
  error_message: null,
  error_node_id: null,
  excerpt: '{"kind":',
  body: '{"kind":"attempt"}',
  attempts: null,
  created_at: 1_000,
  ...partial,
})

describe('save and get', () => {
  it('keeps every field, once', async () => {
    expect(await store.save([letter()])).toEqual({ rowsWritten: 3, failed: new Map() })
    expect((await store.save([letter({ body: '"changed"' })])).rowsWritten).toBe(0)
    expect(await store.get(null, letter().id)).toEqual(letter())
  })

  it('shows a community only its own', async () => {
    await store.save([letter({ id: 'theirs', community_id: 'them' })])
    expect(await store.get('them', 'theirs')).not.toBeNull()
    expect(await store.get('us', 'theirs')).toBeNull()
    expect(await store.get('us', letter().id)).toBeNull()
  })

  it('names the letters that D1 refused and keeps the others', async () => {
    await env.DB.exec(
      "CREATE TRIGGER refuse BEFORE INSERT ON dead_letters WHEN NEW.id = 'poison' BEGIN SELECT RAISE(ABORT, 'refused'); END",
    )
    const poison = letter({ id: 'poison' })
    const { failed } = await store.save([letter({ id: 'good-1' }), poison, letter({ id: 'good-2' })])
    await env.DB.exec('DROP TRIGGER refuse')
    expect([...failed.keys()]).toEqual([poison])
    expect(await store.get(null, 'good-2')).not.toBeNull()
  })
})

describe('list', () => {
  it('is newest first, without bodies, page by page', async () => {
    await store.save([1, 2, 3].map((n) => letter({ id: `l${n}`, community_id: 'paged', created_at: n })))
    const first = await store.list({ communityId: 'paged', page: 1, perPage: 2 })
    expect(first.total).toBe(3)
    expect(first.items.map((item) => item.id)).toEqual(['l3', 'l2'])
    const { body: _, ...summary } = letter({ id: 'l3', community_id: 'paged', created_at: 3 })
    expect(first.items[0]).toEqual(summary)
    expect((await store.list({ communityId: 'paged', page: 2, perPage: 2 })).items.map((item) => item.id)).toEqual(['l1'])
  })

  it('shows the operator all', async () => {
    const newest = [letter({ id: 'x', community_id: 'a', created_at: 9_000 }), letter({ id: 'y', created_at: 9_001 })]
    await store.save(newest)
    const { items } = await store.list({ communityId: null, page: 1, perPage: 2 })
    expect(items.map((item) => item.id)).toEqual(['y', 'x'])
  })

  it.each<[string, DeadLetterQuery]>([
    ['dead_letters_by_creation', { communityId: null, page: 1, perPage: 20 }],
    ['dead_letters_by_community', { communityId: 'a', page: 1, perPage: 20 }],
  ])('walks %s in its order', async (index, query) => {
    const { database, plans } = recordStatements(env.DB)
    await createDeadLetterStore(database).list(query)
    const [page] = await plans()
    expect(page).toContain(index)
    expect(page).not.toContain('TEMP B-TREE')
  })
})

describe('excerptOf', () => {
  it('keeps a text at the limit and cuts one above', () => {
    const atLimit = 'x'.repeat(MAX_DEAD_LETTER_EXCERPT_BYTES)
    expect(excerptOf(atLimit)).toBe(atLimit)
    expect(excerptOf(`${atLimit}x`)).toMatch(/\[truncated\]$/)
    expect(byteLength(excerptOf(`${atLimit}ü`))).toBe(MAX_DEAD_LETTER_EXCERPT_BYTES)
  })
})
