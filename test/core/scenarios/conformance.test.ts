// What the conformance cases of the CNCF Serverless Workflow specification ask of an engine, said as Millrace definitions. Left out is
// what has no counterpart: CloudEvents that a task emits, and jumps backwards, which are loops here.
import { describe, expect, it } from 'vitest'
import { body, loop, value } from '../../support/loops.ts'
import { failure, graph, success, TestRun } from '../../support/run.ts'
import { assign, call } from '../../support/scenario.ts'

const COLORS = ['red', 'green', 'blue']
const noColors = { variables: { colors: [] } }
const adds = (color: string) => assign(color, { colors: `{{ colors + ["${color}"] }}` })
const result = { id: 'result', type: 'end', config: { output: '{{ variables.colors }}' } }

describe('sequence', () => {
  it.each([
    ['in the order of the definition', COLORS],
    ['in the order of the edges, whatever that of the definition', ['red', 'blue', 'green']],
  ])('runs %s', (_, defined) => {
    const run = new TestRun(graph([...defined.map(adds), result], ['red>green', 'green>blue', 'blue>result'], noColors))
    expect(run.state.phase).toMatchObject({ status: 'completed', output: COLORS })
    expect(run.state.path).toEqual([...COLORS, 'result'])
  })
})

describe('iteration', () => {
  it('gathers the items and their indexes, in order', () => {
    const gather = value('gather', {
      colors: '{{ state.colors + [inputs.colors[int(iteration)]] }}',
      indexes: '{{ state.indexes + [iteration] }}',
    })
    const run = new TestRun(
      graph([loop(body([gather]), { while: 'iteration < size(inputs.colors)', initial: { colors: [], indexes: [] } })], []),
      { colors: COLORS },
    )
    expect(run.state.phase).toMatchObject({ status: 'completed', output: { colors: COLORS, indexes: [0, 1, 2] } })
  })

  it('has item and index of each in a for-each', () => {
    const pair = { id: 'pair', config: { value: '{{ [item, index] }}' } }
    const run = new TestRun(
      graph([{ id: 'each', type: 'for-each', config: { items: 'inputs.colors', body: body([pair]) } }], []),
      { colors: COLORS },
    )
    expect(run.state.phase).toMatchObject({ output: COLORS.map((color, index) => [color, index]) })
  })
})

describe('switch', () => {
  const cases = COLORS.map((color) => ({ when: `inputs.color == "${color}"`, port: color }))
  const chosen = (color: string, more: readonly string[] = []) =>
    new TestRun(
      graph(
        [
          { id: 's', type: 'switch', config: { cases } },
          ...COLORS.map(adds),
          assign('custom', { colors: '{{ colors + [inputs.color] }}' }),
          result,
        ],
        [...COLORS.flatMap((name) => [`s:${name}>${name}`, `${name}>result`]), ...more, 'custom>result'],
        noColors,
      ),
      { color },
    )
  const withDefault = ['s:default>custom']

  it('runs the case that matches, and no other', () => {
    const run = chosen('red', withDefault)
    expect(run.state.phase).toMatchObject({ status: 'completed', output: ['red'] })
    expect(run.state.path).toEqual(['s', 'red', 'result'])
  })

  it('runs the default where none does', () => {
    const run = chosen('yellow', withDefault)
    expect(run.state.phase).toMatchObject({ status: 'completed', output: ['yellow'] })
    expect(run.state.path).toEqual(['s', 'custom', 'result'])
  })

  it('passes its input on where the default leads to the end', () => {
    const run = new TestRun(
      graph(
        [{ id: 's', type: 'switch', config: { cases } }, adds('red'), { id: 'end', type: 'end', config: {} }],
        ['s:red>red', 's:default>end'],
      ),
      { color: 'yellow', colors: [] },
    )
    expect(run.state.phase).toMatchObject({ status: 'completed', output: { color: 'yellow' } })
    expect(run.node('red').status).toBe('skipped')
  })
})

describe('branches that compete', () => {
  it('leave one result', () => {
    const calls = COLORS.map((color) => call(color))
    const first = { id: 'first', type: 'end', config: { output: '{{ [input] }}' }, join: 'any', cancel_rest: true }
    const run = new TestRun(
      graph(
        [...calls, first],
        COLORS.map((color) => `${color}>first`),
      ),
    )
    run.settle('green', success('green'))
    expect(run.state.phase).toMatchObject({ status: 'completed', output: ['green'] })
    expect(run.statuses()).toMatchObject({ red: 'cancelled', green: 'completed', blue: 'cancelled' })
  })
})

describe('raise', () => {
  it('faults the workflow with the error as it was defined, and where it was', () => {
    const run = new TestRun(
      graph([{ id: 'raise', type: 'fail', config: { code: 'COMPLIANCE', message: 'Compliance error' } }], []),
    )
    expect(run.state.phase).toMatchObject({
      status: 'failed',
      node: 'raise',
      error: { code: 'COMPLIANCE', message: 'Compliance error' },
    })
  })
})

describe('try', () => {
  const fetching = (status: number) => {
    const run = new TestRun(
      graph(
        [
          { ...call('get'), config: { url: 'https://example.com/pet/{{ inputs.name }}' }, retry: { strategy: 'none' } },
          value('handled', '{{ error }}'),
        ],
        [{ from: 'get', port: 'error', to: 'handled', when: `input.status == ${status}` }],
      ),
      { name: 'Milou' },
    )
    expect(run.node('get')).toMatchObject({ config: { url: 'https://example.com/pet/Milou' } })
    run.settle('get', failure({ code: 'HTTP_STATUS', message: 'answered 404', retryable: false, status: 404 }))
    return run
  }

  it('handles the error that it catches, with all that is known of it', () => {
    expect(fetching(404).state.phase).toMatchObject({
      status: 'completed',
      output: { code: 'HTTP_STATUS', message: 'answered 404', status: 404, attempts: 1 },
    })
  })

  it('faults with one that it does not', () => {
    expect(fetching(503).state.phase).toMatchObject({
      status: 'failed',
      node: 'get',
      error: { code: 'HTTP_STATUS', status: 404 },
    })
  })
})

describe('data', () => {
  it('values are set from nested inputs, types kept', () => {
    const configuration = { size: { width: 6, height: 6 }, fill: { red: 69, green: 69, blue: 69 } }
    const run = new TestRun(
      graph([value('shape', { shape: 'circle', size: '{{ configuration.size }}', fill: '{{ configuration.fill }}' })], []),
      { configuration },
    )
    expect(run.state.phase).toMatchObject({ output: { shape: 'circle', ...configuration } })
  })

  it('an input is narrowed to a part of it', () => {
    const nodes = [value('subject', '{{ inputs.user.claims.subject }}'), value('player', { playerId: '{{ input }}' })]
    const run = new TestRun(graph(nodes, ['subject>player']), { user: { claims: { subject: 'me' } } })
    expect(run.state.phase).toMatchObject({ output: { playerId: 'me' } })
  })

  it('an output is narrowed too, and need not be an object', () => {
    const nodes = [
      call('one'),
      value('id', '{{ input.body.id }}'),
      call('two'),
      value('ids', { ids: ['{{ outputs.id }}', '{{ input.body.id }}'] }),
    ]
    const run = new TestRun(graph(nodes, ['one>id', 'id>two', 'two>ids']))
    run.settle('one', success({ status: 200, headers: {}, body: { id: 1 } }))
    expect(run.node('id')).toMatchObject({ output: 1 })
    run.settle('two', success({ status: 200, headers: {}, body: { id: 2 } }))
    expect(run.state.phase).toMatchObject({ output: { ids: [1, 2] } })
  })
})
