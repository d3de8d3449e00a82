// The borders between folders, as the linter holds them: each is tried with an import that crosses it.
import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

const ROOT = path.join(import.meta.dirname, '..', '..')

const refused: readonly (readonly [string, string])[] = [
  ['src/core/x.ts', '../nodes/registry.ts'],
  ['src/core/x.ts', '../env.ts'],
  ['src/core/reading/x.ts', '../../history/page.ts'],
  ['src/core/x.ts', 'cloudflare:workers'],
  ['src/nodes/x.ts', '../history/page.ts'],
  ['src/nodes/transforms/x.ts', '../../execution/contract.ts'],
  ['src/history/x.ts', '../nodes/registry.ts'],
  ['src/observability/x.ts', '../http/answer.ts'],
  ['src/execution/x.ts', '../http/routes/health.ts'],
  ['src/runner/x.ts', '../index.ts'],
  ['src/queues/x.ts', '../http/answer.ts'],
  ['src/http/routes/x.ts', '../../index.ts'],
  ['src/client/x.ts', '../http/answer.ts'],
]

const allowed: readonly (readonly [string, string])[] = [
  ['src/core/reading/x.ts', '../json.ts'],
  ['src/nodes/transforms/x.ts', '../../core/json.ts'],
  ['src/history/x.ts', '../core/json.ts'],
  ['src/execution/x.ts', '../history/execution-view.ts'],
  ['src/http/routes/x.ts', '../../execution/contract.ts'],
  ['src/client/x.ts', '../http/api-types.ts'],
  ['src/index.ts', './http/app.ts'],
]

let folder: string
let report: string

/** A name of its own for each pair, in the folder of its file. */
const fileOf = (file: string, specifier: string): string =>
  path.join(folder, path.dirname(file), `${specifier.replaceAll(/[^a-z]/g, '-')}.ts`)

const crosses = (file: string, specifier: string): boolean =>
  report.includes(`noRestrictedImports,file=${fileOf(file, specifier)},`)

beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'millrace-borders-'))
  const config = { ...JSON.parse(readFileSync(path.join(ROOT, 'biome.json'), 'utf8')), vcs: { enabled: false } }
  writeFileSync(path.join(folder, 'biome.json'), JSON.stringify(config))
  for (const [file, specifier] of [...refused, ...allowed]) {
    mkdirSync(path.join(folder, path.dirname(file)), { recursive: true })
    writeFileSync(fileOf(file, specifier), `import { x } from '${specifier}'\n\nexport const y = x\n`)
  }
  const args = ['lint', '--max-diagnostics=none', '--reporter=github', '.']
  report = spawnSync(path.join(ROOT, 'node_modules', '.bin', 'biome'), args, { cwd: folder, encoding: 'utf8' }).stdout
})
afterAll(() => rmSync(folder, { recursive: true }))

describe('borders between folders', () => {
  it.each(refused)('%s may not import %s', (file, specifier) => expect(crosses(file, specifier)).toBe(true))
  it.each(allowed)('%s may import %s', (file, specifier) => expect(crosses(file, specifier)).toBe(false))
})
