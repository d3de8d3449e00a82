// What a newcomer sees once the server answers. The last line can be pasted into any shell in the project's folder.

interface Greeting {
  /** Where the server answers, without a slash at the end. */
  readonly base: string
  readonly key: string
}

/** The body of a start that waits for its end. */
export const EXAMPLE = 'examples/greeting.json'

export const greet = ({ base, key }: Greeting): string => `
Millrace runs at ${base}. Your key is MILLRACE_ADMIN_KEY in .dev.vars; Ctrl-C stops, the data stays.
Watch a run live: ${base.replace('http', 'ws')}/api/v1/executions/<execution_id>/logs/stream (WebSocket, header X-API-Key).
Run a first workflow, in another terminal in this folder:

curl -s ${base}/api/v1/executions -H 'X-API-Key: ${key}' -H 'Content-Type: application/json' -d @${EXAMPLE}
`
