// The model server that a deployment's settings name.
import type { ModelServer } from '../core/node-type.ts'
import type { Settings } from '../env.ts'

const OPENROUTER = 'https://openrouter.ai/api/v1'
/** Costs nothing at OpenRouter. */
const DEFAULT_MODEL = 'google/gemini-2.0-flash-exp:free'

/** A setting that is empty is none. */
export const modelServerFrom = ({ AI_BASE_URL, AI_API_KEY, AI_MODEL }: Settings): ModelServer => ({
  baseUrl: AI_BASE_URL || OPENROUTER,
  apiKey: AI_API_KEY || null,
  model: AI_MODEL || DEFAULT_MODEL,
})
