// The workflows of docs/loops.md do what that page says.
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { expect, it } from 'vitest'
import { success, TestRun } from '../support/run.ts'

const page = readFileSync(path.join(import.meta.dirname, '../../docs/loops.md'), 'utf8')
const [restock, pages] = [...page.matchAll(/```json\n(.*?)```/gs)].map(([, text = '']) => JSON.parse(text))

it('for-each: the results in the order of the items; a failed item is null', () => {
  const articles = [
    { id: 'lamp', stock: 9, reserved: 8 },
    { id: 'bulb', stock: 90, reserved: 0 },
    { id: 'odd' },
    { id: 'cord', stock: 4, reserved: 3 },
  ]
  const run = new TestRun(restock, { articles, minimum: 5 })
  expect(run.state.phase).toMatchObject({
    status: 'completed',
    output: [
      { position: 0, article: 'lamp' },
      { position: 3, article: 'cord' },
    ],
  })
  expect(run.state.errors).toMatchObject([{ node: 'each[2].left', error: { code: 'EXPRESSION_ERROR' } }])
})

it('loop: from page to page, gathering', () => {
  const run = new TestRun({ nodes: [pages], edges: [] })
  run.settle('pages[0].fetch', success({ status: 200, headers: {}, body: { next: 2, rows: ['a', 'b'] } }))
  run.settle('pages[1].fetch', success({ status: 200, headers: {}, body: { next: null, rows: ['c'] } }))
  expect(run.state.phase).toMatchObject({ status: 'completed', output: { page: null, rows: ['a', 'b', 'c'] } })
})
