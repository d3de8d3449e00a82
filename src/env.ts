// What a deployment may set beside the bindings of wrangler.toml. All are absent until someone sets them.
export interface Settings {
  /** The first key. Without it the API refuses everything. */
  readonly MILLRACE_ADMIN_KEY?: string
  /** Secret that turns an `Idempotency-Key` into an execution id, and signs the links of approvals and events. */
  readonly ID_SECRET?: string
  /** Where signed links lead, as `https://millrace.example`; absent: to where the start came in. */
  readonly PUBLIC_URL?: string
  /** An OpenAI-compatible server for `ai-processor` nodes, as `https://api.openai.com/v1`; absent: OpenRouter. */
  readonly AI_BASE_URL?: string
  /** Its key. It is sent to no other server. */
  readonly AI_API_KEY?: string
  /** The model of nodes that name none. */
  readonly AI_MODEL?: string
  /** `true` lets HTTP nodes reach private addresses. */
  readonly ALLOW_PRIVATE_NETWORK?: string
  /** Hosts, comma separated, that HTTP nodes may reach although they are private. The local set-up writes `127.0.0.1`. */
  readonly ALLOW_PRIVATE_HOSTS?: string
  /** Hosts, comma separated, that HTTP nodes may reach, and no others: `api.example.com`, `*.example.com`, `example.com:8443`. */
  readonly ALLOW_HOSTS?: string
  /** Hosts that they may not; written alike, and stronger. */
  readonly DENY_HOSTS?: string
  /** DNS over HTTPS (JSON) to ask, before a call, whether a name has a private address: `https://cloudflare-dns.com/dns-query`. */
  readonly DNS_CHECK_URL?: string
}
