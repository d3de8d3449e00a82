// The model server that a deployment's settings name.
import { AttemptError } from '../core/attempt-error.ts'
import { nodeError } from '../core/node-error.ts'
import type { ModelServer } from '../core/node-type.ts'
import type { Settings } from '../env.ts'
import { workersAiFetch } from './workers-ai.ts'

const OPENROUTER = 'https://openrouter.ai/api/v1'
/** Costs nothing at OpenRouter. */
const DEFAULT_MODEL = 'google/gemini-2.0-flash-exp:free'

/** `AI_BASE_URL` of deployments whose models are the platform's. */
const WORKERS_AI = 'workers-ai'
const DEFAULT_WORKERS_MODEL = '@cf/meta/llama-3.3-70b-instruct-fp8-fast'

/** A setting that is empty is none. */
export function modelServerFrom({ AI_BASE_URL, AI_API_KEY, AI_MODEL, AI }: Settings): ModelServer {
  if (AI_BASE_URL === WORKERS_AI)
    return {
      baseUrl: `https://${WORKERS_AI}`,
      // The binding is the permission.
      apiKey: '',
      model: AI_MODEL || DEFAULT_WORKERS_MODEL,
      fetch: AI === undefined ? refuse : workersAiFetch(AI),
    }
  return { baseUrl: AI_BASE_URL || OPENROUTER, apiKey: AI_API_KEY || null, model: AI_MODEL || DEFAULT_MODEL }
}

function refuse(): Promise<never> {
  const message = 'AI_BASE_URL is `workers-ai`, and the deployment has no binding `AI`: see docs/nodes/ai.md.'
  return Promise.reject(new AttemptError(nodeError('CONFIG_INVALID', message)))
}
