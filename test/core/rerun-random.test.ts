// Random graphs with loops in them, which fail, are cancelled, recovered and replayed at random: in the end they give what they would
// have given undisturbed, and no journal or snapshot tells another state. The seed names the case.
import { expect, it } from 'vitest'
import { foldEntries } from '../../src/core/apply.ts'
import { openRuns } from '../../src/core/instance.ts'
import type { JsonObject } from '../../src/core/json.ts'
import { planReplay, type ReplayRequest } from '../../src/core/plan-replay.ts'
import { nodeTypes } from '../../src/nodes/registry.ts'
import { Random } from '../sim/random.ts'
import { body, restored, runningIn } from '../support/loops.ts'
import { failure, graph, success, TestRun } from '../support/run.ts'

const SEEDS = 150

const http = (id: string): JsonObject => ({
  id,
  type: 'http-request',
  config: { url: 'https://example.com/' },
  retry: { strategy: 'none' },
})

function randomNode(random: Random, id: string, depth: number): JsonObject {
  const kind = random.int(0, depth > 0 ? 5 : 3)
  if (kind <= 1) return http(id)
  if (kind === 2) return { id, type: 'value', config: { value: id } }
  if (kind === 3) return { id, type: 'set-variables', config: { assign: { [id]: 'set' } } }
  const inner = randomGraph(random, depth - 1, 3)
  if (kind === 4)
    return { id, type: 'for-each', config: { items: '{{ [1, 2, 3] }}', concurrency: random.int(1, 3), body: inner } }
  return { id, type: 'loop', config: { while: 'iteration < 2', initial: 0, body: inner } }
}

/** Edges lead from earlier nodes to later ones; some joins need one source alone. */
function randomGraph(random: Random, depth: number, size: number): JsonObject {
  const ids = Array.from({ length: random.int(1, size) }, (_, index) => `n${index}`)
  const edges = ids.flatMap((to, index) =>
    ids.slice(0, index).flatMap((from) => (random.int(0, 2) === 0 ? [`${from}>${to}`] : [])),
  )
  return (depth === 2 ? graph : body)(
    ids.map((id) => randomNode(random, id, depth)),
    edges,
  )
}

function expectSound(run: TestRun): void {
  expect(foldEntries(null, run.journal, nodeTypes)).toEqual(run.state)
  expect(restored(run)).toEqual(run.state)
  if (run.state.phase.status !== 'open') expect([...openRuns(run.state)]).toEqual([])
}

/** Settles what runs until the execution ends; a number out of so many fails, and now and then it is cancelled. */
function drive(run: TestRun, random: Random, oneFailsOf: number | null): void {
  for (let paths = runningIn(run); run.state.phase.status === 'open' && paths.length > 0; paths = runningIn(run)) {
    const path = random.pick(paths)
    const fails = oneFailsOf !== null && random.int(1, oneFailsOf) === 1
    if (oneFailsOf !== null && random.int(1, 20) === 1) run.cancel()
    else run.settle(path, fails ? failure() : success(path))
  }
  expect(run.state.phase.status).not.toBe('open')
  expectSound(run)
}

const resultOf = ({ state }: TestRun) => ({
  phase: { ...state.phase, endedAt: 0 },
  outputs: { ...state.outputs },
  variables: state.variables,
})

it.each(Array.from({ length: SEEDS }, (_, seed) => seed))('seed %d', (seed) => {
  const random = new Random(seed)
  const definition = randomGraph(random, 2, 6)
  const undisturbed = new TestRun(definition)
  drive(undisturbed, random, null)
  expect(undisturbed.state.phase.status).toBe('completed')

  const run = new TestRun(definition)
  drive(run, random, 6)
  for (let round = 0; run.state.phase.status !== 'completed'; round += 1) {
    const done = [...run.state.nodes].filter(([, { status }]) => status === 'completed')
    run.send({ type: 'recover', by: 'sim' })
    for (const [id, node] of done) expect(run.state.nodes.get(id)).toBe(node)
    drive(run, random, round > 5 ? null : 6)
  }
  expect(resultOf(run)).toEqual(resultOf(undisturbed))

  for (let round = 0; round < 4; round += 1) {
    const paths = [...run.state.nodes.keys(), ...run.state.iterations.keys()]
    const inner = [...run.state.iterations].flatMap(([path, { nodes }]) => [...nodes.keys()].map((id) => `${path}.${id}`))
    const request: ReplayRequest = { from: random.pick([...paths, ...inner]) }
    const planning = planReplay(run.state, request, nodeTypes)
    if ('issues' in planning) throw new Error(JSON.stringify(planning.issues))
    run.send({ type: 'replay', by: 'sim', plan: planning.plan })
    expectSound(run)
    drive(run, random, round % 2 === 0 ? null : 6)
    for (let again = 0; run.state.phase.status !== 'completed'; again += 1) {
      run.send({ type: 'recover', by: 'sim' })
      drive(run, random, again > 3 ? null : 6)
    }
    expect(resultOf(run)).toEqual(resultOf(undisturbed))
  }
})
