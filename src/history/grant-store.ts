// Who may do what with a stored workflow: its owner, and the grants that the owner gave. The HTTP API asks it before it acts.
import { and, eq, isNull, sql } from 'drizzle-orm'
import { drizzle } from 'drizzle-orm/d1'
import { workflowGrants, workflows } from './schema.ts'

export interface StoredGrant {
  /** `user:<name>` or `key:<id>`. */
  readonly grantee: string
  readonly can_view: boolean
  readonly can_execute: boolean
  readonly can_edit: boolean
}

export interface StoredAccess {
  readonly owner: string
  /** By grantee, ascending. */
  readonly grants: readonly StoredGrant[]
  /** Of a deleted workflow there are no grants any more, but its owner is known. */
  readonly isDeleted: boolean
}

export interface GrantChange {
  readonly communityId: string
  readonly workflowId: string
  readonly grants: readonly StoredGrant[]
  readonly by: string
  /** Ms since the epoch. */
  readonly now: number
}

export interface GrantStore {
  /** Null where the community never had such a workflow. */
  get(communityId: string, workflowId: string): Promise<StoredAccess | null>
  /** These and no others. False where there is no such workflow. */
  replace(change: GrantChange): Promise<boolean>
}

export function createGrantStore(database: D1Database): GrantStore {
  const db = drizzle(database)
  const isGrantOf = (communityId: string, workflowId: string) =>
    and(eq(workflowGrants.community_id, communityId), eq(workflowGrants.workflow_id, workflowId))
  const isWorkflow = (communityId: string, workflowId: string) =>
    and(eq(workflows.community_id, communityId), eq(workflows.workflow_id, workflowId))

  return {
    async get(communityId, workflowId) {
      const [[workflow], grants] = await db.batch([
        db
          .select({ owner: workflows.created_by, deleted_at: workflows.deleted_at })
          .from(workflows)
          .where(isWorkflow(communityId, workflowId)),
        db
          .select({
            grantee: workflowGrants.grantee,
            can_view: workflowGrants.can_view,
            can_execute: workflowGrants.can_execute,
            can_edit: workflowGrants.can_edit,
          })
          .from(workflowGrants)
          .where(isGrantOf(communityId, workflowId))
          .orderBy(workflowGrants.grantee),
      ])
      return workflow === undefined ? null : { owner: workflow.owner, grants, isDeleted: workflow.deleted_at !== null }
    },

    async replace({ communityId, workflowId, grants, by, now }) {
      const present = and(isWorkflow(communityId, workflowId), isNull(workflows.deleted_at))
      // One bound value, however many grants. A workflow deleted just now gets none.
      const given = sql`(SELECT value FROM json_each(${JSON.stringify(grants)}))`
      const [, , found] = await db.batch([
        db.delete(workflowGrants).where(isGrantOf(communityId, workflowId)),
        db.insert(workflowGrants).select(
          db
            .select({
              community_id: workflows.community_id,
              workflow_id: workflows.workflow_id,
              grantee: sql<string>`json_extract(given.value, '$.grantee')`.as('grantee'),
              can_view: sql<boolean>`json_extract(given.value, '$.can_view')`.as('can_view'),
              can_execute: sql<boolean>`json_extract(given.value, '$.can_execute')`.as('can_execute'),
              can_edit: sql<boolean>`json_extract(given.value, '$.can_edit')`.as('can_edit'),
              granted_at: sql<number>`${now}`.as('granted_at'),
              granted_by: sql<string>`${by}`.as('granted_by'),
            })
            .from(workflows)
            .innerJoin(sql`${given} AS given`, sql`true`)
            .where(present),
        ),
        db.select({ workflow_id: workflows.workflow_id }).from(workflows).where(present),
      ])
      return found.length > 0
    },
  }
}
