import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { expect, it } from 'vitest'
import { EXAMPLE, greet } from '../../scripts/greeting.ts'

it('ends with one line that a shell takes as it is', () => {
  const line = greet({ base: 'http://127.0.0.1:9000', key: 'mr_0f' }).trimEnd().split('\n').at(-1) ?? ''
  const words = execFileSync('sh', ['-c', line.replace(/^curl/, 'printf "%s\\n"')], { encoding: 'utf8' })
    .trimEnd()
    .split('\n')
  expect(words).toEqual([
    '-s',
    'http://127.0.0.1:9000/api/v1/executions',
    '-H',
    'X-API-Key: mr_0f',
    '-H',
    'Content-Type: application/json',
    '-d',
    '@examples/greeting.json',
  ])
})

it('posts an inline workflow and waits for its end', () => {
  const body = JSON.parse(readFileSync(path.join(import.meta.dirname, '..', '..', EXAMPLE), 'utf8'))
  expect(body).toMatchObject({ workflow: { nodes: expect.any(Array) }, async_execution: false })
})
