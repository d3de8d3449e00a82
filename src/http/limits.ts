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
