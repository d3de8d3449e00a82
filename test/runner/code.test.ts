// The `code` node inside workerd: the engine as it is imported there, from the execution that hands the work off to its end.
import { describe, expect, it, vi } from 'vitest'
import { code as codeExample } from '../../src/nodes/code.ts'
import { newId, startExecution, view } from '../support/execution.ts'
import { graph } from '../support/run.ts'

const code = (id: string, source: string, config = {}) => ({ id, type: 'code', config: { source, ...config } })

async function ended(definition: ReturnType<typeof graph>, inputs = {}) {
  const id = newId()
  await startExecution(id, definition, { inputs })
  await vi.waitFor(async () => expect(['completed', 'failed']).toContain((await view(id)).status), { timeout: 10_000 })
  return view(id)
}

describe('a code node', () => {
  it('works on what arrives, and its lines are in its log', async () => {
    const source = 'console.log("rows", input.rows.length)\nreturn input.rows.map((row) => row * variables.factor)'
    const found = await ended(graph([code('scale', source)], [], { variables: { factor: 3 } }), { rows: [1, 2] })
    expect(found.final_output).toEqual([3, 6])
    expect(found.node_states.scale?.logs).toContain('rows 2')
  })

  it('runs in loops', async () => {
    const body = { nodes: [code('square', 'return item * item + index')], edges: [] }
    const loop = { id: 'each', type: 'for-each', config: { items: 'inputs.numbers', body } }
    expect((await ended(graph([loop], []), { numbers: [1, 2, 3] })).final_output).toEqual([1, 5, 11])
  })

  it('draws the same in the next attempt', async () => {
    const draw = 'const drawn = Math.random(); console.log(drawn); if (input.fails) throw new Error("again"); return drawn'
    const retry = { strategy: 'fixed', max_attempts: 2, initial_delay_ms: 1, jitter: 'none', retry_on: ['CODE_ERROR'] }
    const found = await ended(graph([{ ...code('draw', draw), retry }], []), { fails: true })
    const drawn = found.node_states.draw?.logs.filter((line) => /^0\.\d+$/.test(line))
    expect(drawn).toHaveLength(2)
    expect(new Set(drawn).size).toBe(1)
  })

  it.each([
    ['an endless loop', 'console.log("before")\nfor (;;);', 'timeout_ms'],
    ['a memory bomb', 'console.log("before")\nconst all = []\nfor (;;) all.push("x".repeat(1e5) + all.length)', 'memory_mb'],
  ])('%s is a clear failure, and what it wrote is kept', async (_what, source, limit) => {
    const found = await ended(graph([code('bomb', source, { timeout_ms: 100, memory_mb: 8 })], []))
    expect(found).toMatchObject({
      status: 'failed',
      error_node_id: 'bomb',
      node_states: { bomb: { error_type: 'CODE_LIMIT', attempt: 1 } },
    })
    expect(found.error_message).toContain(limit)
    expect(found.node_states.bomb?.logs).toContain('before')
  })

  it('recursion ends whichever stack ends first', async () => {
    const deep = 'let a = []; for (let i = 0; i < 1e5; i++) a = [a]; return JSON.stringify(a)'
    for (const source of ['const f = () => f() + 1; return f()', deep]) {
      const found = await ended(graph([code('deep', source)], []))
      expect(found.node_states.deep?.error_type).toMatch(/^CODE_(ERROR|LIMIT)$/)
    }
  })

  it('fails with the line of its source, over its error edge where there is one', async () => {
    const nodes = [
      code('parse', 'const rows = []\nreturn rows.first.name'),
      { id: 'caught', config: { value: '{{ error.code }}' } },
    ]
    const found = await ended(graph(nodes, ['parse:error>caught']))
    expect(found.final_output).toBe('CODE_ERROR')
    expect(found.node_states.parse?.error).toMatch(/^TypeError: .+ \(line 2\)$/)
  })

  it('its example runs', async () => {
    const items = [{ price: 5 }, { price: 20 }]
    expect((await ended(graph([{ id: 'code', type: 'code', config: codeExample.example }], []), { items })).final_output).toEqual(
      [{ price: 20 }],
    )
  })
})
