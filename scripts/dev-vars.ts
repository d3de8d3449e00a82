// `.dev.vars`: the secrets and settings of a local `wrangler dev`, which a deployment does not inherit. Lines that are there
// are never changed.
import { randomBytes } from 'node:crypto'
import { chmodSync, existsSync, readFileSync, writeFileSync } from 'node:fs'

const defaults = {
  MILLRACE_ADMIN_KEY: () => `mr_${randomBytes(16).toString('hex')}`,
  ID_SECRET: () => randomBytes(32).toString('hex'),
  SECRETS_KEYS: () => `k1:${randomBytes(32).toString('hex')}`,
  ALLOW_PRIVATE_HOSTS: () => '127.0.0.1',
}

/** Adds what is missing to the file, readable by its owner only, and answers all it holds. */
export function completeDevVars(file: string): ReadonlyMap<string, string> {
  const before = existsSync(file) ? readFileSync(file, 'utf8') : ''
  const known = parseVars(before)
  const missing = Object.entries(defaults)
    .filter(([name]) => !known.has(name))
    .map(([name, draw]) => `${name}=${draw()}\n`)
    .join('')
  if (missing === '') return known
  const after = before === '' || before.endsWith('\n') ? before + missing : `${before}\n${missing}`
  writeFileSync(file, after, { mode: 0o600 })
  chmodSync(file, 0o600)
  return parseVars(after)
}

const parseVars = (text: string): ReadonlyMap<string, string> =>
  new Map(
    Array.from(text.matchAll(/^[ \t]*(\w+)[ \t]*=[ \t]*(.*?)[ \t\r]*$/gm), ([, name = '', value = '']) => [name, unquote(value)]),
  )

const unquote = (value: string): string => value.replace(/^(["'`])(.*)\1$/, '$2')
