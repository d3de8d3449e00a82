// What docs/guarantees.md names is there: the files, and the tests by their titles. The links of all other pages lead somewhere, too.
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from 'vitest'

const ROOT = path.join(import.meta.dirname, '../..')
const PAGE = 'docs/guarantees.md'
const read = (file: string): string => readFileSync(path.join(ROOT, file), 'utf8')

interface Named {
  readonly file: string
  readonly title: string
}

/** Titles stand in backticks after the link to their file, in paragraphs that begin with "Tested by". */
function namedTests(page: string): readonly Named[] {
  const paragraphs = page.split('\n\n').filter((paragraph) => paragraph.startsWith('Tested by'))
  return paragraphs.flatMap((paragraph) => {
    let file = ''
    return [...paragraph.matchAll(/\]\((.+?)\)|`(.+?)`/gs)].flatMap(([, link, title]) => {
      if (link !== undefined) file = path.join('docs', link)
      return title === undefined ? [] : [{ file, title }]
    })
  })
}

/** Of a test the whole title, of the simulation the name under which it is reported. */
function isIn({ file, title }: Named): boolean {
  const text = read(file)
  const opening = file.endsWith('.test.ts') ? '(' : ''
  return ["'", '"', '`'].some((quote) => text.includes(`${opening}${quote}${title}${quote}`))
}

function brokenLinks(file: string): readonly string[] {
  const links = [...read(file).matchAll(/\]\(([^)\s]+)\)/g)].map(([, link = '']) => link.replace(/#.*/, ''))
  const local = links.filter((link) => link !== '' && !/^\w+:/.test(link))
  return local.filter((link) => !existsSync(path.join(ROOT, path.dirname(file), link)))
}

describe('docs/guarantees.md', () => {
  const named = namedTests(read(PAGE))

  it('names tests that exist', () => {
    expect(named.filter((test) => !isIn(test))).toEqual([])
    expect(named.length).toBeGreaterThan(80)
  })

  it('names a test for every promise', () => {
    const promises = read(PAGE).split('\n## ').slice(1, -1)
    expect(promises.filter((promise) => namedTests(promise).length === 0)).toEqual([])
  })
})

it.each([
  'README.md',
  ...readdirSync(path.join(ROOT, 'docs'), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.md'))
    .map((file) => path.join('docs', file)),
])('the links of %s lead somewhere', (file) => expect(brokenLinks(file)).toEqual([]))
