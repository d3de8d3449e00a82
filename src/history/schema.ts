// The tables of D1, from which drizzle derives queries and migrations. Names of properties, columns and JSON keys are the same.
// Every table is WITHOUT ROWID (a text key would cost a second row per write), which drizzle cannot express: after
// `npm run migrations` add it by hand to each CREATE TABLE of the new file. Migrations are append-only.
// Moments are ms since the epoch. An index is a row written per insert: add none without its query.
import { sql } from 'drizzle-orm'
import { index, integer, primaryKey, sqliteTable, text } from 'drizzle-orm/sqlite-core'

/** The latest version of each workflow. A deleted one stays as a tombstone, so that its version numbers are never used again. */
export const workflows = sqliteTable(
  'workflows',
  {
    community_id: text().notNull(),
    workflow_id: text().notNull(),
    version: integer().notNull(),
    config_hash: text().notNull(),
    name: text(),
    description: text(),
    created_at: integer().notNull(),
    created_by: text().notNull(),
    updated_at: integer().notNull(),
    deleted_at: integer(),
  },
  (table) => [primaryKey({ columns: [table.community_id, table.workflow_id] })],
)

/** Every version ever stored; rows never change. */
export const workflowVersions = sqliteTable(
  'workflow_versions',
  {
    community_id: text().notNull(),
    workflow_id: text().notNull(),
    version: integer().notNull(),
    config_hash: text().notNull(),
    /** JSON of the canonical definition, up to 1 MiB. */
    definition: text().notNull(),
    created_at: integer().notNull(),
    created_by: text().notNull(),
  },
  (table) => [primaryKey({ columns: [table.community_id, table.workflow_id, table.version] })],
)

/** One row per execution: the columns of `ExecutionRecord`. */
export const executions = sqliteTable(
  'executions',
  {
    execution_id: text().primaryKey().notNull(),
    community_id: text().notNull(),
    workflow_id: text(),
    workflow_version: integer(),
    config_hash: text().notNull(),
    status: text().notNull(),
    epoch: integer().notNull(),
    seq: integer().notNull(),
    priority: text().notNull(),
    trigger_type: text().notNull(),
    triggered_by: text().notNull(),
    trace_id: text().notNull(),
    correlation_id: text(),
    parent_execution_id: text(),
    /** JSON object. */
    metadata: text().notNull(),
    started_at: integer().notNull(),
    ended_at: integer(),
    nodes_executed: integer().notNull(),
    error_code: text(),
    error_message: text(),
    error_node_id: text(),
    wake_at: integer(),
    expires_at: integer(),
  },
  (table) => [
    // SQLite appends the primary key to each index: `execution_id` breaks ties without a column of its own.
    index('executions_by_workflow')
      .on(table.community_id, table.workflow_id, table.started_at)
      .where(sql`workflow_id IS NOT NULL`),
    index('executions_by_start').on(table.community_id, table.started_at),
    index('executions_by_correlation')
      .on(table.community_id, table.correlation_id, table.started_at)
      .where(sql`correlation_id IS NOT NULL`),
    index('executions_by_wake').on(table.wake_at).where(sql`ended_at IS NULL AND wake_at IS NOT NULL`),
  ],
)

/** What nobody will try again by itself: failed executions, error workflows not started, messages whose deliveries ran out. */
export const deadLetters = sqliteTable(
  'dead_letters',
  {
    /** `execution:<execution_id>:<epoch>`, `error_workflow:<the same>` or `message:<queue>:<message id>`: storing one again changes nothing. */
    id: text().primaryKey().notNull(),
    kind: text().notNull(),
    queue: text(),
    execution_id: text(),
    community_id: text(),
    workflow_id: text(),
    config_hash: text(),
    error_code: text(),
    error_message: text(),
    error_node_id: text(),
    /** At most 1 KiB, for lists. */
    excerpt: text(),
    /** JSON of a message, whole, so that it can be sent again. */
    body: text(),
    attempts: integer(),
    created_at: integer().notNull(),
  },
  (table) => [
    index('dead_letters_by_creation').on(table.created_at),
    index('dead_letters_by_community').on(table.community_id, table.created_at),
  ],
)

/** Secrets of communities, encrypted: the values are in no other place. */
export const secrets = sqliteTable(
  'secrets',
  {
    community_id: text().notNull(),
    name: text().notNull(),
    /** Which of the deployment's keys encrypted it. */
    key_id: text().notNull(),
    /** Base64 of iv and AES-GCM ciphertext (`sealed-secret.ts`). */
    ciphertext: text().notNull(),
    created_at: integer().notNull(),
    updated_at: integer().notNull(),
    updated_by: text().notNull(),
  },
  (table) => [primaryKey({ columns: [table.community_id, table.name] })],
)

/** Keys of the API. What is kept of a key cannot be used as one. */
export const apiKeys = sqliteTable(
  'api_keys',
  {
    /** The part of the key that is no secret; it stays when the key is rotated, and grants name it. */
    id: text().primaryKey().notNull(),
    community_id: text().notNull(),
    user: text().notNull(),
    name: text().notNull(),
    tier: text().notNull(),
    /** JSON list. */
    scopes: text().notNull(),
    /** SHA-256 of the whole key, hex. */
    hash: text().notNull(),
    /** Of the key before the last rotation, and until when it is good. */
    previous_hash: text(),
    previous_until: integer(),
    created_at: integer().notNull(),
    created_by: text().notNull(),
    rotated_at: integer(),
    /** Null: never. */
    expires_at: integer(),
    revoked_at: integer(),
  },
  (table) => [index('api_keys_by_community').on(table.community_id, table.created_at)],
)

/** What may be done with a workflow by others than its owner. Gone with the workflow. */
export const workflowGrants = sqliteTable(
  'workflow_grants',
  {
    community_id: text().notNull(),
    workflow_id: text().notNull(),
    /** `user:<name>` or `key:<id>`. */
    grantee: text().notNull(),
    can_view: integer({ mode: 'boolean' }).notNull(),
    can_execute: integer({ mode: 'boolean' }).notNull(),
    can_edit: integer({ mode: 'boolean' }).notNull(),
    granted_at: integer().notNull(),
    granted_by: text().notNull(),
  },
  (table) => [primaryKey({ columns: [table.community_id, table.workflow_id, table.grantee] })],
)

/** Refused access, and administrative changes. The primary key is the order in which it is read. */
export const auditLog = sqliteTable(
  'audit_log',
  {
    community_id: text().notNull(),
    at: integer().notNull(),
    id: text().notNull(),
    event_type: text().notNull(),
    user: text().notNull(),
    key_id: text(),
    action: text().notNull(),
    result: text().notNull(),
    /** Method and path of the request. */
    target: text().notNull(),
    request_id: text().notNull(),
  },
  (table) => [primaryKey({ columns: [table.community_id, table.at, table.id] })],
)
