// Journals outlive deployments: one of every released format is kept here and must fold to the same state for ever.
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { expect, it } from 'vitest'
import { foldEntries } from '../../src/core/apply.ts'
import { EVENT_FORMAT } from '../../src/core/event.ts'
import { nodeTypes } from '../../src/nodes/registry.ts'

const FIXTURES = path.join(import.meta.dirname, '../fixtures')

it.each(Array.from({ length: EVENT_FORMAT }, (_, index) => index + 1))(
  'a journal of format %i folds to what it meant',
  (format) => {
    const { journal, expected } = JSON.parse(readFileSync(path.join(FIXTURES, `journal-format-${format}.json`), 'utf8'))
    expect(new Set(journal.map((entry: { format: number }) => entry.format))).toEqual(new Set([format]))
    const { phase, path: executed, nodes, outputs, variables, errors, seq, epoch } = foldEntries(null, journal, nodeTypes)
    const state = { phase, path: executed, nodes: Object.fromEntries(nodes), outputs, variables, errors, seq, epoch }
    // Later versions know more of a node than the fixture's.
    expect(JSON.parse(JSON.stringify(state))).toMatchObject(expected)
  },
)
