// Names that a bare variable cannot have in an expression: those the scope gives, and the words CEL keeps for itself.
// A variable so called is reached as `variables["…"]`; validation warns about it.

/** Names that the engine puts into a scope; they win over variables. */
export const SCOPE_NAMES: ReadonlySet<string> = new Set([
  'inputs',
  'variables',
  'outputs',
  'input',
  'value',
  'inputs_by_source',
  'execution',
  'item',
  'index',
  'state',
  'iteration',
  'error',
  'secrets',
])

/** Reserved words of CEL's grammar (cel-spec, doc/langdef.md, "Syntax"). */
export const CEL_RESERVED_WORDS: ReadonlySet<string> = new Set([
  'true',
  'false',
  'null',
  'in',
  'as',
  'break',
  'const',
  'continue',
  'else',
  'for',
  'function',
  'if',
  'import',
  'let',
  'loop',
  'package',
  'namespace',
  'return',
  'var',
  'void',
  'while',
  // Reserved by our CEL library besides.
  'prototype',
  '__proto__',
])

const IDENTIFIER = /^[A-Za-z_][A-Za-z0-9_]*$/

/** Why an expression cannot use the name bare; null where it can. */
export function shadowReason(name: string): string | null {
  if (SCOPE_NAMES.has(name)) return 'is a name that every expression already has'
  if (CEL_RESERVED_WORDS.has(name)) return 'is a reserved word of the expression language'
  if (!IDENTIFIER.test(name)) return 'is not an identifier'
  return null
}
