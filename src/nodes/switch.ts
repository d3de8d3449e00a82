// `switch`: takes the port of the first case that matches, else `default`, and passes its input on.
// Cases are a list of conditions, or, with `on`, an object from the value of `on` (as text) to a port.
import { z } from 'zod'
import type { Json, JsonObject } from '../core/json.ts'
import { isJsonObject } from '../core/json.ts'
import type { InlineContext } from '../core/node-type.ts'
import { evaluateBoolean } from './evaluate-boolean.ts'
import { inlineNode } from './inline-node.ts'
import { jsonText } from './json-text.ts'
import { expressionField } from './schema.ts'

const DEFAULT_PORT = 'default'

const casesRule = `switch node requires 'cases': a list of { "when", "port" }, or with 'on' an object of { "<value>": "<port>" }`
const portRule = "a case needs a port: a name other than 'error', the port that every node has for its failures"

const port = z.string({ error: portRule }).refine((name) => name !== '' && name !== 'error', { error: portRule })
const conditionCases = z
  .array(z.looseObject({ when: expressionField(`a case needs a 'when': an expression such as "value > 10"`), port }))
  .refine((cases) => cases.length > 0, { error: casesRule })
const valueCases = z
  .record(z.string(), port, { error: casesRule })
  .refine((cases) => Object.keys(cases).length > 0, { error: casesRule })

type Cases = z.output<typeof conditionCases> | z.output<typeof valueCases>
interface SwitchConfig {
  readonly on?: string | undefined
  readonly cases: Cases
}

/** The form decides which schema applies, so that issues name the place inside a case and not just "one of the forms". */
function checkForm({ on, cases }: SwitchConfig, issues: z.RefinementCtx): void {
  const add = (path: readonly PropertyKey[], message: string) => issues.addIssue({ code: 'custom', path: [...path], message })
  const isList = Array.isArray(cases)
  const found = (isList ? conditionCases : valueCases).safeParse(cases).error?.issues ?? []
  for (const { path, message } of found) add(['cases', ...path], message)
  if (isList && on !== undefined) add(['on'], "'on' goes with 'cases' as an object; in a list each case has its 'when'")
  if (!isList && on === undefined)
    add(['on'], `'cases' as an object needs 'on': the expression that chooses, such as "input.kind"`)
}

export const switchNode = inlineNode({
  type: 'switch',
  summary: 'Takes the port of the first case that matches, else default; passes its input on.',
  config: z
    .looseObject({
      on: expressionField(`'on' must be an expression such as "input.kind"`).optional(),
      cases: z.custom<Cases>((cases) => typeof cases === 'object' && cases !== null, { error: casesRule }),
    })
    .superRefine(checkForm),
  expressions: ['on', 'cases.*.when'],
  ports: listPorts,
  continuePort: DEFAULT_PORT,
  example: { cases: [{ when: 'value > 100', port: 'large' }] },
  run: (config, context) => ({ kind: 'completed', output: context.input, ports: [choosePort(config, context)] }),
})

/** Each case's port once, then `default`. What is no case (the config may be invalid) has no port. */
function listPorts({ cases }: JsonObject): readonly string[] {
  const named = isJsonObject(cases) ? Object.values(cases) : Array.isArray(cases) ? cases.map(casePort) : []
  return [...new Set([...named.filter((name) => typeof name === 'string'), DEFAULT_PORT])]
}

const casePort = (entry: Json): Json => (isJsonObject(entry) ? (entry.port ?? null) : null)

function choosePort({ on, cases }: SwitchConfig, context: InlineContext): string {
  if (Array.isArray(cases)) {
    return cases.find(({ when }, index) => evaluateBoolean(when, `cases[${index}].when`, context))?.port ?? DEFAULT_PORT
  }
  const value = jsonText(on === undefined ? null : context.evaluate(on))
  return Object.hasOwn(cases, value) ? (cases[value] ?? DEFAULT_PORT) : DEFAULT_PORT
}
