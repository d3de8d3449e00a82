// Puts together what decides about access: the stores, what is remembered of them for seconds, and the guard. `app.ts` calls it.
import type { ApiKeyStore, StoredApiKey } from '../../history/api-key-store.ts'
import { type ExecutionOrigin, recordedOrigin } from '../../history/execution-origin.ts'
import type { GrantStore } from '../../history/grant-store.ts'
import { BoundedMemo } from '../bounded-memo.ts'
import type { AppDeps } from '../deps.ts'
import { FRESH_ACCESS_MS, KEPT_ACCESS_MS, MAX_CACHED_ACCESS } from '../limits.ts'
import { createRecent, type Recent } from '../recent.ts'
import { forgetOnWrite } from '../start/forget-on-write.ts'
import { createKeyFinder, type FindKey } from './find-key.ts'
import { createGuard, type Guard } from './guard.ts'

type Stores = Pick<AppDeps, 'apiKeys' | 'grants' | 'workflows' | 'history' | 'execution' | 'clock'>

interface AccessParts extends Pick<AppDeps, 'apiKeys' | 'grants' | 'workflows'> {
  readonly guard: Guard
  readonly findKey: FindKey
}

/** The stores it gives back are those to be written to: what they change counts at once in this isolate. */
export function createAccess({ apiKeys, grants, workflows, history, execution, clock }: Stores): AccessParts {
  const options = { clock, freshMs: FRESH_ACCESS_MS, keepMs: KEPT_ACCESS_MS, maxWeight: MAX_CACHED_ACCESS }
  const keys = createRecent({ ...options, load: apiKeys.find, weightOf: () => 1 })
  const accesses = createRecent({
    ...options,
    load: (place) => grants.get(...parsePlace(place)),
    weightOf: (access) => 1 + access.grants.length,
  })
  const guard = createGuard({
    findAccess: (communityId, workflowId) => accesses.find(placeOf(communityId, workflowId)),
    findOrigin: originFinder(execution, history),
  })
  const forget = (communityId: string, workflowId: string) => accesses.forget(placeOf(communityId, workflowId))
  return {
    guard,
    findKey: createKeyFinder(keys, clock),
    apiKeys: keysForgotten(apiKeys, keys),
    grants: grantsForgotten(grants, forget),
    workflows: forgetOnWrite(workflows, forget),
  }
}

const placeOf = (communityId: string, workflowId: string): string => JSON.stringify([communityId, workflowId])

/** Of `placeOf`, two texts. */
const parsePlace = (place: string): [string, string] => JSON.parse(place)

/** What an execution came from never changes: once known, it is asked for no more. */
function originFinder(execution: AppDeps['execution'], history: Pick<AppDeps['history'], 'get'>) {
  const known = new BoundedMemo<ExecutionOrigin>(MAX_CACHED_ACCESS)
  return async (communityId: string, executionId: string): Promise<ExecutionOrigin | null> => {
    const place = placeOf(communityId, executionId)
    const remembered = known.get(place)
    if (remembered !== undefined) return remembered
    const origin = (await execution(executionId).origin(communityId)) ?? (await recorded(history, communityId, executionId))
    if (origin !== null) known.set(place, origin, 1)
    return origin
  }
}

async function recorded(history: Pick<AppDeps['history'], 'get'>, communityId: string, executionId: string) {
  const record = await history.get(communityId, executionId)
  return record === null ? null : recordedOrigin(record)
}

const keysForgotten = (store: ApiKeyStore, keys: Recent<StoredApiKey>): ApiKeyStore => ({
  find: store.find,
  known: store.known,
  list: store.list,
  create: store.create,
  rotate: (communityId, id, rotation) => store.rotate(communityId, id, rotation).finally(() => keys.forget(id)),
  revoke: (communityId, id, now) => store.revoke(communityId, id, now).finally(() => keys.forget(id)),
})

const grantsForgotten = (store: GrantStore, forget: (communityId: string, workflowId: string) => void): GrantStore => ({
  get: store.get,
  replace: (change) => store.replace(change).finally(() => forget(change.communityId, change.workflowId)),
})
