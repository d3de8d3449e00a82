// A random valid config of each node type. In `ordered` graphs it reads only what every schedule gives: inputs, outputs of
// ancestors, and variables that a single ancestor sets.
import type { Json, JsonObject } from '../../src/core/json.ts'
import type { Random } from './random.ts'
import type { Family } from './random-workflow.ts'

interface Subject {
  readonly type: string
  readonly family: Family
  readonly id: string
  readonly ancestors: readonly string[]
}

const CONDITIONS = ['inputs.yes', 'inputs.no', 'inputs.n > 4', 'size(to_json(input)) > 3', 'count == 1', 'input.nothing > 1']

export function randomConfig(random: Random, subject: Subject): JsonObject {
  switch (subject.type) {
    case 'http-request':
      return { url: 'https://example.com/{{ inputs.n }}', method: 'POST', body: { value: randomTemplate(random, subject) } }
    case 'value':
      return { value: random.chance(0.5) ? random.int(-3, 9) : randomTemplate(random, subject) }
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

function randomAssignment(random: Random, { id, family }: Subject): JsonObject {
  const own: JsonObject = { [`v_${id}`]: random.pick(['{{ input }}', '{{ inputs.n }}', random.int(0, 9)]) }
  if (family === 'ordered') return own
  return random.chance(0.5) ? { shared: `by ${id}`, ...own } : { count: '{{ count + 1 }}', shared: '{{ [count, shared] }}' }
}

/** Text with templates that mostly hold; some fail where they are rendered. */
function randomTemplate(random: Random, { family, ancestors }: Subject): Json {
  const choices: (() => Json)[] = [
    () => '{{ inputs.n }}',
    () => '{{ inputs.n * 2 + 1 }}',
    () => ['{{ uuid() }}', '{{ execution.started_at }}'],
    () => '{{ input }}',
    () => '{{ inputs_by_source }}',
    () => 'plain text',
  ]
  if (random.chance(0.03)) choices.push(() => '{{ nobody }}')
  if (ancestors.length > 0) {
    const ancestor = random.pick(ancestors)
    choices.push(() => `{{ outputs["${ancestor}"] }}`)
    choices.push(() => `{{ variables["v_${ancestor}"] }}`)
  }
  if (family === 'free') choices.push(...[() => '{{ now() }}', () => '{{ variables }}', () => '{{ to_json(outputs) }}'])
  return random.pick(choices)()
}
