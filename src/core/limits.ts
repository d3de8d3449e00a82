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
 * Outputs that one execution's nodes give, passed-on ones included, as a snapshot writes them: characters of JSON. A state must
 * load into the 128 MB that an object has.
 */
export const MAX_KEPT_OUTPUT_CHARACTERS = 32 * MIB
/** The output of an execution of several ends or terminal nodes: characters of JSON. It is journaled once more. */
export const MAX_FINAL_OUTPUT_CHARACTERS = 8 * MIB
/** All variables of an execution, as JSON: as much as its defaults and its inputs may be, and that much again. */
export const MAX_VARIABLES_BYTES = 4 * MIB
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
/** Message of a `log` node, as UTF-8; longer ones are cut. The same bound as values captured for logs. */
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
