// Stored workflows and their immutable versions, in D1. The HTTP API calls it; nothing here validates a definition.
// Every write is one batch, which D1 runs as one transaction: of two writers at once each gets a version of its own.
import { and, count, desc, eq, isNotNull, isNull, ne, notExists, sql } from 'drizzle-orm'
import { type DrizzleD1Database, drizzle } from 'drizzle-orm/d1'
import type { WorkflowDefinition } from '../core/definition.ts'
import { type AccessReach, reachesWorkflow } from './access-reach.ts'
import { type Page, type PageRequest, pageOffset } from './page.ts'
import { workflowGrants, workflows, workflowVersions } from './schema.ts'
import { parseStoredDefinition } from './stored-definition.ts'

/** What a list of workflows shows: the latest version, without its definition. Moments in ms. */
export interface WorkflowSummary {
  readonly workflow_id: string
  readonly version: number
  readonly config_hash: string
  readonly name: string | null
  readonly description: string | null
  /** Of the workflow; after a deletion, of its new beginning. */
  readonly created_at: number
  readonly created_by: string
  readonly updated_at: number
}

export interface WorkflowVersionSummary {
  readonly version: number
  readonly config_hash: string
  readonly created_at: number
  readonly created_by: string
}

/** One version with its definition. `created_at` and `created_by` are the version's. */
export interface StoredWorkflow extends WorkflowVersionSummary {
  readonly workflow_id: string
  readonly definition: WorkflowDefinition
}

export interface NewVersion {
  readonly communityId: string
  readonly workflowId: string
  /** Canonical. */
  readonly definition: WorkflowDefinition
  readonly configHash: string
  readonly by: string
  readonly now: number
}

export interface WorkflowStore {
  /**
   * Null where the id exists in the community. A deleted id begins again, its version numbers go on; but for its last owner or an
   * administrator (`asAdmin`) alone: whoever has the workflow may read the executions that bear its id.
   */
  create(workflow: NewVersion, asAdmin?: boolean): Promise<StoredWorkflow | null>
  /**
   * The new version, or the current one unchanged where the hash is the same, or where it is not `onlyOver`. Null where there is no such
   * workflow.
   */
  addVersion(workflow: NewVersion, onlyOver?: number): Promise<StoredWorkflow | null>
  /** The latest version, or the one asked for. Null where there is none or the workflow was deleted. */
  get(communityId: string, workflowId: string, version?: number): Promise<StoredWorkflow | null>
  /** By id, ascending; with `reach`, only what is within it. */
  list(communityId: string, page: PageRequest, reach?: AccessReach): Promise<Page<WorkflowSummary>>
  /** The latest versions with their definitions; in that order, within that reach. */
  definitions(communityId: string, page: PageRequest, reach?: AccessReach): Promise<Page<StoredWorkflow>>
  /** Newest first. Empty where there is no such workflow. */
  versions(communityId: string, workflowId: string, page: PageRequest): Promise<Page<WorkflowVersionSummary>>
  /** False where there was none, or where its version is not `onlyOver`. Versions and executions stay, grants go. */
  remove(communityId: string, workflowId: string, now: number, onlyOver?: number): Promise<boolean>
}

export function createWorkflowStore(database: D1Database): WorkflowStore {
  const db = drizzle(database)
  return {
    async create(workflow, asAdmin = false) {
      const steps = [insertWorkflow(db, workflow, asAdmin), insertVersion(db, workflow), selectVersion(db, workflow)] as const
      const [written, , [stored]] = await db.batch(steps)
      return written.length === 0 ? null : readVersion(stored)
    },

    async addVersion(workflow, onlyOver) {
      const steps = [updateWorkflow(db, workflow, onlyOver), insertVersion(db, workflow), selectVersion(db, workflow)] as const
      const [, , [stored]] = await db.batch(steps)
      return readVersion(stored)
    },

    async get(communityId, workflowId, version) {
      const [stored] = await selectVersion(db, { communityId, workflowId }, version)
      return readVersion(stored)
    },

    async list(communityId, page, reach) {
      const present = isWithin(db, communityId, reach)
      const [items, [counted]] = await db.batch([
        db
          .select(summaryColumns)
          .from(workflows)
          .where(present)
          .orderBy(workflows.workflow_id)
          .limit(page.perPage)
          .offset(pageOffset(page)),
        db.select({ total: count() }).from(workflows).where(present),
      ])
      return { items, total: counted?.total ?? 0 }
    },

    async definitions(communityId, page, reach) {
      const present = isWithin(db, communityId, reach)
      const [items, [counted]] = await db.batch([
        selectVersions(db)
          .where(and(present, eq(workflowVersions.version, workflows.version)))
          .orderBy(workflows.workflow_id)
          .limit(page.perPage)
          .offset(pageOffset(page)),
        db.select({ total: count() }).from(workflows).where(present),
      ])
      return { items: items.map(parseVersion), total: counted?.total ?? 0 }
    },

    versions: (communityId, workflowId, page) => listVersions(db, { communityId, workflowId }, page),

    remove: (communityId, workflowId, now, onlyOver) => removeWorkflow(db, { communityId, workflowId }, now, onlyOver),
  }
}

type WorkflowKey = Pick<NewVersion, 'communityId' | 'workflowId'>

const isWorkflow = (key: WorkflowKey) =>
  and(eq(workflows.community_id, key.communityId), eq(workflows.workflow_id, key.workflowId))
