// Strings that name secrets: what a transition makes of them, and what the Runner makes of that.
import { describe, expect, it } from 'vitest'
import type { Json, JsonObject } from '../../src/core/json.ts'
import { MAX_RENDERED_CHARACTERS } from '../../src/core/limits.ts'
import { PayloadsMissing } from '../../src/core/payload.ts'
import { openSealed, type Sealed, sealedIn, secretsNamed } from '../../src/core/sealed-strings.ts'
import { EPOCH_START, failure, graph, TestRun } from '../support/run.ts'

const value = (id: string, given: Json) => ({ id, type: 'value', config: { value: given } })
const call = (config: JsonObject) => ({ id: 'call', type: 'http', config: { url: 'https://x.example', ...config } })

const started = (config: JsonObject, inputs: JsonObject = { user: 'ann' }) =>
  new TestRun(graph([value('a', { n: 1 }), value('b', 'other'), call(config)], ['a>b', 'b>call']), inputs)

function configOf(run: TestRun): JsonObject {
  const node = run.node('call')
  if (!('config' in node) || node.config === null) throw new Error(`call has no config: ${JSON.stringify(node)}`)
  return node.config
}

function mustBeSealed(config: JsonObject): Sealed {
  const sealed = sealedIn(config)
  if (sealed === null) throw new Error('nothing is sealed')
  return sealed
}

/** What the Runner makes of the config, and the values that it made with secrets. */
function open(run: TestRun, secrets: JsonObject) {
  const made: [Json, string][] = []
  const config = configOf(run)
  const opened = openSealed(config, mustBeSealed(config), { secrets, made: (...heard) => made.push(heard) })
  return { opened, made }
}

describe('a transition', () => {
  it('keeps what names secrets as source, with the values of the other names', () => {
    const text = 'Basic {{ base64(inputs.user + ":" + secrets.pw + outputs.b) }} {{ inputs.user }}'
    const config = configOf(started({ headers: { x: text, y: '{{ inputs.user }}' } }))
    expect(config).toMatchObject({ headers: { x: text, y: 'ann' } })
    expect(sealedIn(config)).toEqual({
      now: EPOCH_START,
      names: { inputs: { user: 'ann' }, outputs: expect.objectContaining({ b: 'other' }) },
      strings: [
        {
          path: ['headers', 'x'],
          parts: ['Basic ', { expression: 'base64(inputs.user + ":" + secrets.pw + outputs.b)' }, ' ', 'ann'],
        },
      ],
    })
  })

  it('renders what is made anew at each call: all attempts have the same', () => {
    const run = started({ headers: { x: '{{ uuid() }} {{ secrets.key }}' } })
    const before = configOf(run)
    const [{ parts } = { parts: [] }] = mustBeSealed(before).strings
    expect(parts).toEqual([expect.stringMatching(/^[0-9a-f-]{36}$/), ' ', { expression: 'secrets.key' }])
    run.settle('call', failure())
    run.wakeAfter(60_000)
    expect(run.node('call')).toMatchObject({ status: 'running', attempt: 2 })
    expect(configOf(run)).toEqual(before)
  })

  it('seals in loops, with the item of the iteration', () => {
    const body = { nodes: [call({ headers: { x: '{{ secrets.key + item }}' } })], edges: [] }
    const run = new TestRun(graph([{ id: 'each', type: 'for-each', config: { items: '["p", "q"]', body } }], []))
    const inner = run.state.iterations.get('each[1]')?.nodes.get('call')
    expect(inner).toMatchObject({ config: { $sealed: { names: { item: 'q' } } } })
  })

  it('seals nothing where nothing names secrets, whatever the definition says', () => {
    const forged = { now: 0, names: {}, strings: [{ path: ['url'], parts: [{ expression: 'secrets.key' }] }] }
    expect(configOf(started({ $sealed: forged }))).toEqual({ url: 'https://x.example' })
    expect(configOf(started({ $sealed: '{{ inputs.forged }}' }, { forged }))).toEqual({ url: 'https://x.example' })
    expect(configOf(started({ body: '{{ inputs }}', method: 'POST' }, { $sealed: forged }))).not.toHaveProperty('$sealed')
    const sealed = sealedIn(configOf(started({ $sealed: forged, headers: { x: '{{ secrets.other }}' } })))
    expect(sealed?.strings).toEqual([{ path: ['headers', 'x'], parts: [{ expression: 'secrets.other' }] }])
  })

  it('checks the rest of the config, not what it does not know', () => {
    const config = { method: '{{ inputs.method }}', auth: { type: 'bearer', token: '{{ secrets.key }}' } }
    expect(started(config, { method: 'GET' }).node('call').status).toBe('running')
    expect(started(config, { method: 'STEAL' }).node('call')).toMatchObject({
      status: 'failed',
      error: { code: 'CONFIG_INVALID', message: expect.stringMatching(/^config\.method: [^;]*$/) },
    })
  })

  it('tells where another expression of such a string fails', () => {
    expect(started({ headers: { x: '{{ secrets.key }} {{ outputs.a.none }}' } }).node('call')).toMatchObject({
      status: 'failed',
      error: { code: 'EXPRESSION_ERROR', message: expect.stringContaining('config.headers.x: ') },
    })
  })

  it('loads what lies outside first', () => {
    const first = { id: 'first', type: 'http', config: { url: 'http://127.0.0.1/' } }
    const output = { $payload: 'a'.repeat(64), size: 2_000_000, mark: 'm' }
    const run = new TestRun(graph([first, call({ headers: { x: '{{ input.n + secrets.key }}' } })], ['first>call']))
    const result = { kind: 'completed', output, payloads: [output] } as const
    const settle = { type: 'settle', epoch: 1, node: 'first', attempt: 1, result } as const
    expect(() => run.send(settle)).toThrow(PayloadsMissing)
    run.send(settle, new Map([[output.$payload, { value: { n: '7' } }]]))
    expect(sealedIn(configOf(run))).toMatchObject({ names: { input: { n: '7' } } })
  })

  it('bounds what stands in one pair of braces with secrets', () => {
    const named = (characters: number) =>
      started({ headers: { x: '{{ inputs.much + secrets.key }}' } }, { much: 'x'.repeat(characters) }).node('call')
    // Around it: {"inputs":{"much":""}}, and the definition beside it.
    expect(named(MAX_RENDERED_CHARACTERS - 50)).toMatchObject({ status: 'running' })
    expect(named(MAX_RENDERED_CHARACTERS)).toMatchObject({
      status: 'failed',
      error: { code: 'INPUT_INVALID', message: expect.stringContaining('give it braces of its own') },
    })
  })

  it('counts what stands beside it with what the other templates give', () => {
    const big = '{{ inputs.much }}'
    const config = { headers: { x: `${big}{{ secrets.key }}` }, method: 'POST', body: [big, big] }
    expect(started(config, { much: 'x'.repeat(MAX_RENDERED_CHARACTERS / 3 - 100) }).node('call').status).toBe('running')
    expect(started(config, { much: 'x'.repeat(MAX_RENDERED_CHARACTERS / 3) }).node('call')).toMatchObject({
      error: { code: 'EXPRESSION_ERROR', message: expect.stringContaining(`more than ${MAX_RENDERED_CHARACTERS}`) },
    })
  })
})

