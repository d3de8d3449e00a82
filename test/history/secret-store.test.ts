import { env } from 'cloudflare:workers'
import { describe, expect, it } from 'vitest'
import { MAX_SECRETS, MAX_SECRETS_PER_ROTATION } from '../../src/core/limits.ts'
import { createSecretStore, type NewSecret } from '../../src/history/secret-store.ts'

const OLD = `old:${'a1'.repeat(32)}`
const NEW = `new:${'b2'.repeat(32)}`
const store = createSecretStore(env.DB, OLD)
const rotating = createSecretStore(env.DB, `${NEW}, ${OLD}`)
const rotated = createSecretStore(env.DB, NEW)

const secret = (partial: Partial<NewSecret> = {}): NewSecret => ({
  communityId: 'default',
  name: 'token',
  value: 'sk-live-0123456789',
  by: 'ada',
  now: 1_000,
  ...partial,
})

const revealed = async (communityId: string, name = 'token', from = store) =>
  (await from.reveal(communityId, [name])).get(name) ?? null

const rowsOf = async (communityId: string) => {
  const { results } = await env.DB.prepare('SELECT * FROM secrets WHERE community_id = ?').bind(communityId).all()
  return results
}

/** As many as asked for, all of one value: only their number matters. */
async function fill(communityId: string, count: number): Promise<void> {
  await store.put(secret({ communityId, name: 'n0' }))
  await env.DB.prepare(
    `WITH RECURSIVE numbers(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < ?2 - 1)
     INSERT INTO secrets SELECT community_id, 'n' || n, key_id, ciphertext, created_at, updated_at, updated_by
     FROM secrets, numbers WHERE community_id = ?1 AND name = 'n0' AND ?2 > 1`,
  )
    .bind(communityId, count)
    .run()
}

describe('put', () => {
  it('tells a new secret from one in place of another, and keeps its beginning', async () => {
    const first = { name: 'token', key_id: 'old', created_at: 1_000, updated_at: 1_000, updated_by: 'ada' }
    expect(await store.put(secret({ communityId: 'put' }))).toEqual({ summary: first, isNew: true })
    const second = { ...first, updated_at: 2_000, updated_by: 'bo' }
    expect(await store.put(secret({ communityId: 'put', value: 'another one', by: 'bo', now: 2_000 }))).toEqual({
      summary: second,
      isNew: false,
    })
    expect(await store.get('put', 'token')).toEqual(second)
    expect(await revealed('put')).toBe('another one')
  })

  it.each(['ünïcödé ✓', '😀😀😀', '\uFEFFwith a mark', 'line\nbreak\u0000', 'x'.repeat(65_536)])(
    'gives back what it was given: %.20j',
    async (value) => {
      await store.put(secret({ communityId: 'values', value }))
      expect(await revealed('values')).toBe(value)
    },
  )

  it(`takes ${MAX_SECRETS} of a community and not one more, whatever others have`, async () => {
    await fill('full', MAX_SECRETS - 1)
    await store.put(secret({ communityId: 'beside' }))
    expect(await store.put(secret({ communityId: 'full', name: 'last' }))).toMatchObject({ isNew: true })
    expect(await store.put(secret({ communityId: 'full', name: 'more' }))).toBeNull()
    expect(await store.put(secret({ communityId: 'full', name: 'last', now: 2_000 }))).toMatchObject({ isNew: false })
    expect(await store.list('full')).toHaveLength(MAX_SECRETS)
  })
})

describe('at rest', () => {
  it('nothing of a value can be read', async () => {
    const value = 'correct horse battery staple'
    await store.put(secret({ communityId: 'rest', value }))
    const [row] = await rowsOf('rest')
    const bytes = Buffer.from(String(row?.ciphertext), 'base64')
    expect(JSON.stringify(row)).not.toContain('horse')
    expect(bytes.toString('latin1')).not.toContain('horse')
    // The iv, the text and the tag, and no more than that.
    expect(bytes).toHaveLength(12 + value.length + 16)
  })

  it('the same value is written otherwise every time', async () => {
    await store.put(secret({ communityId: 'twice', name: 'a' }))
    await store.put(secret({ communityId: 'twice', name: 'b' }))
    await store.put(secret({ communityId: 'twice', name: 'c' }))
    expect(new Set((await rowsOf('twice')).map(({ ciphertext }) => String(ciphertext).slice(0, 16))).size).toBe(3)
  })
})

