// What would be deployed: the bundle that wrangler makes of the Worker and its libraries, without an account.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { wranglerFailure } from '../../scripts/wrangler.ts'

const folder = mkdtempSync(path.join(tmpdir(), 'millrace-bundle-'))
afterAll(() => rmSync(folder, { recursive: true }))

describe('the bundle', () => {
  it('builds, libraries included, and makes no code at run time', () => {
    expect(wranglerFailure(['deploy', '--dry-run', '--outdir', folder])).toBeNull()
    const bundle = readFileSync(path.join(folder, 'index.js'), 'utf8')
    expect(bundle).toContain('/chat/completions')
    expect(bundle).not.toMatch(/\bnew Function\(|[^.\w`]eval\([^)]/)
  })
})
