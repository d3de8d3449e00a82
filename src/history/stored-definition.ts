// The border where a definition comes back out of D1. It was canonical and valid when it was stored, so only its outline is
// checked: enough that a damaged row is loud here and not deep inside the core.
import { z } from 'zod'
import type { WorkflowDefinition } from '../core/definition.ts'
import { isJsonObject } from '../core/json.ts'

const outlineSchema = z.looseObject({
  nodes: z.array(z.looseObject({ id: z.string(), type: z.string(), config: z.custom(isJsonObject) })),
  edges: z.array(z.looseObject({ from: z.string(), to: z.string() })),
})

const storedDefinitionSchema = z.custom<WorkflowDefinition>((value) => outlineSchema.safeParse(value).success, {
  error: 'not a canonical workflow definition',
})

/** @throws ZodError or SyntaxError where the stored text is no definition, which is a bug. */
export const parseStoredDefinition = (text: string): WorkflowDefinition => storedDefinitionSchema.parse(JSON.parse(text))
