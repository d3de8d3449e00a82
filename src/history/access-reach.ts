// Which workflows and executions a caller may see or touch, as a condition in SQL: for lists and searches, which must not show more
// than reading each by its id would.
import { and, eq, inArray, isNotNull, isNull, or } from 'drizzle-orm'
import type { DrizzleD1Database } from 'drizzle-orm/d1'
import { union } from 'drizzle-orm/sqlite-core'
import { executions, workflowGrants, workflows } from './schema.ts'

/** Absent where somebody has everything of the community. */
export interface AccessReach {
  readonly user: string
  /** `user:<name>`, `key:<id>`: whose grants count. */
  readonly grantees: readonly string[]
  readonly permission: 'can_view' | 'can_execute' | 'can_edit'
}

/** Workflows whose owner it is, or that are granted. A deleted workflow still has its owner. */
const ownedOrGranted = (db: DrizzleD1Database, communityId: string, { user, grantees, permission }: AccessReach) =>
  union(
    db
      .select({ workflow_id: workflows.workflow_id })
      .from(workflows)
      .where(and(eq(workflows.community_id, communityId), eq(workflows.created_by, user))),
    db
      .select({ workflow_id: workflowGrants.workflow_id })
      .from(workflowGrants)
      .where(
        and(
          eq(workflowGrants.community_id, communityId),
          inArray(workflowGrants.grantee, [...grantees]),
          eq(workflowGrants[permission], true),
        ),
      ),
  )

export const reachesWorkflow = (db: DrizzleD1Database, communityId: string, reach: AccessReach | undefined) =>
  reach && inArray(workflows.workflow_id, ownedOrGranted(db, communityId, reach))

/** An execution of an inline definition belongs to whoever started it, one of a stored workflow is as that is. */
export const reachesExecution = (db: DrizzleD1Database, communityId: string, reach: AccessReach | undefined) =>
  reach &&
  or(
    and(isNull(executions.workflow_version), eq(executions.triggered_by, reach.user)),
    and(isNotNull(executions.workflow_version), inArray(executions.workflow_id, ownedOrGranted(db, communityId, reach))),
  )
