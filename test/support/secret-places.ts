// Where a secret may stand in a definition. `test/http/no-secret-shows.test.ts` runs each and looks for the secret everywhere; a node type
// that takes secrets has its rows here.
import type { JsonObject } from '../../src/core/json.ts'

export interface SecretPlace {
  readonly name: string
  /** What the place can hold: anything, or what a header can. */
  readonly takes: 'anything' | 'header'
  /** False where the secret itself is never sent. */
  readonly isSent: boolean
  /** Nodes with the template `secret` in that place; each is an execution of its own. */
  readonly nodes: (secret: string, servers: SecretServers) => readonly JsonObject[]
}

export interface SecretServers {
  /** Base of the echo server. */
  readonly echo: string
}

/** What the echo server answers with. */
const ANSWERS = ['json', 'unicode', 'text', 'binary', 'large', 'refusal', 'garble', 'headers', 'private']

const calls =
  (config: (secret: string, url: string) => JsonObject, type = 'http-request'): SecretPlace['nodes'] =>
  (secret, { echo }) =>
    ANSWERS.map((answer) => ({ id: 'call', type, config: { ...config(secret, `${echo}/${answer}`) } }))

const http = (
  name: string,
  takes: SecretPlace['takes'],
  config: (secret: string, url: string) => JsonObject,
  type?: string,
): SecretPlace => ({
  name,
  takes,
  isSent: true,
  nodes: calls(config, type),
})

const SOUGHT = '$TEMPLATE'
/** A template with `secrets.x` in place of the mark. */
const inside = (secret: string, template: string): string => template.replaceAll(SOUGHT, secret.slice(2, -2).trim())

const auth = (name: string, takes: SecretPlace['takes'], given: (secret: string) => JsonObject): SecretPlace =>
  http(name, takes, (secret, url) => ({ url, auth: given(secret) }))

export const SECRET_PLACES: readonly SecretPlace[] = [
  http('the path of a URL', 'header', (secret, url) => ({ url: inside(secret, `${url}/{{ url_encode(${SOUGHT}) }}`) })),
  http('the query of a URL, encoded', 'anything', (secret, url) => ({
    url: inside(secret, `${url}?secret={{ url_encode(${SOUGHT}) }}`),
  })),
  http('the query of a URL, as it is', 'header', (secret, url) => ({ url: `${url}?secret=${secret}` })),
  http('`query`', 'anything', (secret, url) => ({ url, query: { secret, list: [secret, 'b'] } })),
  http('a header', 'header', (secret, url) => ({ url, headers: { 'x-secret': secret } })),
  http('a part of a header', 'header', (secret, url) => ({ url, headers: { 'x-secret': `k=${secret}; {{ inputs.user }}` } })),
  http('a body', 'anything', (secret, url) => ({ url, method: 'POST', body: { a: [{ secret }] } })),
  http('a body of text', 'anything', (secret, url) => ({
    url,
    method: 'POST',
    headers: { 'content-type': 'text/plain' },
    body: `before ${secret} after`,
  })),
  http('a form', 'anything', (secret, url) => ({
    url,
    method: 'POST',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: { secret },
  })),
  http('a body that one expression makes', 'anything', (secret, url) => ({
    url,
    method: 'POST',
    body: inside(secret, `{{ {"user": inputs.user, "list": [${SOUGHT}, "x" + ${SOUGHT}]} }}`),
  })),
  http('base64 with other names', 'anything', (secret, url) => ({
    url,
    headers: { authorization: inside(secret, `Basic {{ base64(inputs.user + ":" + ${SOUGHT}) }}`) },
  })),
  auth('basic authentication', 'anything', (password) => ({ type: 'basic', username: 'ann', password })),
  auth('a bearer token', 'header', (token) => ({ type: 'bearer', token })),
  auth('an API key in a header', 'header', (value) => ({ type: 'api_key', name: 'x-secret', value })),
  auth('an API key in the query', 'header', (value) => ({ type: 'api_key', in: 'query', name: 'secret', value })),
  {
    name: 'the secret of an OAuth2 client',
    takes: 'header',
    isSent: true,
    nodes: (secret, { echo }) =>
      ANSWERS.map((answer, index) => ({
        id: 'call',
        type: 'http-request',
        config: {
          url: `${echo}/${answer}`,
          auth: {
            type: 'oauth2',
            token_url: `${echo}/${answer === 'refusal' ? 'refusal' : 'token'}`,
            client_id: `client ${index}`,
            client_secret: secret,
            client_auth: index % 2 === 0 ? 'basic' : 'body',
          },
        },
      })),
  },
  {
    name: 'the secret of a webhook',
    takes: 'anything',
    isSent: false,
    nodes: calls((secret, url) => ({ url, secret, body: {} }), 'webhook'),
  },
  {
    name: 'a prompt',
    takes: 'anything',
    isSent: true,
    nodes: (secret, { echo }) =>
      ['model', 'refusal', 'garble'].flatMap((answer) =>
        [false, true].map((stream) => ({
          id: 'call',
          type: 'ai-processor',
          timeout_seconds: 20,
          config: { prompt: `Say ${secret}`, base_url: `${echo}/${answer}`, api_key: 'a-key-of-ours', stream },
        })),
      ),
  },
  {
    name: 'the key of a model server, by the task queue',
    takes: 'header',
    isSent: true,
    nodes: (secret, { echo }) =>
      ['model', 'refusal'].map((answer) => ({
        id: 'call',
        type: 'ai-processor',
        timeout_seconds: 30,
        config: { prompt: 'Say it', base_url: `${echo}/${answer}`, api_key: inside(secret, `{{ url_encode(${SOUGHT}) }}`) },
      })),
  },
  {
    name: 'a parameter of SQL',
    takes: 'anything',
    isSent: false,
    nodes: (secret) =>
      [
        'select ? as given',
        'select hex(?) as given, length(?1) as size',
        'select json(?)',
        'insert into nowhere values (?)',
        'selec ?',
      ].map((sql) => ({
        id: 'call',
        type: 'database-query',
        timeout_seconds: 20,
        config: { connection: 'd1://SHOP_DB', sql, params: [secret] },
      })),
  },
  {
    name: 'the parts of a mail',
    takes: 'anything',
    isSent: false,
    nodes: (secret) => {
      const mail = {
        connection: 'binding://NO_MAILER',
        from: 'shop@example.com',
        to: 'ada@example.com',
        subject: 'Hi',
        text: 'Hi',
      }
      const parts = [
        { to: secret },
        { to: [{ name: secret, address: 'ada@example.com' }] },
        { subject: secret },
        { html: `<b>${secret}</b>` },
        { headers: { 'X-Secret': secret } },
        { attachments: [{ filename: secret, content_base64: secret }] },
      ]
      return parts.map((part) => ({ id: 'call', type: 'email', timeout_seconds: 20, config: { ...mail, ...part } }))
    },
  },
  http('a data source', 'anything', (secret, url) => ({ source_type: 'api', endpoint: url, query: { secret } }), 'data-source'),
]
