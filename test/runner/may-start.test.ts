import { expect, it } from 'vitest'
import type { StoredAccess } from '../../src/history/grant-store.ts'
import { mayStart, type Starter } from '../../src/runner/may-start.ts'

const grant = (grantee: string, permission: 'can_view' | 'can_execute' | 'can_edit' = 'can_execute') => ({
  grantee,
  can_view: false,
  can_execute: false,
  can_edit: false,
  [permission]: true,
})

/** Olga's, with grants; carl's `caller` may execute it too. */
const accesses: Readonly<Record<string, StoredAccess>> = {
  wanted: {
    owner: 'olga',
    grants: [grant('user:eve'), grant('key:k1'), grant('user:vic', 'can_view'), grant('user:carl')],
    isDeleted: false,
  },
  caller: { owner: 'carl', grants: [grant('user:sam')], isDeleted: false },
  stranger: { owner: 'mallory', grants: [], isDeleted: false },
}

const ask = (starter: Omit<Starter, 'communityId'>, workflow = 'wanted') =>
  mayStart({ communityId: '7', ...starter }, workflow, async (community, id) =>
    community === '7' ? (accesses[id] ?? null) : null,
  )

it.each<[string, Omit<Starter, 'communityId'>, boolean]>([
  ['its owner', { triggeredBy: 'olga' }, true],
  ['who may execute it', { triggeredBy: 'eve' }, true],
  ['whose key may execute it', { triggeredBy: 'sam', authority: { key: 'k1' } }, true],
  ['an administrator', { triggeredBy: 'ann', authority: { isAdmin: true } }, true],
  ['anyone, by a workflow whose owner may execute it', { triggeredBy: 'sam', authority: { workflow: 'caller' } }, true],
  ['anyone, by itself', { triggeredBy: 'sam', authority: { workflow: 'wanted' } }, true],
  ['who may only view it', { triggeredBy: 'vic' }, false],
  ['anyone else', { triggeredBy: 'sam' }, false],
  ['with another key', { triggeredBy: 'sam', authority: { key: 'k2' } }, false],
  ["anyone, by a stranger's workflow", { triggeredBy: 'sam', authority: { workflow: 'stranger' } }, false],
  ['anyone, by a workflow that there is not', { triggeredBy: 'sam', authority: { workflow: 'gone' } }, false],
])('%s: %j is %s', async (_, starter, expected) => expect(await ask(starter)).toBe(expected))

it('of what there is not, others say so', async () => expect(await ask({ triggeredBy: 'sam' }, 'gone')).toBe(true))