describe('reveal', () => {
  it('gives those that there are, of this community alone', async () => {
    await store.put(secret({ communityId: 'one', name: 'a', value: 'value of one' }))
    await store.put(secret({ communityId: 'two', name: 'a', value: 'value of two' }))
    await store.put(secret({ communityId: 'two', name: 'b' }))
    expect(await store.reveal('one', ['a', 'b', "c' OR 1=1"])).toEqual(new Map([['a', 'value of one']]))
    expect(await store.reveal('one', [])).toEqual(new Map())
    expect(await store.reveal('three', ['a'])).toEqual(new Map())
  })

  it.each([
    ['another community', 'UPDATE secrets SET community_id = ?2 WHERE community_id = ?1 AND name = ?3', 'moved-to', 'token'],
    ['another name', 'UPDATE secrets SET name = ?3 WHERE community_id = ?1', 'moved', 'other'],
  ])('refuses a row that was moved to %s', async (_, statement, communityId, name) => {
    await store.put(secret({ communityId: 'moved' }))
    await env.DB.prepare(`${statement} AND ?2 <> ''`).bind('moved', communityId, name).run()
    await expect(revealed(communityId, name)).rejects.toThrow(/does not open with the key old/)
    await env.DB.prepare('DELETE FROM secrets WHERE community_id = ?').bind(communityId).run()
  })

  it('refuses rows whose ciphertexts were swapped, one that was changed, and one that is none', async () => {
    await store.put(secret({ communityId: 'swap', name: 'a', value: 'value of a' }))
    await store.put(secret({ communityId: 'swap', name: 'b', value: 'value of b' }))
    await env.DB.prepare(
      `UPDATE secrets SET ciphertext = (SELECT ciphertext FROM secrets WHERE community_id = 'swap' AND name = 'b')
       WHERE community_id = 'swap' AND name = 'a'`,
    ).run()
    await expect(revealed('swap', 'a')).rejects.toThrow(/does not open/)
    for (const damage of ["substr(ciphertext, 1, 20) || 'AAAA' || substr(ciphertext, 25)", "''", "'no base64!'"]) {
      await store.put(secret({ communityId: 'swap', name: 'b', value: 'value of b' }))
      await env.DB.prepare(`UPDATE secrets SET ciphertext = ${damage} WHERE community_id = 'swap' AND name = 'b'`).run()
      await expect(revealed('swap', 'b')).rejects.toMatchObject({ name: 'SecretUnreadableError' })
    }
  })

  it('names the key that is gone, and shows nothing of any', async () => {
    await store.put(secret({ communityId: 'gone' }))
    const message = await rotated.reveal('gone', ['token']).then(String, (error: Error) => error.message)
    expect(message).toContain('The secret token is encrypted with the key old')
    expect(message).not.toMatch(/[0-9a-f]{16}/)
  })

  it('refuses another key of the same id', async () => {
    await store.put(secret({ communityId: 'impostor' }))
    const impostor = createSecretStore(env.DB, `old:${'c3'.repeat(32)}`)
    await expect(revealed('impostor', 'token', impostor)).rejects.toThrow(/the key is another of that id/)
  })

  it('and all else needs a key', async () => {
    const keyless = createSecretStore(env.DB, undefined)
    const calls = [
      () => keyless.list('any'),
      () => keyless.get('any', 'token'),
      () => keyless.put(secret()),
      () => keyless.remove('any', 'token'),
      () => keyless.reveal('any', ['token']),
      () => keyless.rotate({ communityId: null, after: null }),
    ]
    for (const call of calls) await expect(call()).rejects.toThrow(/has no key to encrypt secrets/)
  })
})

