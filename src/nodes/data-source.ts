// `data-source`: reads or writes data where a deployment keeps it. For an API or a database it stands for the node that calls one,
// and takes its fields; KV and R2 it reaches by bindings that the deployment has opened to the community. Runs in the Runner.
import { z } from 'zod'
import type { HandedOffNodeType } from '../core/node-type.ts'
import { databaseQuery } from './database-query.ts'
import { httpRequest } from './http-request.ts'
import { kvSource } from './kv-source.ts'
import { r2Source } from './r2-source.ts'
import type { Source } from './store-fields.ts'

type SourceType = 'api' | 'database' | 'kv' | 'r2'

const SOURCES: Readonly<Record<SourceType, Source>> = { api: httpRequest, database: databaseQuery, kv: kvSource, r2: r2Source }

/** What `endpoint` means to the node that is stood for. */
const ENDPOINT: Readonly<Record<SourceType, string | null>> = { api: 'url', database: 'connection', kv: null, r2: null }

const sourceRule = "data-source node requires 'source_type': api, database, kv or r2"

const sourceConfig = z.looseObject({
  source_type: z.enum(['api', 'database', 'kv', 'r2'], { error: sourceRule }),
  /** Of an API its URL, of a database its connection. */
  endpoint: z.string().optional(),
})

const dataSourceConfig = sourceConfig.superRefine((config, context) => {
  const field = config.endpoint === undefined ? null : ENDPOINT[config.source_type]
  // One of them would be passed over in silence.
  if (field !== null && config[field] !== undefined) {
    context.addIssue({ code: 'custom', path: ['endpoint'], message: `'endpoint' is '${field}' here: give one of them` })
  }
  const checked = SOURCES[config.source_type].config.safeParse(withEndpoint(config, config))
  for (const { path, message } of checked.error?.issues ?? []) {
    const [first, ...rest] = path
    context.addIssue({
      code: 'custom',
      path: first === field && first !== undefined ? ['endpoint', ...rest] : [...path],
      message,
    })
  }
})

/** As the node that is stood for has it. */
function withEndpoint<Config extends object>(
  config: Config,
  { source_type: type, endpoint }: z.output<typeof sourceConfig>,
): Config {
  const field = ENDPOINT[type]
  return endpoint === undefined || field === null ? config : { ...config, [field]: endpoint }
}

export const dataSource: HandedOffNodeType = {
  kind: 'handed_off',
  type: 'data-source',
  aliases: [],
  summary: 'Reads or writes an API, a database, a KV namespace or an R2 bucket. Gives what it answers.',
  config: dataSourceConfig,
  expressions: [],
  deferred: databaseQuery.deferred,
  takesSecrets: true,
  ports: () => ['out'],
  continuePort: () => 'out',
  defaultTimeoutSeconds: 20,
  example: { source_type: 'kv', binding: 'PRICES', operation: 'get', key: 'article/{{ inputs.article }}' },
  syntheticOutput(config, nodePath) {
    const { data } = sourceConfig.safeParse(config)
    return (data === undefined ? undefined : SOURCES[data.source_type].syntheticOutput?.(config, nodePath)) ?? null
  },
  run(config, context) {
    const chosen = sourceConfig.parse(config)
    return SOURCES[chosen.source_type].run(withEndpoint(config, chosen), context)
  },
}
