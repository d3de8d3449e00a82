// Every limit of the core, with its reason. A limit has one name, one value and one clear error.
const KIB = 1024
const MIB = 1024 * KIB

/** Definition as canonical JSON. It is journaled whole, so it must fit a journal row of a Durable Object (2 MB). */
export const MAX_DEFINITION_BYTES = MIB
export const MAX_NODES = 2_000
export const MAX_EDGES = 10_000
/** Inputs of a start, as JSON. */
export const MAX_INPUT_BYTES = MIB
/** Output of one node, as JSON, as far as it is kept in the journal. */
export const MAX_OUTPUT_BYTES = MIB
/**
 * What one execution's nodes keep, as a snapshot writes it: outputs, passed-on ones included, assigned variables, lists of loops,
 * failures, rendered configs of what is under way and what it waits for. Characters of JSON. A state must load into the 128 MB that an object has.
 */
export const MAX_KEPT_CHARACTERS = 32 * MIB
/** A failure that is kept whole where an execution keeps as much as it may: a short message. Longer ones are cut to half of it. */
export const MAX_ERROR_PAST_BOUND_CHARACTERS = 512
/** The output of an execution of several ends or terminal nodes: characters of JSON. It is journaled once more. */
export const MAX_FINAL_OUTPUT_CHARACTERS = 8 * MIB
/** All variables of an execution, as JSON: as much as its defaults and its inputs may be, and that much again. */
export const MAX_VARIABLES_BYTES = 4 * MIB
/** Output of a handed-off node, as JSON. Above `MAX_OUTPUT_BYTES` it lies outside the object. */
export const MAX_HANDED_OFF_OUTPUT_BYTES = 16 * MIB
/** Values in an output that lies outside: read, each takes some 20 bytes of an object that has 128 MB. */
export const MAX_PAYLOAD_VALUES = 1_000_000
/** Outputs from outside that one node's run reads: two of full size. */
export const MAX_NODE_PAYLOAD_BYTES = 32 * MIB
/** Where the nodes of a transition have read more than this, the next transition goes on: together at most 48 MiB are loaded. */
export const MAX_PAYLOAD_BYTES_BEFORE_STEP = 16 * MIB
/** All that the templates of one config give: characters of JSON. Above an input of full size with what is written around it. */
export const MAX_RENDERED_CHARACTERS = 2 * MIB
/** Each string of a node's config. */
export const MAX_CONFIG_STRING_BYTES = 64 * KIB
export const MAX_EXPRESSION_BYTES = 4 * KIB
/** Comprehension elements and calls one evaluation may take. */
export const MAX_EXPRESSION_STEPS = 100_000
/** The same for all evaluations of one node's run: `filter` and the like evaluate once per element. */
export const MAX_NODE_STEPS = 2_000_000
export const MAX_EXPRESSION_RESULT_BYTES = MIB
/** Operators, calls and brackets inside each other: parser and evaluator recurse over them. */
export const MAX_EXPRESSION_DEPTH = 250
/** Lists and objects inside each other in a result. `JSON.stringify` recurses over them. */
export const MAX_EXPRESSION_RESULT_DEPTH = 500
/** Pattern of `matches`. Matching takes time in pattern times text. */
export const MAX_PATTERN_LENGTH = 256
/** Repetitions of a pattern are written out: `(a{100}){100}` would be 10,000 parts. */
export const MAX_PATTERN_PARTS = 2_000
/** Parsed expressions and parsed templates kept for reuse, each. */
export const MAX_PARSED_KEPT = 1_000
/** Source of what is kept parsed, in all, each: by count alone, texts of full size would hold 64 MiB. */
export const MAX_PARSED_KEPT_CHARACTERS = 2 * MIB
/** `metadata` of a start, as JSON. */
export const MAX_METADATA_BYTES = 16 * KIB
/** `retry.max_attempts`. */
export const MAX_ATTEMPTS = 100
/** Interruptions by a crash are counted apart from attempts; past this the node fails with `INTERRUPTED`. */
export const MAX_INTERRUPTIONS = 5
/** Longest `delay`: 365 days. */
export const MAX_DELAY_SECONDS = 365 * 24 * 3600
/** Node timeouts that a Runner can keep: a Worker outlives its answer by 30 s at most. */
export const MAX_RUNNER_TIMEOUT_SECONDS = 20
/** Node timeouts that a queue consumer can keep: its wall clock is 15 min, less what claiming and settling take. */
export const MAX_QUEUE_TIMEOUT_SECONDS = 840
/** `settings.timeout_seconds`: 1 s to 400 days. */
export const MAX_EXECUTION_TIMEOUT_SECONDS = 400 * 24 * 3600
/** `Retry-After` is honoured up to here; a longer one fails the node. */
export const MAX_RETRY_AFTER_SECONDS = 3600
/** Node steps one transition handles before it commits and goes on by a command to itself, so that cancel gets in. */
export const MAX_STEPS_PER_TRANSITION = 1_000
/** Expression steps of all its nodes before it does the same: some quarter of a second. */
export const MAX_EXPRESSION_STEPS_PER_TRANSITION = 4_000_000
/** Characters of JSON that one transition journals before it does the same: one row set holds them all, and so does memory. */
export const MAX_CHARACTERS_PER_TRANSITION = 8 * MIB
/** A node's captured input or output as JSON, the marker of the cut included (S2-17). */
export const MAX_CAPTURED_IO_BYTES = 10_240
/** Redirects that one outbound request follows; browsers stop at 20, and API calls rarely need more than one. */
export const MAX_REDIRECTS = 5
/** Body of an HTTP response, unpacked: default and cap of `max_response_bytes`. A Worker has 128 MB for everything. */
export const MAX_RESPONSE_BYTES = 10 * MIB
/** What a failure shows of the response that caused it. */
export const MAX_EXCERPT_BYTES = KIB
/** Message of a `log` or `fail` node, as UTF-8; longer ones are cut. The same bound as values captured for logs. */
export const MAX_LOG_MESSAGE_BYTES = 10 * KIB
/** Elements of a list that `filter` and `transformer` walk: each may be an evaluation, and a transition must let cancel in. */
export const MAX_LIST_ELEMENTS = 100_000
/** Nesting of a definition's JSON. Far above any workflow; below it every recursive walk stays within the stack. */
export const MAX_DEFINITION_DEPTH = 100
/** Values in a JSON body, each of which costs memory far beyond its byte or two: 4 MiB of `[]` are over a million. */
export const MAX_JSON_VALUES = 500_000
/** Schemas that `input_schema` sends one value through, references followed; lists of values count by their length. */
export const MAX_SCHEMA_WEIGHT = 10_000
/** Steps of holding inputs against their schema: its weight times the values there are. Some seconds of CPU at worst. */
export const MAX_INPUT_CHECKS = 10_000_000
/** Steps up to which every finding is collected; past it the first must do, for the library keeps an object for each. */
export const MAX_INPUT_CHECKS_FOR_ALL = 100_000
/** Findings about the inputs of one start; each repeats the path of its place. */
export const MAX_INPUT_ISSUES = 100
/** `name` of a workflow, in characters, and its `description`: both stand in every list. */
export const MAX_NAME_LENGTH = 256
export const MAX_DESCRIPTION_BYTES = 4 * KIB
/** Parentheses and negations within each other in `join.when`; its parser recurses. */
export const MAX_JOIN_DEPTH = 32
/** Findings that one validation reports; errors come first. Without it a hostile body buys an answer many times its size. */
export const MAX_ISSUES = 1_000
/** `settings.retention_days`. */
export const MAX_RETENTION_DAYS = 365
/** `retry.initial_delay_ms` and `retry.max_delay_ms`: a day. Longer waits are `delay` nodes. */
export const MAX_RETRY_DELAY_MS = 24 * 3600 * 1000
/** What a lease adds to its attempt's timeout: a Runner aborts itself in time and keeps 5 s for settling. */
export const LEASE_GRACE_MS = 10_000
/** How long an attempt above the Runner's bound may lie in the task queue before it counts as lost. */
export const QUEUE_PICKUP_MS = 300_000
/** `total` of a list of executions is exact up to here: counting reads a row per execution. */
export const MAX_LIST_TOTAL = 10_000
/** Lists sorted other than by start read this much time unless `from` is given: no index serves those sorts. 30 days. */
export const DEFAULT_SORT_WINDOW_MS = 30 * 24 * 3600 * 1000
/** Executions one page of a search examines; past this it answers what it has, with a cursor to go on. */
export const MAX_SEARCH_ROWS = 10_000
/** One bound JSON text of rows for D1, which takes 2 MB per value. */
export const MAX_BOUND_JSON_BYTES = MIB
/** Error message of an execution's record: a queue message has 128 KB for everything, and a template may render 1 MiB. */
export const MAX_RECORD_MESSAGE_BYTES = 10 * KIB
/** Excerpt and error message of a dead letter, for lists. */
export const MAX_DEAD_LETTER_EXCERPT_BYTES = KIB
/** Longest wait before a queue message is tried again. */
export const MAX_REDELIVERY_DELAY_SECONDS = 3600
/** Bodies of loops within each other. */
export const MAX_BODY_DEPTH = 8
/** Workflows that start each other. */
export const MAX_CHILD_DEPTH = 16
/** Failure of a child in its parent's, characters of JSON; a longer one is cut. The child itself has it whole. */
export const MAX_CHILD_ERROR_CHARACTERS = 32 * KIB
/** What `max_iterations` of a `loop` may say. */
export const MAX_ITERATIONS = 10_000
/** Where `max_iterations` says nothing. */
export const DEFAULT_MAX_ITERATIONS = 1_000
/** Items of a for-each up to which its iterations are the execution's own; more are done in shards by child executions. */
export const MAX_INLINE_ITEMS = 1_000
/** Items of one for-each in all. */
export const MAX_ITEMS = 100_000
export const ITEMS_PER_SHARD = 500
export const MAX_SHARDS_AT_ONCE = 8
/** Iterations of a for-each under way at once, where it says nothing, and at most. */
export const DEFAULT_CONCURRENCY = 10
export const MAX_CONCURRENCY = 1_000
/**
 * Iterations of one execution and the node instances in them: each takes some 500 bytes of an object that has 128 MB, and a
 * snapshot's text comes on top.
 */
