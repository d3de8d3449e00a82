// A random valid config of each node type. In `ordered` graphs it reads only what every schedule gives: inputs, outputs of
// ancestors, and variables that a single ancestor sets.
import type { Json, JsonObject } from '../../src/core/json.ts'
import { MATCHES } from './meanings.ts'
import type { Random } from './random.ts'
import type { Found, GraphPlace } from './random-graph.ts'
import type { Family } from './random-workflow.ts'

interface Subject extends GraphPlace {
  readonly type: string
  /** Of this node alone. */
  readonly variable: string
}

const CONDITIONS = ['inputs.yes', 'inputs.no', 'inputs.n > 4', 'size(to_json(input)) > 3', 'count == 1', 'input.nothing > 1']

export function randomConfig(random: Random, subject: Subject, found: Found): JsonObject {
  switch (subject.type) {
    case 'http-request':
      return { url: 'https://example.com/{{ inputs.n }}', method: 'POST', body: { value: randomTemplate(random, subject) } }
    case 'code':
      return { source: random.pick(['return [input, item, inputs.n]', 'return outputs', 'return variables.count', 'return 1']) }
    case 'value':
      return { value: randomValue(random, subject) }
    case 'operation':
      return { op: random.pick(['add', 'subtract', 'multiply', 'divide']) }
    case 'condition':
      return { condition: random.pick(CONDITIONS) }
    case 'switch':
      return randomSwitch(random)
    case 'filter':
      return {
        condition: random.pick(['inputs.yes', 'item != 5', 'index > 0']),
        ...(random.chance(0.5) ? { items: 'inputs.list' } : {}),
      }
    case 'transformer':
      return { transform_type: 'expression', expression: random.pick(['[input]', '{"n": inputs.n}', 'input.nothing']) }
    case 'merge':
      return { mode: random.pick(['object', 'append', 'first', 'zip']) }
    case 'delay':
      return randomDelay(random, subject.family)
    case 'set-variables':
      return { assign: randomAssignment(random, subject) }
    case 'log':
      return {
        level: random.pick(['debug', 'info', 'warn', 'error', '{{ inputs.n }}']),
        message: randomTemplate(random, subject),
      }
    case 'fail':
      return { code: 'ON_PURPOSE', message: 'no', retryable: random.chance(0.5) }
    case 'workflow':
      return {
        workflow_id: 'child',
        inputs: { value: randomTemplate(random, subject) },
        ...(random.chance(0.15) ? { wait: false } : {}),
      }
    case 'wait-for-event':
      return randomWait(random, subject, found)
    case 'approval':
      return {
        prompt: random.pick(['Go on?', 'Take {{ inputs.n }}?']),
        ...(subject.family === 'free' ? randomWaitTimeout(random) : {}),
      }
    case 'task':
      return { queue: random.pick(['gpu', 'q{{ inputs.n }}']), payload: randomTemplate(random, subject) }
    default:
      return {}
  }
}

const randomSwitch = (random: Random): JsonObject =>
  random.chance(0.5)
    ? { on: 'inputs.n', cases: { '1': 'low', '2': 'low', '7': 'constructor' } }
    : {
        cases: [
          { when: random.pick(CONDITIONS), port: 'first' },
          { when: random.pick(CONDITIONS), port: 'second' },
        ],
      }

const randomDelay = (random: Random, family: Family): JsonObject =>
  family === 'free' && random.chance(0.2)
    ? { until: 'now()' }
    : { delay_seconds: random.pick([0, 0.5, 1, 10, 30, 3600, 86_400, '{{ inputs.n }}']) }

function randomAssignment(random: Random, { variable, family }: Subject): JsonObject {
  const own: JsonObject = { [variable]: random.pick(['{{ input }}', '{{ inputs.n }}', random.int(0, 9)]) }
  if (family === 'ordered') return own
  return random.chance(0.5) ? { shared: `by ${variable}`, ...own } : { count: '{{ count + 1 }}', shared: '{{ [count, shared] }}' }
}

const randomWaitTimeout = (random: Random): JsonObject =>
  random.chance(0.5) ? {} : { timeout_seconds: random.pick([0, 1, 30, 3600, 86_400]) }

/** In `ordered` workflows each name means one payload, and nothing is over time: whoever gets it, gets the same. */
function randomWait(random: Random, { family, loops }: Subject, { events }: Found): JsonObject {
  const event = random.pick(family === 'ordered' ? ['go', 'matched'] : ['go', 'matched', 'paid', 'paid-{{ inputs.n }}'])
  if (!event.includes('{{')) events.add(event)
  if (family === 'ordered') return event === 'matched' ? { event, match: 'payload.ok' } : { event }
  const match = event !== 'matched' && random.chance(0.5) ? null : random.pick(Object.keys(MATCHES))
  const isNever = match !== null && MATCHES[match]?.sample(loops.includes('each') ? 0 : null) === null
  const timeout = isNever ? { timeout_seconds: random.pick([1, 3600]) } : randomWaitTimeout(random)
  return { event, ...(match === null ? {} : { match }), ...timeout }
}

/** What shows of an iteration from inside it. */
export const ITEM_PROBE: Json = ['{{ item }}', '{{ index }}']
export const STATE_PROBE: Json = ['{{ state }}', '{{ iteration }}']

function randomValue(random: Random, subject: Subject): Json {
  const { loops } = subject
  if (loops.includes('each') && random.chance(0.4)) return ITEM_PROBE
  if (loops.includes('while') && random.chance(0.4)) return random.chance(0.5) ? STATE_PROBE : '{{ iteration * 5 }}'
  return random.chance(0.5) ? random.int(-3, 9) : randomTemplate(random, subject)
}

/** Text with templates that mostly hold; some fail where they are rendered. */
function randomTemplate(random: Random, { family, visible, readable }: Subject): Json {
  const choices: (() => Json)[] = [
    () => '{{ inputs.n }}',
    () => '{{ inputs.n * 2 + 1 }}',
    () => ['{{ uuid() }}', '{{ execution.started_at }}'],
    () => '{{ input }}',
    () => '{{ inputs_by_source }}',
    () => 'plain text',
  ]
  if (random.chance(0.03)) choices.push(() => '{{ nobody }}')
  if (visible.length > 0) choices.push(() => `{{ outputs["${random.pick(visible)}"] }}`)
  if (readable.length > 0) choices.push(() => `{{ variables["${random.pick(readable)}"] }}`)
  if (family === 'free') choices.push(...[() => '{{ now() }}', () => '{{ variables }}', () => '{{ to_json(outputs) }}'])
  return random.pick(choices)()
}