const isWithin = (db: DrizzleD1Database, communityId: string, reach: AccessReach | undefined) =>
  and(eq(workflows.community_id, communityId), isNull(workflows.deleted_at), reachesWorkflow(db, communityId, reach))
const isPresent = (key: WorkflowKey) => and(isWorkflow(key), isNull(workflows.deleted_at))
const sameWorkflow = and(
  eq(workflowVersions.community_id, workflows.community_id),
  eq(workflowVersions.workflow_id, workflows.workflow_id),
)

async function listVersions(db: DrizzleD1Database, key: WorkflowKey, page: PageRequest): Promise<Page<WorkflowVersionSummary>> {
  const [items, [counted]] = await db.batch([
    db
      .select(versionColumns)
      .from(workflowVersions)
      .innerJoin(workflows, sameWorkflow)
      .where(isPresent(key))
      .orderBy(desc(workflowVersions.version))
      .limit(page.perPage)
      .offset(pageOffset(page)),
    db.select({ total: count() }).from(workflowVersions).innerJoin(workflows, sameWorkflow).where(isPresent(key)),
  ])
  return { items, total: counted?.total ?? 0 }
}

async function removeWorkflow(
  db: DrizzleD1Database,
  key: WorkflowKey,
  now: number,
  onlyOver: number | undefined,
): Promise<boolean> {
  const isGranted = and(eq(workflowGrants.community_id, key.communityId), eq(workflowGrants.workflow_id, key.workflowId))
  const stays = db.select({ one: sql`1` }).from(workflows).where(isPresent(key))
  const [removed] = await db.batch([
    db
      .update(workflows)
      .set({ deleted_at: now })
      .where(and(isPresent(key), isVersion(onlyOver)))
      .returning({ workflow_id: workflows.workflow_id }),
    db.delete(workflowGrants).where(and(isGranted, notExists(stays))),
  ])
  return removed.length > 0
}

const summaryColumns = {
  workflow_id: workflows.workflow_id,
  version: workflows.version,
  config_hash: workflows.config_hash,
  name: workflows.name,
  description: workflows.description,
  created_at: workflows.created_at,
  created_by: workflows.created_by,
  updated_at: workflows.updated_at,
}

const versionColumns = {
  version: workflowVersions.version,
  config_hash: workflowVersions.config_hash,
  created_at: workflowVersions.created_at,
  created_by: workflowVersions.created_by,
}

const contentOf = (workflow: NewVersion) => ({
  config_hash: workflow.configHash,
  name: workflow.definition.name ?? null,
  description: workflow.definition.description ?? null,
  updated_at: workflow.now,
})

const isDeleted = isNotNull(workflows.deleted_at)
const nextVersion = sql`${workflows.version} + 1`

/** Returns no row where the id is taken. */
function insertWorkflow(db: DrizzleD1Database, workflow: NewVersion, asAdmin: boolean) {
  const begun = { ...contentOf(workflow), created_at: workflow.now, created_by: workflow.by }
  return db
    .insert(workflows)
    .values({ ...begun, community_id: workflow.communityId, workflow_id: workflow.workflowId, version: 1 })
    .onConflictDoUpdate({
      target: [workflows.community_id, workflows.workflow_id],
      set: { ...begun, version: nextVersion, deleted_at: null },
      setWhere: asAdmin ? isDeleted : sql`${isDeleted} AND ${workflows.created_by} = ${workflow.by}`,
    })
    .returning({ version: workflows.version })
}

const isVersion = (version: number | undefined) => (version === undefined ? undefined : eq(workflows.version, version))

const updateWorkflow = (db: DrizzleD1Database, workflow: NewVersion, onlyOver: number | undefined) =>
  db
    .update(workflows)
    .set({ ...contentOf(workflow), version: nextVersion })
    .where(and(isPresent(workflow), isVersion(onlyOver), ne(workflows.config_hash, workflow.configHash)))

/** Writes the version that the statement before has counted up to; where that changed nothing, its version exists already. */
const insertVersion = (db: DrizzleD1Database, workflow: NewVersion) =>
  db
    .insert(workflowVersions)
    .select(
      db
        .select({
          community_id: workflows.community_id,
          workflow_id: workflows.workflow_id,
          version: workflows.version,
          config_hash: workflows.config_hash,
          definition: sql`${JSON.stringify(workflow.definition)}`.as('definition'),
          created_at: sql`${workflow.now}`.as('created_at'),
          created_by: sql`${workflow.by}`.as('created_by'),
        })
        .from(workflows)
        .where(isPresent(workflow)),
    )
    .onConflictDoNothing()

const selectVersions = (db: DrizzleD1Database) =>
  db
    .select({ ...versionColumns, workflow_id: workflowVersions.workflow_id, definition: workflowVersions.definition })
    .from(workflowVersions)
    .innerJoin(workflows, sameWorkflow)

const selectVersion = (db: DrizzleD1Database, key: WorkflowKey, version?: number) =>
  selectVersions(db).where(and(isPresent(key), eq(workflowVersions.version, version ?? workflows.version)))

type VersionRow = Awaited<ReturnType<typeof selectVersion>>[number]

const parseVersion = (row: VersionRow): StoredWorkflow => ({ ...row, definition: parseStoredDefinition(row.definition) })

const readVersion = (row: VersionRow | undefined): StoredWorkflow | null => (row === undefined ? null : parseVersion(row))
