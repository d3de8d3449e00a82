// What a deployment may set beside the bindings of wrangler.toml. All are absent until someone sets them.
export interface Settings {
  /** The first key. Without it the API refuses everything. */
  readonly MILLRACE_ADMIN_KEY?: string
  /** Secret that turns an `Idempotency-Key` into an execution id, and signs the links of approvals and events. */
  readonly ID_SECRET?: string
  /** Where signed links lead, as `https://millrace.example`; absent: to where the start came in. */
  readonly PUBLIC_URL?: string
  /** Origins, comma separated, whose pages may call the API from a browser, `https://app.example`; or `*`. Absent: none. */
  readonly CORS_ORIGINS?: string
  /** An OpenAI-compatible server for `ai-processor` nodes, as `https://api.openai.com/v1`, or `workers-ai`; absent: OpenRouter. */
  readonly AI_BASE_URL?: string
  /** Its key. It is sent to no other server. */
  readonly AI_API_KEY?: string
  /** The model of nodes that name none. */
  readonly AI_MODEL?: string
  /** The binding behind `workers-ai`; in production only, for locally it would ask the network. */
  readonly AI?: WorkersAi
  /** The mail server of `email` nodes that name none, as `smtps://user:password@smtp.example.com:465`. */
  readonly SMTP_URL?: string
  /** The sender of `email` nodes that name none, as `Shop <orders@example.com>`; `SMTP_URL` sends for no other. */
  readonly EMAIL_FROM?: string
  /** `true` lets HTTP nodes reach private addresses. */
  readonly ALLOW_PRIVATE_NETWORK?: string
  /** Hosts, comma separated, that HTTP nodes may reach although they are private. The local set-up writes `127.0.0.1`. */
  readonly ALLOW_PRIVATE_HOSTS?: string
  /** Hosts, comma separated, that HTTP nodes may reach, and no others: `api.example.com`, `*.example.com`, `example.com:8443`. */
  readonly ALLOW_HOSTS?: string
  /** Hosts that they may not; written alike, and stronger. */
  readonly DENY_HOSTS?: string
  /** Bindings that the nodes of a community may use, comma separated: `shop/ORDERS_DB`; a star stands for every community. Absent: none. */
  readonly DATA_BINDINGS?: string
  /** DNS over HTTPS (JSON) to ask, before a call, whether a name has a private address: `https://cloudflare-dns.com/dns-query`. */
  readonly DNS_CHECK_URL?: string
  /** Keys that encrypt secrets: `<key id>:<64 hex>`, comma separated; the first encrypts, all decrypt. Absent: there are no secrets. */
  readonly SECRETS_KEYS?: string
  /** Where the keys of an identity provider are (JWKS), as `https://id.example/.well-known/jwks.json`. Absent: no tokens are taken. */
  readonly JWT_JWKS_URL?: string
  /** `iss` and `aud` that tokens must have. Without either, none is taken. */
  readonly JWT_ISSUER?: string
  readonly JWT_AUDIENCE?: string
  /** Claims that hold the community (`community_id` unless set), the scopes (`scope`) and the tier (`tier`). */
  readonly JWT_COMMUNITY_CLAIM?: string
  readonly JWT_SCOPES_CLAIM?: string
  readonly JWT_TIER_CLAIM?: string
}

/** What is used of the binding of Workers AI. */
export interface WorkersAi {
  run(
    model: string,
    inputs: Readonly<Record<string, unknown>>,
    options: { readonly returnRawResponse: true; readonly signal: AbortSignal },
  ): Promise<Response>
}