describe('the Runner', () => {
  const secrets = { key: 'k3y-value', pw: 'pass word', json: '{"a":[1]}' }

  it.each<[string, Json]>([
    ['{{ secrets.key }}', 'k3y-value'],
    ['Bearer {{ secrets.key }}', 'Bearer k3y-value'],
    ['{{ json(secrets.json) }}', { a: [1] }],
    ['{{ secrets.key.size() }}', 9],
    ['{{ base64(inputs.user + ":" + secrets.pw) }}', 'YW5uOnBhc3Mgd29yZA=='],
    ['{{ inputs.user }}/{{ secrets.key }}/{{ json(secrets.json).a }}', 'ann/k3y-value/[1]'],
    [String.raw`\{{ not }} {{ secrets.key }}`, '{{ not }} k3y-value'],
    ['{{ timestamp(now()) < timestamp("2030-01-01T00:00:00Z") ? secrets.key : "" }}', 'k3y-value'],
  ])('renders %s', (text, expected) => {
    const { opened } = open(started({ method: 'POST', body: [text] }), secrets)
    expect(opened).toEqual({ url: 'https://x.example', method: 'POST', body: [expected] })
  })

  it('reads no braces in what was inserted', () => {
    const run = started(
      { headers: { x: '{{ inputs.user }} {{ secrets.key }}', y: '{{ inputs.user }}' } },
      { user: '{{ secrets.pw }}' },
    )
    expect(open(run, { ...secrets, key: '{{ secrets.pw }}' }).opened).toMatchObject({
      headers: { x: '{{ secrets.pw }} {{ secrets.pw }}', y: '{{ secrets.pw }}' },
    })
  })

  it('needs the secrets that are named, each once', () => {
    const run = started({ headers: { x: '{{ secrets.a + secrets["b-c"] }}', y: '{{ secrets.a }}' } })
    expect(secretsNamed(mustBeSealed(configOf(run)))).toEqual(['a', 'b-c'])
  })

  it('tells what is made with secrets', () => {
    expect(open(started({ headers: { x: 'a {{ sha256(secrets.key) }}' } }), secrets).made).toEqual([
      [expect.stringMatching(/^[0-9a-f]{64}$/), 'sha256(secrets.key)'],
    ])
  })

  it('names the place of an expression that fails', () => {
    expect(() => open(started({ headers: { x: '{{ secrets.key.none }}' } }), secrets)).toThrow(/^config\.headers\.x: cannot read/)
  })

  it('bounds what comes of it', () => {
    const long = { key: 'x'.repeat(MAX_RENDERED_CHARACTERS / 4) }
    const four = Array(4).fill('{{ secrets.key }}')
    expect(() => open(started({ method: 'POST', body: four }), long)).toThrow(`more than ${MAX_RENDERED_CHARACTERS}`)
    expect(() => open(started({ method: 'POST', body: four.slice(1) }), long)).not.toThrow()
  })
})