describe('list and remove', () => {
  it('list the names of one community in order', async () => {
    for (const name of ['b', 'a', 'C']) await store.put(secret({ communityId: 'listed', name }))
    expect((await store.list('listed')).map(({ name }) => name)).toEqual(['C', 'a', 'b'])
    expect(JSON.stringify(await store.list('listed'))).not.toContain('ciphertext')
    expect(await store.get('listed', 'd')).toBeNull()
  })

  it('remove one and say whether it was there', async () => {
    await store.put(secret({ communityId: 'removed' }))
    expect(await store.remove('other', 'token')).toBe(false)
    expect(await store.remove('removed', 'token')).toBe(true)
    expect(await store.remove('removed', 'token')).toBe(false)
    expect(await revealed('removed')).toBeNull()
  })
})

describe('rotate', () => {
  const done = { keyId: 'new', rotated: 0, unreadable: 0, missingKeyIds: [], remaining: 0, next: null }
  const rotate = (communityId: string | null, from = rotating) => from.rotate({ communityId, after: null })

  it('encrypts with the first key what another had encrypted, and changes nothing else', async () => {
    for (const name of ['a', 'b']) await store.put(secret({ communityId: 'turn', name, value: `value of ${name}` }))
    const before = await store.list('turn')
    expect(await rotate('turn')).toEqual({ ...done, rotated: 2 })
    expect(await rotating.list('turn')).toEqual(before.map((summary) => ({ ...summary, key_id: 'new' })))
    expect(await rotated.reveal('turn', ['a', 'b'])).toEqual(
      new Map([
        ['a', 'value of a'],
        ['b', 'value of b'],
      ]),
    )
    expect(await rotate('turn')).toEqual(done)
  })

  it('tells what no key opens, and goes on with the rest', async () => {
    const third = createSecretStore(env.DB, `third:${'d4'.repeat(32)}`)
    await third.put(secret({ communityId: 'broken', name: 'lost' }))
    await store.put(secret({ communityId: 'broken', name: 'damaged' }))
    await env.DB.prepare(`UPDATE secrets SET ciphertext = 'AAAA' WHERE community_id = 'broken' AND name = 'damaged'`).run()
    await store.put(secret({ communityId: 'broken', name: 'whole' }))
    expect(await rotate('broken')).toEqual({ ...done, rotated: 1, unreadable: 2, missingKeyIds: ['third'] })
    expect(await revealed('broken', 'lost', third)).toBe('sk-live-0123456789')
  })

  it('takes large values', async () => {
    const value = '€'.repeat(20_000)
    for (let n = 0; n < 12; n += 1) await store.put(secret({ communityId: 'large', name: `n${n}`, value }))
    expect(await rotate('large')).toEqual({ ...done, rotated: 12 })
    expect(await revealed('large', 'n11', rotated)).toBe(value)
  })

  it(`looks at ${MAX_SECRETS_PER_ROTATION} in one call, in all communities, and goes on in the next`, async () => {
    await env.DB.exec('DELETE FROM secrets')
    await fill('a', MAX_SECRETS)
    expect(await rotate(null)).toMatchObject({ remaining: 0, next: null })
    await env.DB.exec('DELETE FROM secrets')
    await fill('a', MAX_SECRETS)
    for (const communityId of ['b', 'c']) await store.put(secret({ communityId }))
    // Copies under other names do not open, and are in nobody's way.
    const first = await rotate(null)
    expect(first).toEqual({ ...done, rotated: 1, unreadable: 999, remaining: 2, next: expect.objectContaining({ name: 'n999' }) })
    expect(await rotate('b')).toEqual({ ...done, rotated: 1 })
    expect(await rotating.rotate({ communityId: null, after: first.next })).toEqual({ ...done, rotated: 1 })
  })

  it('a secret that is set anew meanwhile wins', async () => {
    await store.put(secret({ communityId: 'race', value: 'the one before' }))
    await Promise.all([rotate('race'), rotating.put(secret({ communityId: 'race', value: 'the one after', now: 2_000 }))])
    expect(await revealed('race', 'token', rotated)).toBe('the one after')
  })
})
