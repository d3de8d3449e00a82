-- The full text of failures. Row ids are in the order of (start, id); `community` is one word.
CREATE VIRTUAL TABLE `execution_errors` USING fts5(`community`, `error`, `execution_id` UNINDEXED, tokenize = 'unicode61');
