// The config of `ai-processor`. Messages name the field and the rule, never a value: those may hold secrets.
import { z } from 'zod'
import { MAX_CACHE_TTL_SECONDS, MIN_CACHE_TTL_SECONDS } from '../core/limits.ts'
import { jsonField } from './schema.ts'

/** What is no text goes to the model as JSON, so that a prompt may be one expression. */
const textField = (name: string) =>
  jsonField(`'${name}' must be text`).transform((given) => (typeof given === 'string' ? given : JSON.stringify(given)))

const message = z.looseObject({
  role: z.enum(['system', 'user', 'assistant'], { error: `'role' must be system, user or assistant` }),
  content: textField('content'),
})

const ttlRule = `'cache_ttl_seconds' must be 0 (no cache), or from ${MIN_CACHE_TTL_SECONDS} to ${MAX_CACHE_TTL_SECONDS}`

export const aiProcessorConfig = z
  .looseObject({
    /** The last message, of the user. */
    prompt: textField('prompt').optional(),
    system_prompt: textField('system_prompt').optional(),
    /** What was said before `prompt`. */
    messages: z.array(message).default([]),
    /** Absent: the deployment's. */
    model: z.string().min(1, { error: `'model' must not be empty` }).optional(),
    /** Null leaves it to the model: some take no other than their own. */
    temperature: z.number().min(0).max(2).nullable().default(0.7),
    /** Null leaves it to the model. */
    max_tokens: z.int().min(1).nullable().default(2048),
    /** JSON Schema that the answer must fit; the core checks it with the definition. */
    response_schema: z.looseObject({}, { error: `'response_schema' must be a JSON Schema` }).optional(),
    /** Whether the answer is asked for in parts, so that those who listen can read along. False: for servers that cannot. */
    stream: z.boolean().default(true),
    cache_ttl_seconds: z
      .int({ error: ttlRule })
      .max(MAX_CACHE_TTL_SECONDS, { error: ttlRule })
      .refine((seconds) => seconds === 0 || seconds >= MIN_CACHE_TTL_SECONDS, { error: ttlRule })
      .default(3600),
    /** Of an OpenAI-compatible server; absent: the deployment's. */
    base_url: z.string().min(1, { error: `'base_url' must be a URL such as https://api.example.com/v1` }).optional(),
    api_key: z
      .string()
      .regex(/^[\x21-\x7e]+$/, { error: `'api_key' holds printable ASCII without spaces` })
      .optional(),
  })
  .refine(({ prompt, messages }) => /\S/.test(prompt ?? '') || messages.length > 0, {
    path: ['prompt'],
    error: `ai-processor node requires 'prompt' (text for the model), or 'messages'`,
  })

export type AiProcessorConfig = z.output<typeof aiProcessorConfig>
