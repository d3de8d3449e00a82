// `code`: runs JavaScript of the workflow's author. Runs in the Runner, in an engine of its own that has no way out; what it sees is
// in the rendered config, put there by the core.
import { z } from 'zod'
import type { Json, JsonObject } from '../core/json.ts'
import { DEFAULT_CODE_TIMEOUT_MS, MAX_CODE_MEMORY_MB, MAX_CODE_TIMEOUT_MS } from '../core/limits.ts'
import type { AttemptContext, AttemptResult, CodeResult, HandedOffNodeType } from '../core/node-type.ts'
import { SEEN, SEEN_NAMES, type Seen } from '../core/seen-scope.ts'

const sourceRule = `code node requires 'source': JavaScript, the body of an async function`

const codeConfig = z.looseObject({
  /** Body of an async function; no template. */
  source: z.string({ error: sourceRule }).regex(/\S/, { error: sourceRule }),
  /** CPU time, measured by counting. */
  timeout_ms: z.int().min(1).max(MAX_CODE_TIMEOUT_MS).default(DEFAULT_CODE_TIMEOUT_MS),
  memory_mb: z.int().min(1).max(MAX_CODE_MEMORY_MB).default(MAX_CODE_MEMORY_MB),
})

const seen: z.ZodType<Seen> = z.object({
  now: z.number(),
  names: z.custom<JsonObject>(),
})

export const code: HandedOffNodeType = {
  kind: 'handed_off',
  type: 'code',
  aliases: [],
  summary: 'Runs JavaScript in a sandbox without network, timers or files. Gives what it returns.',
  config: codeConfig,
  expressions: [],
  // Braces in JavaScript are no templates.
  deferred: ['source'],
  program: ({ source }) => String(source),
  ports: () => ['out'],
  continuePort: () => 'out',
  defaultTimeoutSeconds: 20,
  example: { source: 'const { items } = input\nreturn items.filter((item) => item.price > 10)' },
  run: (config, context) => runSource(config, context),
}

async function runSource(config: JsonObject, { runCode, idempotencyKey }: AttemptContext): Promise<AttemptResult> {
  const { source, timeout_ms: timeoutMs, memory_mb: memoryMb } = codeConfig.parse(config)
  const { now, names } = seen.parse(config[SEEN])
  const known = SEEN_NAMES.filter((name) => Object.hasOwn(names, name)).map((name): [string, Json] => [name, names[name] ?? null])
  return settled(
    await runCode({
      source,
      names: Object.fromEntries(known),
      now,
      seed: idempotencyKey,
      timeoutMs,
      memoryBytes: memoryMb * 1024 ** 2,
    }),
  )
}

/** With its console lines where the node's log finds them. */
function settled(result: CodeResult): AttemptResult {
  const console = result.console.map(({ level, message }) => ({ level, message }))
  if (result.kind === 'completed')
    return { kind: 'completed', output: result.output, ...(console.length > 0 && { metadata: { console } }) }
  if (console.length === 0) return { kind: 'failed', error: result.error }
  const { cause } = result.error
  return { kind: 'failed', error: { ...result.error, cause: { ...(typeof cause === 'object' ? cause : {}), console } } }
}
