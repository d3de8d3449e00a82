// What a route needs, declared beside its definition; and the one way to define a route. The declaration is enforced before
// anything of the request is read, and stands in the reference. `app.ts` mounts no route that has none.
import { createRoute, type RouteConfig } from '@hono/zod-openapi'
import type { MiddlewareHandler } from 'hono'
import type { HttpEnv } from './deps.ts'
import type { Scope } from './identity.ts'
import { describeRoute, type RouteNotes } from './reference/describe-route.ts'

/** A key with `scope`; and with `on`, the permission of that name on what the path names as `id`. */
export interface KeyAccess {
  /** What the audit log calls it: `cancel_execution`. */
  readonly action: string
  readonly scope: Scope
  /** `own workflow`: for its owner alone. Absent: the handler sees to it that nothing but the caller's own is shown or touched. */
  readonly on?: 'workflow' | 'own workflow' | 'execution'
  /** An administrative change, which is a row of the audit log. Absent: what `admin` is needed for and is no GET. */
  readonly audited?: boolean
  /** A stream token (`?token=`) serves in place of a key. */
  readonly orStreamToken?: true
}

export type Access =
  | KeyAccess
  /** Without a key: for anyone, or for whoever has a signed link. */
  | { readonly action: string; readonly open: 'anyone' | 'link' }

/** The declaration as it stands in the reference, and as `accessOf` finds it. */
const MEMBER = 'x-access'

type Definition<Path extends string> = Omit<RouteConfig, 'path' | 'middleware' | 'security' | 'operationId'> &
  RouteNotes & { path: Path }

/** `createRoute` with a declaration before it. */
export function apiRoute<Path extends string, Config extends Definition<Path>>(access: Access, config: Config) {
  const route = createRoute({ ...describeRoute(access, config), middleware: enforce(access), [MEMBER]: access })
  // It is a route of this configuration, with what is ours added to it.
  return route as unknown as ReturnType<typeof createRoute<Path, Config>>
}

/** What a mounted route declares; null where it was not defined by `apiRoute`. */
export const accessOf = (route: RouteConfig): Access | null => {
  const declared: unknown = Reflect.get(route, MEMBER)
  // Nobody else writes this member.
  return declared === undefined ? null : (declared as Access)
}

/** Whether what a route did, if it did it, is an administrative change. */
export const isAudited = (access: KeyAccess, method: string): boolean =>
  access.audited ?? (access.scope === 'admin' && !isReading(method))

/** Of a request that changes nothing. */
export const isReading = (method: string): boolean => method === 'GET' || method === 'HEAD'

const enforce =
  (access: Access): MiddlewareHandler<HttpEnv> =>
  async (c, next) => {
    c.set('access', access)
    if (!('open' in access)) await c.get('guard').require(c.get('identity'), access, c.req.param('id'))
    await next()
  }
