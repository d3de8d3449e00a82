CREATE TABLE `dead_letters` (
	`id` text PRIMARY KEY NOT NULL,
	`kind` text NOT NULL,
	`queue` text,
	`execution_id` text,
	`community_id` text,
	`workflow_id` text,
	`config_hash` text,
	`error_code` text,
	`error_message` text,
	`error_node_id` text,
	`excerpt` text,
	`body` text,
	`attempts` integer,
	`created_at` integer NOT NULL
) WITHOUT ROWID;
--> statement-breakpoint
CREATE INDEX `dead_letters_by_creation` ON `dead_letters` (`created_at`);--> statement-breakpoint
CREATE INDEX `dead_letters_by_community` ON `dead_letters` (`community_id`,`created_at`);--> statement-breakpoint
CREATE TABLE `executions` (
	`execution_id` text PRIMARY KEY NOT NULL,
	`community_id` text NOT NULL,
	`workflow_id` text,
	`workflow_version` integer,
	`config_hash` text NOT NULL,
	`status` text NOT NULL,
	`epoch` integer NOT NULL,
	`seq` integer NOT NULL,
	`priority` text NOT NULL,
	`trigger_type` text NOT NULL,
	`triggered_by` text NOT NULL,
	`trace_id` text NOT NULL,
	`correlation_id` text,
	`parent_execution_id` text,
	`metadata` text NOT NULL,
	`started_at` integer NOT NULL,
	`ended_at` integer,
	`nodes_executed` integer NOT NULL,
	`error_code` text,
	`error_message` text,
	`error_node_id` text,
	`wake_at` integer,
	`expires_at` integer
) WITHOUT ROWID;
--> statement-breakpoint
CREATE INDEX `executions_by_workflow` ON `executions` (`community_id`,`workflow_id`,`started_at`) WHERE workflow_id IS NOT NULL;--> statement-breakpoint
CREATE INDEX `executions_by_start` ON `executions` (`community_id`,`started_at`);--> statement-breakpoint
CREATE INDEX `executions_by_correlation` ON `executions` (`community_id`,`correlation_id`,`started_at`) WHERE correlation_id IS NOT NULL;--> statement-breakpoint
CREATE INDEX `executions_by_wake` ON `executions` (`wake_at`) WHERE ended_at IS NULL AND wake_at IS NOT NULL;--> statement-breakpoint
CREATE TABLE `workflow_versions` (
	`community_id` text NOT NULL,
	`workflow_id` text NOT NULL,
	`version` integer NOT NULL,
	`config_hash` text NOT NULL,
	`definition` text NOT NULL,
	`created_at` integer NOT NULL,
	`created_by` text NOT NULL,
	PRIMARY KEY(`community_id`, `workflow_id`, `version`)
) WITHOUT ROWID;
--> statement-breakpoint
CREATE TABLE `workflows` (
	`community_id` text NOT NULL,
	`workflow_id` text NOT NULL,
	`version` integer NOT NULL,
	`config_hash` text NOT NULL,
	`name` text,
	`description` text,
	`created_at` integer NOT NULL,
	`created_by` text NOT NULL,
	`updated_at` integer NOT NULL,
	`deleted_at` integer,
	PRIMARY KEY(`community_id`, `workflow_id`)
) WITHOUT ROWID;
