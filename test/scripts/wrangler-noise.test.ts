import { expect, it } from 'vitest'
import { createNoiseFilter } from '../../scripts/wrangler-noise.ts'

it('keeps what the Worker logs and drops what wrangler says about itself', () => {
  const lines = [
    'Using secrets defined in .dev.vars',
    'Your Worker has access to the following bindings:',
    'Binding                                    Resource            Mode',
    'env.DB (millrace)                          D1 Database         local',
    '',
    '⎔ Starting local server...',
    '[wrangler:info] Ready on http://127.0.0.1:8787',
    '[2026-01-01T00:00:00.000Z] INFO http:0.1.0 AUTH result=OK',
    '[wrangler:info] GET /health 200 OK (11ms)',
    'env.DB is a line of the Worker here',
  ]
  expect(lines.filter(createNoiseFilter())).toEqual([
    '[2026-01-01T00:00:00.000Z] INFO http:0.1.0 AUTH result=OK',
    'env.DB is a line of the Worker here',
  ])
})
