import { describe, expect, it } from 'vitest'
import { formatPath, matchesPath } from '../../src/core/config-path.ts'

describe('matchesPath', () => {
  it.each([
    ['the place itself', ['condition'], ['condition'], true],
    ['another place', ['condition'], ['url'], false],
    ['anything below', ['mapping'], ['mapping', 'a', 0, 'b'], true],
    ['nothing above', ['cases.*.when'], ['cases', 0], false],
    ['* for an index', ['cases.*.when'], ['cases', 3, 'when'], true],
    ['* for a key', ['cases.*.when'], ['cases', 'vip', 'when'], true],
    ['* for one part only', ['cases.*.when'], ['cases', 'a', 'b', 'when'], false],
    ['an index written out', ['cases.0.when'], ['cases', 0, 'when'], true],
    ['any of several', ['a', 'b'], ['b'], true],
    ['no patterns', [], ['a'], false],
    ['the root', ['a'], [], false],
  ])('%s', (_name, patterns, path, expected) => {
    expect(matchesPath(patterns, path)).toBe(expected)
  })
})

describe('formatPath', () => {
  it.each([
    [[], ''],
    [['url'], 'url'],
    [['headers', 'X-Id'], 'headers.X-Id'],
    [['cases', 0, 'when'], 'cases[0].when'],
    [[0, 'a'], '[0].a'],
    [['a', 'x y', 'b'], 'a["x y"].b'],
    [['a.b'], '["a.b"]'],
  ])('%j is %s', (path, expected) => {
    expect(formatPath(path)).toBe(expected)
  })
})
