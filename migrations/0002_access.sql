CREATE TABLE `api_keys` (
	`id` text PRIMARY KEY NOT NULL,
	`community_id` text NOT NULL,
	`user` text NOT NULL,
	`name` text NOT NULL,
	`tier` text NOT NULL,
	`scopes` text NOT NULL,
	`hash` text NOT NULL,
	`previous_hash` text,
	`previous_until` integer,
	`created_at` integer NOT NULL,
	`created_by` text NOT NULL,
	`rotated_at` integer,
	`expires_at` integer,
	`revoked_at` integer
) WITHOUT ROWID;
--> statement-breakpoint
CREATE INDEX `api_keys_by_community` ON `api_keys` (`community_id`,`created_at`);--> statement-breakpoint
CREATE TABLE `audit_log` (
	`community_id` text NOT NULL,
	`at` integer NOT NULL,
	`id` text NOT NULL,
	`event_type` text NOT NULL,
	`user` text NOT NULL,
	`key_id` text,
	`action` text NOT NULL,
	`result` text NOT NULL,
	`target` text NOT NULL,
	`request_id` text NOT NULL,
	PRIMARY KEY(`community_id`, `at`, `id`)
) WITHOUT ROWID;
--> statement-breakpoint
CREATE TABLE `workflow_grants` (
	`community_id` text NOT NULL,
	`workflow_id` text NOT NULL,
	`grantee` text NOT NULL,
	`can_view` integer NOT NULL,
	`can_execute` integer NOT NULL,
	`can_edit` integer NOT NULL,
	`granted_at` integer NOT NULL,
	`granted_by` text NOT NULL,
	PRIMARY KEY(`community_id`, `workflow_id`, `grantee`)
) WITHOUT ROWID;
