// Limits of the HTTP border. Those of definitions and inputs are the core's.
const MIB = 1024 * 1024

/** Body of a request, in bytes as sent. */
export const MAX_BODY_BYTES = MIB
/** Bodies that may carry a definition (1 MiB canonical, more with white space and editor data) and inputs (1 MiB). */
export const MAX_DEFINITION_BODY_BYTES = 4 * MIB
/** `X-Request-ID` and `X-Correlation-ID` are repeated in logs and answers: longer or unprintable ones are not taken over. */
export const MAX_HEADER_ID_LENGTH = 128
export const MAX_IDEMPOTENCY_KEY_LENGTH = 255
export const MAX_COMMUNITY_ID_LENGTH = 64
/** A Worker may wait as long as its client does; a caller that wants more follows the stream. */
export const MAX_WAIT_SECONDS = 30
export const DEFAULT_PER_PAGE = 20
export const MAX_PER_PAGE = 100
export const DEFAULT_EVENTS_PER_PAGE = 100
export const MAX_EVENTS_PER_PAGE = 1_000
/** Ids drawn before a start gives up. Two collisions of 64 random bits in a row mean that something else is wrong. */
export const MAX_ID_DRAWS = 8
/** JSON bytes of definitions an isolate keeps parsed; the objects take several times as much of its 128 MB. */
export const MAX_CACHED_DEFINITION_BYTES = 8 * MIB
/** How long a found workflow serves starts before the database is asked again; an isolate elsewhere may start the version before it. */
export const FRESH_DEFINITION_MS = 2_000
export const DEFAULT_NODES_PER_PAGE = 100
export const MAX_NODES_PER_PAGE = 1_000
/** `name` of a checkpoint; it is journaled and shown. */
export const MAX_CHECKPOINT_NAME_LENGTH = 128
/** `reason` of a cancellation or a pause; it is journaled and shown. */
export const MAX_CANCEL_REASON_LENGTH = 1_000
/** `by` and `comment` of an answer to an approval; they are journaled and shown. */
export const MAX_ANSWERER_LENGTH = 256
export const MAX_COMMENT_LENGTH = 10_000
/** `Retry-After` where an execution keeps as many events as it may: somebody has to wait for some first. */
export const SECONDS_UNTIL_KEPT_SIGNALS_MAY_BE_FEWER = 60
/** Events that one page of filtered logs looks through before it answers with what it found and a cursor. */
export const MAX_LOG_EVENTS_SCANNED = 10_000
/** Starts of one batch: each is a call to an object, and D1 answers at most 1,000 queries of one request. */
export const MAX_BATCH_STARTS = 100
/** Starts of a batch under way at once: a Worker has six connections that wait for an answer, what is more queues. */
export const BATCH_STARTS_AT_ONCE = 6
/** How long a key or a permission that was looked up serves before the database is asked again: a revocation counts after it everywhere. */
export const FRESH_ACCESS_MS = 5_000
/** How long it serves while the database is down: what is known goes on, what would change it cannot be written either. */
export const KEPT_ACCESS_MS = 300_000
/** Keys, and workflows with their grants, that an isolate remembers; some hundred bytes each. */
export const MAX_CACHED_ACCESS = 2_000
/** Users' and keys' names; they are journaled, logged and shown. */
export const MAX_USER_LENGTH = 256
export const MAX_KEY_NAME_LENGTH = 128
/** Grants on one workflow: they are read at once, on the path of starts. */
export const MAX_GRANTS = 200
/** How long the key before a rotation stays good: a day unless asked otherwise, a month at most. */
export const DEFAULT_OVERLAP_SECONDS = 24 * 3_600
export const MAX_OVERLAP_SECONDS = 30 * 24 * 3_600
/** `limit` of a rate: as in `wrangler.toml`, whose binding counts (PLATFORM 1.8). The window is its `period`. */
export const REQUESTS_PER_MINUTE = { standard: 100, premium: 1_000 } as const
export const RATE_WINDOW_SECONDS = 60
/** Clocks of an identity provider and of this platform may differ so much. */
export const TOKEN_CLOCK_TOLERANCE_SECONDS = 30
/** A token longer than this is no token of ours; headers end at some 16 KiB anyway. */
export const MAX_TOKEN_LENGTH = 8 * 1024
/** Key sets are asked for again after this, and no more often than this for a key that they lack. */
export const KEY_SET_MAX_AGE_MS = 600_000
export const KEY_SET_COOLDOWN_MS = 30_000
export const KEY_SET_TIMEOUT_MS = 5_000
/** A dry run answers within the request that asks for it (SPEC 7). */
export const MAX_DRY_RUN_SECONDS = 30
/** Events of a dry run, its children included: all are in memory until it answers. A clock that stands still while code runs is no bound. */
export const MAX_DRY_RUN_EVENTS = 100_000
/** What its finished executions and its large outputs keep beside the one that runs, in characters of JSON: an isolate has 128 MB. */
export const MAX_DRY_RUN_KEPT_CHARACTERS = 16 * MIB
/** Nodes that the trace of a dry run shows, in order; and as many failed ones of those that come after them as the second says. */
export const MAX_TRACE_ENTRIES = 1_000
export const MAX_LATE_FAILURES_IN_TRACE = 100
/** Mocks of one dry run. */
export const MAX_MOCKS = 1_000
/** `prompt` of a generated workflow, in characters: a page or three. A model pays by the word. */
export const MAX_GENERATION_PROMPT_CHARACTERS = 10_000
/** `current` of a change by a model, as JSON: larger ones leave a model no room to answer. */
export const MAX_GENERATION_CURRENT_BYTES = 128 * 1024
/** Both calls of the model together; a caller waits for them. */
export const MAX_GENERATION_MS = 60_000
/** Findings that the model is told of. */
export const MAX_GENERATION_ISSUES_TOLD = 20
/** A model's explanation; it was asked for a sentence. */
export const MAX_EXPLANATION_CHARACTERS = 1_000
/** Name of a model. */
export const MAX_MODEL_NAME_LENGTH = 128

/** Workflows per request: each takes two statements of the database, of which a Worker's request may send 1,000. */
export const MAX_IMPORTED = 100
/** Each may have 1 MiB; what a Worker holds is 128 MB. */
export const MAX_EXPORTED_PER_PAGE = 20
/** `cause` of a task that failed, as JSON: it is journaled and shown. */
export const MAX_TASK_CAUSE_BYTES = 16 * 1024
/** A stream token serves to open a stream, not to keep it open. */
export const STREAM_TOKEN_SECONDS = 60
/** Ids and names in it are bounded; longer ones are not looked at. */
export const MAX_STREAM_TOKEN_LENGTH = 2_048
/** Proxies close what is silent, many after a minute. */
export const STREAM_HEARTBEAT_MS = 15_000
/** What a client of an event stream has not read; past it its connection ends, and it comes back with its last event. */
export const MAX_UNREAD_STREAM_BYTES = 4 * MIB
/** Members of the metadata that a search asks for: each is looked for in up to 10,000 rows. */
export const MAX_METADATA_FILTERS = 10
/** `error` of a search: each word is looked up. */
export const MAX_ERROR_QUERY_LENGTH = 200
