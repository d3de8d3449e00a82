// What a deployment may set beside the bindings of wrangler.toml. All are absent until someone sets them.
export interface Settings {
  /** The first key. Without it the API refuses everything. */
  readonly MILLRACE_ADMIN_KEY?: string
  /** Secret that turns an `Idempotency-Key` into an execution id. */
  readonly ID_SECRET?: string
  /** `true` lets HTTP nodes reach private addresses. */
  readonly ALLOW_PRIVATE_NETWORK?: string
  /** Hosts, comma separated, that HTTP nodes may reach although they are private. The local set-up writes `127.0.0.1`. */
  readonly ALLOW_PRIVATE_HOSTS?: string
}
