import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { completeDevVars } from '../../scripts/dev-vars.ts'
import { parseSecretKeys } from '../../src/history/secret-keys.ts'

let folder: string
let file: string
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'millrace-dev-vars-'))
  file = path.join(folder, '.dev.vars')
})
afterEach(() => rmSync(folder, { recursive: true }))

describe('completeDevVars', () => {
  it('writes random secrets that only the owner reads', () => {
    const vars = completeDevVars(file)
    expect(Array.from(vars.keys())).toEqual(['MILLRACE_ADMIN_KEY', 'ID_SECRET', 'SECRETS_KEYS', 'ALLOW_PRIVATE_HOSTS'])
    expect(vars.get('MILLRACE_ADMIN_KEY')).toMatch(/^mr_[0-9a-f]{32}$/)
    expect(vars.get('ID_SECRET')).toMatch(/^[0-9a-f]{64}$/)
    expect(parseSecretKeys(vars.get('SECRETS_KEYS')).first.id).toBe('k1')
    expect(statSync(file).mode & 0o777).toBe(0o600)
  })

  it('draws another key for another folder', () => {
    const first = completeDevVars(file).get('MILLRACE_ADMIN_KEY')
    rmSync(file)
    expect(completeDevVars(file).get('MILLRACE_ADMIN_KEY')).not.toBe(first)
  })

  it('changes nothing the second time', () => {
    completeDevVars(file)
    const before = readFileSync(file, 'utf8')
    completeDevVars(file)
    expect(readFileSync(file, 'utf8')).toBe(before)
  })

  it('keeps the lines that are there, comments and an end without a newline included', () => {
    const mine = '# mine\nMILLRACE_ADMIN_KEY = "my key"\r\nOTHER=a=b\nALLOW_PRIVATE_HOSTS='
    writeFileSync(file, mine)
    const vars = completeDevVars(file)
    expect(readFileSync(file, 'utf8')).toBe(
      `${mine}\nID_SECRET=${vars.get('ID_SECRET')}\nSECRETS_KEYS=${vars.get('SECRETS_KEYS')}\n`,
    )
    expect(vars.get('MILLRACE_ADMIN_KEY')).toBe('my key')
    expect(vars.get('OTHER')).toBe('a=b')
    expect(vars.get('ALLOW_PRIVATE_HOSTS')).toBe('')
  })
})
