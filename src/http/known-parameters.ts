// Refuses query parameters that a route does not have: a filter misspelt would show, or touch, more than was asked for.
import type { z } from '@hono/zod-openapi'

/** A check for a loose schema. `isFree`: names that no schema lists. */
export const knownParameters =
  (known: Readonly<Record<string, unknown>>, isFree: (name: string) => boolean = () => false) =>
  (query: object, context: z.core.$RefinementCtx): void => {
    for (const name of Object.keys(query)) {
      if (Object.hasOwn(known, name) || isFree(name)) continue
      const message = `Unknown parameter: ${name}; there are ${Object.keys(known).join(', ')}`
      context.addIssue({ code: 'custom', path: [name], message })
    }
  }
