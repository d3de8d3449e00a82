// What a call of a model costs, in US dollars: what the server says (OpenRouter does), else by list price.
import type { ModelUsage } from './call-model.ts'

/**
 * Per million tokens of input and of output. OpenAI's list prices of March 2026, as given at deploybase.ai/articles/openai-pricing;
 * discounts for cached input are not counted.
 */
const LIST_PRICES: ReadonlyMap<string, readonly [input: number, output: number]> = new Map([
  ['gpt-5', [1.25, 10]],
  ['gpt-5-mini', [0.25, 2]],
  ['gpt-5-nano', [0.05, 0.4]],
  ['gpt-4.1', [2, 8]],
  ['gpt-4.1-mini', [0.4, 1.6]],
  ['gpt-4.1-nano', [0.1, 0.4]],
  ['gpt-4o', [2.5, 10]],
  ['gpt-4o-mini', [0.15, 0.6]],
])

/** Null where nobody knows. @param told `cost` in the server's usage */
export function costOf(model: string, { input_tokens: input, output_tokens: output }: ModelUsage, told: unknown): number | null {
  if (typeof told === 'number' && Number.isFinite(told) && told >= 0) return told
  // `openai/gpt-4o-2024-08-06` is a `gpt-4o`.
  const price = LIST_PRICES.get(model.replace(/^openai\//, '').replace(/-\d{4}-\d{2}-\d{2}$/, ''))
  if (price === undefined || input === null || output === null) return null
  return (input * price[0] + output * price[1]) / 1_000_000
}
