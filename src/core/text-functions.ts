// Functions on text. Part of the table in `functions.ts`.

import type { Evaluation } from './expression-evaluation.ts'
import type { Arguments, ExpressionFunction } from './expression-function.ts'
import { isList, isMap } from './expression-value.ts'
import { MAX_PATTERN_LENGTH } from './limits.ts'
import { LinearPattern, PatternError } from './linear-pattern.ts'

/** @throws ExpressionError */
function matches(args: Arguments, run: Evaluation): boolean {
  const text = args.text(0)
  const source = args.text(1)
  if (source.length > MAX_PATTERN_LENGTH) throw args.error(`takes patterns of at most ${MAX_PATTERN_LENGTH} characters`)
  try {
    const pattern = LinearPattern.of(source)
    run.spendItems(pattern.size)
    return pattern.test(text, (states) => run.spendItems(states))
  } catch (error) {
    if (error instanceof PatternError) throw args.error(error.message)
    throw error
  }
}

function split(args: Arguments, run: Evaluation): readonly string[] {
  const text = args.text(0)
  const separator = args.text(1)
  const limit = args.has(2) ? args.integer(2) : -1
  const parts = text.split(separator)
  run.spendItems(parts.length)
  if (limit < 0 || parts.length <= limit) return parts
  return limit === 0 ? [] : [...parts.slice(0, limit - 1), parts.slice(limit - 1).join(separator)]
}

function join(args: Arguments, run: Evaluation): string {
  const separator = args.has(1) ? args.text(1) : ''
  const texts = args.list(0).map((item) => {
    if (isList(item) || isMap(item) || typeof item === 'object') throw args.error('joins strings, numbers and bools')
    return String(item)
  })
  run.allowText(texts.reduce((length, text) => length + text.length + separator.length, 0))
  return texts.join(separator)
}

function replace(args: Arguments, run: Evaluation): string {
  const text = args.text(0)
  const search = args.text(1)
  const replacement = args.text(2)
  const parts = text.split(search)
  // Before joining: every match may grow to the whole length of the replacement.
  run.allowText(text.length + (parts.length - 1) * (replacement.length - search.length))
  return parts.join(replacement)
}

export const TEXT_FUNCTIONS: readonly ExpressionFunction[] = [
  {
    name: 'lower',
    parameters: ['text: string'],
    returns: 'string',
    summary: 'In lower case.',
    example: 'lower("Ada Lovelace")',
    result: 'ada lovelace',
    evaluate: (args) => args.text(0).toLowerCase(),
  },
  {
    name: 'upper',
    parameters: ['text: string'],
    returns: 'string',
    summary: 'In upper case.',
    example: '"eu".upper()',
    result: 'EU',
    evaluate: (args) => args.text(0).toUpperCase(),
  },
  {
    name: 'lowerAscii',
    parameters: ['text: string'],
    returns: 'string',
    summary: 'In lower case, the letters A to Z only (standard CEL).',
    example: '"Ärger".lowerAscii() + "ABC".lowerAscii()',
    result: 'Ärgerabc',
    evaluate: (args) => args.text(0).replace(/[A-Z]+/g, (letters) => letters.toLowerCase()),
  },
  {
    name: 'upperAscii',
    parameters: ['text: string'],
    returns: 'string',
    summary: 'In upper case, the letters a to z only (standard CEL).',
    example: '"straße".upperAscii()',
    result: 'STRAßE',
    evaluate: (args) => args.text(0).replace(/[a-z]+/g, (letters) => letters.toUpperCase()),
  },
  {
    name: 'trim',
    parameters: ['text: string'],
    returns: 'string',
    summary: 'Without white space at both ends.',
    example: 'trim("  a b ")',
    result: 'a b',
    evaluate: (args) => args.text(0).trim(),
  },
  {
    name: 'split',
    parameters: ['text: string', 'separator: string', 'limit?: number'],
    returns: 'list',
    summary: 'The parts between separators; with a limit, the last part keeps the rest.',
    example: '"a,b,c".split(",")',
    result: ['a', 'b', 'c'],
    evaluate: split,
  },
  {
    name: 'join',
    parameters: ['list: list', 'separator?: string'],
    returns: 'string',
    summary: 'Strings, numbers and bools as one text.',
    example: '[1, "b", true].join("-")',
    result: '1-b-true',
    evaluate: join,
  },
  {
    name: 'replace',
    parameters: ['text: string', 'search: string', 'replacement: string'],
    returns: 'string',
    summary: 'Every occurrence replaced. No patterns.',
    example: '"a.b.c".replace(".", "/")',
    result: 'a/b/c',
    evaluate: replace,
  },
  {
    name: 'substring',
    parameters: ['text: string', 'start: number', 'end?: number'],
    returns: 'string',
    summary: 'From `start` (0-based) up to, not including, `end`. Places past the end are the end.',
    example: '"workflow".substring(0, 4)',
    result: 'work',
    evaluate: (args) => args.text(0).substring(args.integer(1), args.has(2) ? args.integer(2) : Infinity),
  },
  {
    name: 'indexOf',
    parameters: ['text: string', 'search: string'],
    returns: 'number',
    summary: 'Where the text first occurs, -1 where it does not.',
    example: '"workflow".indexOf("flow")',
    result: 4,
    evaluate: (args) => args.text(0).indexOf(args.text(1)),
  },
  {
    name: 'startsWith',
    parameters: ['text: string', 'start: string'],
    returns: 'bool',
    summary: 'Whether the text starts so.',
    example: '"workflow".startsWith("work")',
    result: true,
    evaluate: (args) => args.text(0).startsWith(args.text(1)),
  },
  {
    name: 'endsWith',
    parameters: ['text: string', 'end: string'],
    returns: 'bool',
    summary: 'Whether the text ends so.',
    example: '"report.pdf".endsWith(".pdf")',
    result: true,
    evaluate: (args) => args.text(0).endsWith(args.text(1)),
  },
  {
    name: 'contains',
    parameters: ['text: string', 'part: string'],
    returns: 'bool',
    summary: 'Whether the text has the part. For lists and maps: `item in list`.',
    example: '"workflow".contains("kfl")',
    result: true,
    evaluate: (args) => args.text(0).includes(args.text(1)),
  },
  {
    name: 'matches',
    parameters: ['text: string', 'pattern: string'],
    returns: 'bool',
    summary:
      'Whether a part of the text matches the regular expression (`^` and `$` for all of it). RE2: no back references, no look-around.',
    example: '"order-1024".matches("^order-[0-9]+$")',
    result: true,
    evaluate: matches,
  },
]
