// The platform counts by what `wrangler.toml` says; answers and documents say what the code does.
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { expect, it } from 'vitest'
import { RATE_WINDOW_SECONDS, REQUESTS_PER_MINUTE } from '../../src/http/limits.ts'

const config = readFileSync(path.join(import.meta.dirname, '..', '..', 'wrangler.toml'), 'utf8')

it.each([
  ['STANDARD_RATE', REQUESTS_PER_MINUTE.standard],
  ['PREMIUM_RATE', REQUESTS_PER_MINUTE.premium],
])('%s is the same in both', (name, limit) => {
  const [, found, period] =
    config.match(new RegExp(`name = "${name}"\\nnamespace_id = "\\d+"\\nsimple = \\{ limit = (\\d+), period = (\\d+) \\}`)) ?? []
  expect([Number(found), Number(period)]).toEqual([limit, RATE_WINDOW_SECONDS])
})
