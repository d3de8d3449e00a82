// The body of a request for a workflow, and what it is answered with.
import { z } from '@hono/zod-openapi'
import { byteLength } from '../../core/json.ts'
import { errorSchema } from '../answer.ts'
import { MAX_GENERATION_CURRENT_BYTES, MAX_GENERATION_PROMPT_CHARACTERS, MAX_MODEL_NAME_LENGTH } from '../limits.ts'
import { communityIdSchema, jsonObjectSchema } from '../schema.ts'

export const generationBodySchema = z
  .object({
    prompt: z
      .string()
      .regex(/\S/, { error: 'it must say what the workflow is to do' })
      .max(MAX_GENERATION_PROMPT_CHARACTERS)
      .openapi({ example: 'Fetch the order, wait for an approval above 100 euros, then call the webhook' }),
    model: z.string().min(1).max(MAX_MODEL_NAME_LENGTH).optional().openapi({ description: "Absent: the deployment's." }),
    store: z.boolean().default(false).openapi({ description: 'Stores it, as a new workflow.' }),
    workflow_id: z.string().optional().openapi({ description: 'Assigned where it is stored without one.' }),
    name: z.string().optional(),
    current: jsonObjectSchema
      .refine((given) => byteLength(JSON.stringify(given)) <= MAX_GENERATION_CURRENT_BYTES, {
        error: `it is larger than ${MAX_GENERATION_CURRENT_BYTES} bytes`,
      })
      .optional()
      .openapi({ description: 'A definition to be changed; it need not be valid.' }),
    community_id: communityIdSchema.optional(),
  })
  .openapi('WorkflowPrompt')

export type GenerationBody = z.output<typeof generationBodySchema>

const tokens = z.int().nullable()

export const generatedSchema = z
  .object({
    workflow: z.looseObject({ nodes: z.array(z.unknown()), edges: z.array(z.unknown()) }),
    explanation: z.string(),
    issues: errorSchema.shape.details.shape.issues.unwrap().openapi({ description: 'Warnings' }),
    model: z.string(),
    usage: z.object({ input_tokens: tokens, output_tokens: tokens }),
    repaired: z.boolean().openapi({ description: 'The first answer was not valid, and the model was told why.' }),
  })
  .openapi('GeneratedWorkflow')
