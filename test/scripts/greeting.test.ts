import { execFileSync } from 'node:child_process'
import { expect, it } from 'vitest'
import { greet } from '../../scripts/greeting.ts'

it('ends with one line that a shell takes as it is', () => {
  const body = { workflow: { name: `it's $HOME, "quoted" and \`run\`` } }
  const line = greet({ base: 'http://127.0.0.1:9000', key: 'mr_0f', body }).trimEnd().split('\n').at(-1) ?? ''
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
    JSON.stringify(body),
  ])
})
