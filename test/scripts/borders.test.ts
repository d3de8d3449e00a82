// The borders between folders, as the linter holds them: each is tried with an import that crosses it.
import { spawnSync } from 'node:child_process'
import path from 'node:path'
import { describe, expect, it } from 'vitest'

const ROOT = path.join(import.meta.dirname, '..', '..')

/** Lints a file that does not exist, with one import. */
function crosses(file: string, specifier: string): boolean {
  const args = ['lint', '--only=style/noRestrictedImports', `--stdin-file-path=${file}`]
  const input = `import { x } from '${specifier}'\n\nexport const y = x\n`
  const { stdout, stderr } = spawnSync(path.join(ROOT, 'node_modules', '.bin', 'biome'), args, {
    cwd: ROOT,
    input,
    encoding: 'utf8',
  })
  return `${stdout}${stderr}`.includes('noRestrictedImports')
}

describe('borders between folders', () => {
  it.each([
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
  ])('%s may not import %s', (file, specifier) => expect(crosses(file, specifier)).toBe(true))

  it.each([
    ['src/core/reading/x.ts', '../json.ts'],
    ['src/nodes/transforms/x.ts', '../../core/json.ts'],
    ['src/history/x.ts', '../core/json.ts'],
    ['src/execution/x.ts', '../history/execution-view.ts'],
    ['src/http/routes/x.ts', '../../execution/contract.ts'],
    ['src/index.ts', './http/app.ts'],
  ])('%s may import %s', (file, specifier) => expect(crosses(file, specifier)).toBe(false))
})
