// What a newcomer sees once the server answers. The last line can be pasted into any shell.
import type { JsonObject } from '../src/core/json.ts'

interface Greeting {
  /** Where the server answers, without a slash at the end. */
  readonly base: string
  readonly key: string
  /** A body for `POST /executions`. */
  readonly body: JsonObject
}

export const greet = ({ base, key, body }: Greeting): string => `
Millrace runs at ${base}. Your key is MILLRACE_ADMIN_KEY in .dev.vars; Ctrl-C stops, the data stays in .wrangler/state.
Watch a run live: ${base.replace('http', 'ws')}/api/v1/executions/<execution_id>/logs/stream (WebSocket, header X-API-Key).
Run a first workflow, in another terminal:

curl -s ${base}/api/v1/executions -H 'X-API-Key: ${key}' -H 'Content-Type: application/json' -d ${quote(JSON.stringify(body))}
`

/** As one word of a POSIX shell. */
const quote = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`