export const MAX_NODE_INSTANCES = 100_000
/** Name of an event, in characters: it stands in URLs. */
export const MAX_SIGNAL_NAME_LENGTH = 128
/** Payload of a signal, as JSON. */
export const MAX_SIGNAL_BYTES = 128 * KIB
/** Signals kept until something waits for them, and the characters of JSON they have together. */
export const MAX_KEPT_SIGNALS = 1_000
export const MAX_KEPT_SIGNAL_CHARACTERS = 8 * MIB
/** Idempotency keys of signals that are remembered; a repeat comes soon or never. */
export const MAX_SIGNAL_KEYS = 10_000
/** Token of a signed link: the path of a node eight bodies deep, twice over. Longer ones are not looked at. */
export const MAX_LINK_TOKEN_LENGTH = 2_048
/** What a loop gives, as JSON. It is never journaled: its iterations tell it. */
export const MAX_LOOP_OUTPUT_BYTES = 16 * MIB
/** `timeout_ms` of a `code` node where it says nothing, and at most: a Worker has 30 s of CPU, and what is counted as a millisecond takes up to three. */
export const DEFAULT_CODE_TIMEOUT_MS = 1_000
export const MAX_CODE_TIMEOUT_MS = 5_000
/** `memory_mb` of a `code` node, by default and at most: a Worker has 128 MB for all its attempts. */
export const MAX_CODE_MEMORY_MB = 32
/** What a run of code may write with `console`: it is journaled. Longer lines and texts are cut. */
export const MAX_CONSOLE_LINES = 100
export const MAX_CONSOLE_CHARACTERS = 16 * KIB
/** Lists and objects inside each other in a JSON answer: as deep as what expressions give. `JSON.stringify` recurses over them. */
export const MAX_RESPONSE_DEPTH = 500
/** Pages that one HTTP node reads; `max_pages` says how many, else the default. More of them is a loop's work. */
export const MAX_PAGES = 1_000
export const DEFAULT_MAX_PAGES = 10
/** Answer of a token endpoint: a token is a header's value, which servers bound at 8 KiB or so. */
export const MAX_TOKEN_RESPONSE_BYTES = 64 * KIB
/** OAuth2 access tokens that one isolate keeps. */
export const MAX_TOKENS_KEPT = 1_000
/** Answer of a DNS resolver: DNS itself allows no more. */
export const MAX_DNS_ANSWER_BYTES = 64 * KIB
/** How long a resolver may take: it stands before each call of a name that is not known. */
export const MAX_DNS_MS = 3_000
/** Names whose addresses one isolate keeps, and for how long at most: what a name means may change. */
export const MAX_DNS_NAMES_KEPT = 1_000
export const MAX_DNS_KEPT_SECONDS = 60
/** `cache_ttl_seconds`, where it is not 0: KV keeps nothing for less than a minute. */
export const MIN_CACHE_TTL_SECONDS = 60
/** A year. What a model would say has changed by then. */
export const MAX_CACHE_TTL_SECONDS = 365 * 24 * 3600
/** A secret, in characters: a shorter one cannot be redacted without hiding half of every log. */
export const MIN_SECRET_CHARACTERS = 6
/** A secret as UTF-8: a certificate with its chain and key fits; some of them are loaded for one attempt. */
export const MAX_SECRET_BYTES = 64 * KIB
/** Of one community. Their names are one list. */
export const MAX_SECRETS = 1_000
/** Secrets that one rotation encrypts anew before it answers: D1 takes 1,000 queries per request, and each value is up to 64 KiB. */
export const MAX_SECRETS_PER_ROTATION = 1_000
/** Secrets that a rotation holds in memory at once. */
export const SECRETS_PER_ROTATION_STEP = 50
/** Secrets that one isolate keeps in memory, and for how long: a changed one is used everywhere after that. */
export const MAX_SECRETS_KEPT = 100
export const SECRETS_KEPT_SECONDS = 5
/** Texts that one attempt has redacted: each is looked for, in all its forms, in everything that the attempt gives. */
export const MAX_CONCEALED_TEXTS = 200
/** From one part of what an attempt says to the next, while somebody listens: two a second. Each is a request of the object. */
export const MIN_DELTA_PAUSE_MS = 500
/** How soon an attempt asks whether somebody listens who did not when it began; each time that nobody does it waits twice as long. */
export const UNHEARD_PAUSE_MS = 1_000
export const MAX_UNHEARD_PAUSE_MS = 16_000
/** A part that takes longer is heard by nobody: listening must not hold an attempt up. */
export const MAX_DELTA_WAIT_MS = 1_000
/** Of one part: the end of what has been said where that is more, as after long silence of the listeners. */
export const MAX_DELTA_CHARACTERS = 64 * KIB
/** A text in the metadata of an attempt: servers give some of them, as the name of a model. */
export const MAX_METADATA_TEXT_CHARACTERS = KIB
/** `callback_url` of a start or of a workflow. Servers take no longer ones. */
export const MAX_CALLBACK_URL_LENGTH = 2_048
/** One event of a stream that a server sends, and what has come of the next one: a chunk of a completion has some hundred. */
export const MAX_SERVER_EVENT_CHARACTERS = MIB
/** A completion that comes in chunks, each some hundred times its text. Nothing of it is held but the text, as `MAX_RESPONSE_BYTES` has it. */
export const MAX_MODEL_STREAM_BYTES = 128 * MIB
/** `max_rows` of a database query where it says nothing, and at most: as many elements as a list may be walked. */
export const DEFAULT_QUERY_ROWS = 1_000
export const MAX_QUERY_ROWS = 100_000
/** Rows as JSON: default and cap of `max_bytes`, as of an HTTP body. */
export const MAX_QUERY_BYTES = 10 * MIB
/** What a database may send for that: bytes are written as hexadecimal, columns are described, and there is a greeting. */
export const MAX_QUERY_WIRE_BYTES = 24 * MIB
/** `sql`: what D1 takes; a statement, not a program. */
export const MAX_SQL_BYTES = 64 * KIB
/** Parameters of one statement: PostgreSQL counts them in 16 bits; D1 takes 100. */
export const MAX_QUERY_PARAMS = 1_000
/** Rows that are asked for at once, so that no more than these arrive above a limit. */
export const QUERY_ROWS_PER_FETCH = 100
/** How long a database may take to greet and to let in. */
export const MAX_DATABASE_CONNECT_MS = 10_000
/** How long a connection may take to say goodbye, and a statement of a database to be stopped, before it is just cut. */
export const MAX_GOODBYE_MS = 1_000
/** Recipients of one mail, `to`, `cc` and `bcc` together: as many as Cloudflare's `send_email` takes; more are a for-each's work. */
export const MAX_MAIL_RECIPIENTS = 50
/** Text that holds addresses: 50 of them at 320 characters each (RFC 3696 erratum 1690), and what stands between. */
export const MAX_ADDRESS_LIST_CHARACTERS = 16 * KIB
/** A header of a mail, its subject included (RFC 5322 2.1.1). */
export const MAX_MAIL_HEADER_CHARACTERS = 998
/** Attachments of one mail, decoded, together: many servers take 10 MiB and not much more. */
export const MAX_MAIL_ATTACHMENT_BYTES = 10 * MIB
/** What is told of a mail server's reply. */
export const MAX_MAIL_REPLY_BYTES = KIB
/** Keys, as UTF-8: what KV and R2 take. */
export const MAX_KV_KEY_BYTES = 512
export const MAX_R2_KEY_BYTES = 1024
/** Keys on one page of a list: what KV and R2 give at most. */
export const MAX_LISTED_KEYS = 1_000
/** Life of a signed URL: 7 days, what S3 signatures allow. */
export const MAX_SIGNED_URL_SECONDS = 7 * 24 * 3600
/** `lease_seconds` of a task where it says nothing, and at most: a worker that is lost is noticed after so long. */
export const DEFAULT_TASK_LEASE_SECONDS = 60
export const MAX_TASK_LEASE_SECONDS = 24 * 3600
/** `tags` of a task, and the length of each and of its queue's name: they are compared with those of every worker. */
export const MAX_TASK_TAGS = 20
export const MAX_TASK_TAG_LENGTH = 64
/** Path of a node, of which a stream shows the events. It is kept with the stream's socket, which keeps no more than 16 KiB; paths of nodes are shorter. */
export const MAX_NODE_FILTER_LENGTH = 1_024
