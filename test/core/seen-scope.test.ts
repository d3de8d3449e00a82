// What a program is given of its node's scope: what its text names, as it was when the node became ready.
import { describe, expect, it } from 'vitest'
import type { Json, JsonObject } from '../../src/core/json.ts'
import { MAX_RENDERED_CHARACTERS } from '../../src/core/limits.ts'
import { PayloadsMissing } from '../../src/core/payload.ts'
import { namedMembers, SEEN } from '../../src/core/seen-scope.ts'
import { EPOCH_START, failure, graph, TestRun } from '../support/run.ts'

const value = (id: string, given: Json) => ({ id, type: 'value', config: { value: given } })
const code = (source: string, more: JsonObject = {}) => ({ id: 'code', type: 'code', config: { source }, ...more })

const started = (source: string, inputs: JsonObject = { rate: 2 }) =>
  new TestRun(
    graph([value('a', { n: 1 }), value('b', 'other'), code(source)], ['a>b', 'b>code'], { variables: { region: 'eu' } }),
    inputs,
  )

function seenBy(run: TestRun): Json | undefined {
  const node = run.node('code')
  return 'config' in node ? node.config[SEEN] : undefined
}

describe('a program sees', () => {
  it.each<[string, JsonObject]>([
    ['return 1', {}],
    ['return input', { input: 'other' }],
    ['return outputs.a.n', { outputs: { a: { n: 1 } } }],
    ["return outputs['a']", { outputs: { a: { n: 1 } } }],
    ['return Object.keys(outputs)', { outputs: { a: { n: 1 }, b: 'other' } }],
    ['const { a } = outputs', { outputs: { a: { n: 1 }, b: 'other' } }],
    ['return outputs["" + key]', { outputs: { a: { n: 1 }, b: 'other' } }],
    ['return outputs?.[key]', { outputs: { a: { n: 1 }, b: 'other' } }],
    ['return variables.region', { variables: { region: 'eu' } }],
    ['return inputs.rate * inputs.none', { inputs: { rate: 2 } }],
    ['return inputs_by_source.b', { inputs_by_source: { b: 'other' } }],
    ['return item + error', {}],
    ['return my_input + inputX', {}],
  ])('%s', (source, names) => {
    expect(seenBy(started(source))).toEqual({ now: EPOCH_START, names })
  })

  it('what the execution is', () => {
    expect(seenBy(started('return execution.id'))).toMatchObject({
      names: { execution: { id: '0123456789abcdef', workflow_id: 'test' } },
    })
  })

  it('the same in every attempt, the moment included', () => {
    const run = started('return [outputs.a, Date.now()]')
    const before = seenBy(run)
    run.settle('code', failure())
    run.wakeAfter(60_000)
    expect(run.node('code')).toMatchObject({ status: 'running', attempt: 2 })
    expect(seenBy(run)).toEqual(before)
  })

  it('what there was when it became ready, not what came later', () => {
    const run = new TestRun(graph([value('a', 1), code('return outputs'), value('later', 2)], ['a>code', 'a>later']))
    expect(run.state.outputs).toEqual({ a: 1, later: 2 })
    expect(seenBy(run)).toEqual({ now: EPOCH_START, names: { outputs: { a: 1 } } })
  })

  it('its source as it stands: braces are no templates', () => {
    const source = 'return { a: {{ input }} }'
    expect(started(source).node('code')).toMatchObject({ config: { source } })
  })

  it('nothing that the definition puts in its place', () => {
    const run = new TestRun(
      graph([{ ...code('return 1'), config: { source: 'return 1', [SEEN]: { now: 5, names: { input: 6 } } } }], []),
    )
    expect(seenBy(run)).toEqual({ now: EPOCH_START, names: {} })
  })

  it('the item of its iteration', () => {
    const body = { nodes: [code('return item.n * index')], edges: [] }
    const run = new TestRun(graph([{ id: 'each', type: 'for-each', config: { items: '[{"n": 1}, {"n": 2}]', body } }], []))
    const inner = run.state.iterations.get('each[1]')?.nodes.get('code')
    expect(inner).toMatchObject({ config: { [SEEN]: { names: { item: { n: 2 }, index: 1 } } } })
  })
})

describe('what lies outside', () => {
  it('is loaded first', () => {
    const call = { id: 'call', type: 'http', config: { url: 'http://127.0.0.1/' } }
    const output = { $payload: 'a'.repeat(64), size: 2_000_000, mark: 'm' }
    const run = new TestRun(graph([call, code('return input.n')], ['call>code']))
    const settle = {
      type: 'settle',
      epoch: 1,
      node: 'call',
      attempt: 1,
      result: { kind: 'completed', output, payloads: [output] },
    } as const
    expect(() => run.send(settle)).toThrow(PayloadsMissing)
    run.send(settle, new Map([[output.$payload, { value: { n: 7 } }]]))
    expect(seenBy(run)).toMatchObject({ names: { input: { n: 7 } } })
  })

  it('and what is too much is refused, with the way to less', () => {
    // `input` and `inputs` are the same at a root: twice this, some 40 characters around it, and a definition with it once.
    const started = (characters: number) =>
      new TestRun(graph([code('return [input, inputs]')], []), { much: 'x'.repeat(characters) })
    expect(started(MAX_RENDERED_CHARACTERS / 2 - 100).state.phase).toEqual({ status: 'open' })
    expect(started(MAX_RENDERED_CHARACTERS / 2).state.phase).toMatchObject({
      status: 'failed',
      error: { code: 'INPUT_INVALID', message: expect.stringContaining('outputs.a instead of outputs') },
    })
  })
})

describe('members by their names', () => {
  const members = { a: 1, b: 2, 'c-d': 3 }

  it.each([
    ['outputs.a', ['a']],
    ['x\\noutputs', ['a', 'b', 'c-d']],
    ['outputs[\\"c-d\\"]', ['c-d']],
    ['outputs["a" + x]', ['a', 'b', 'c-d']],
    ['nothing', []],
  ])('%s', (text, names) => {
    expect(Object.keys(namedMembers(members, text, 'outputs'))).toEqual(names)
  })
})
