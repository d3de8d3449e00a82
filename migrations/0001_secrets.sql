CREATE TABLE `secrets` (
	`community_id` text NOT NULL,
	`name` text NOT NULL,
	`key_id` text NOT NULL,
	`ciphertext` text NOT NULL,
	`created_at` integer NOT NULL,
	`updated_at` integer NOT NULL,
	`updated_by` text NOT NULL,
	PRIMARY KEY(`community_id`, `name`)
) WITHOUT ROWID;
