import { describe, expect, it } from 'vitest'
import { nextLink } from '../../src/nodes/link-header.ts'

describe('the link to the next page', () => {
  it.each([
    ['<https://a.test/?page=2>; rel="next"', 'https://a.test/?page=2'],
    ['<?page=2>;rel=next', '?page=2'],
    ['</1>; rel="prev", </3>; rel="next"', '/3'],
    ['</a,b;c>; title="x, y; rel=\\"no"; rel="next last"', null],
    ['</a,b;c>; title="x, y; z"; rel="last next"', '/a,b;c'],
    ['</2>; REL=NEXT', '/2'],
    ['</2>; crossorigin; rel="next"', '/2'],
    ['</2>; rel="nextish"', null],
    ['</2>; title="rel=next"', null],
    ['', null],
    ['nonsense', null],
    ['<unclosed; rel="next"', null],
  ])('of %s is %s', (header, target) => {
    expect(nextLink(header)).toBe(target)
  })

  it('of a hostile header is found in no time', () => {
    expect(nextLink(`<a>${'; a=b'.repeat(20_000)} <`)).toBeNull()
    expect(nextLink('<'.repeat(100_000))).toBeNull()
    expect(nextLink(`<a>;${' '.repeat(20_000)}`)).toBeNull()
  })
})
