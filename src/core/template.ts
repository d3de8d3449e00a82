// Templates: strings with `{{ expression }}`. One expression alone keeps its type; between text, values are inserted as
// text. What is inserted is never read again, so data cannot become code.
import { findTemplateEnd } from './braces.ts'
import { type ConfigPath, formatPath } from './config-path.ts'
import { type EvaluationContext, type Expression, parseExpression, type Scope } from './expression.ts'
import { ExpressionError, ExpressionSyntaxError } from './expression-error.ts'
import { byteLength, type Json, jsonLength } from './json.ts'
import { MAX_EXPRESSION_RESULT_BYTES, MAX_PARSED_KEPT, MAX_RENDERED_CHARACTERS } from './limits.ts'
import { mapStrings } from './map-strings.ts'
import { memoise } from './memo.ts'

export interface Template {
  /** Literal texts, unescaped, and expressions, in order of appearance. */
  readonly parts: readonly (string | Expression)[]
  readonly expressions: readonly Expression[]
  /** @throws ExpressionError */
  render(scope: Scope, context: EvaluationContext): Json
}

export interface RenderOptions {
  /** How messages call the value: `config`. */
  readonly path: string
  /** Paths, relative to the value, that stay as source. */
  skip(path: ConfigPath): boolean
  /** What is kept beside a template that stays as source, counted as if it were rendered; null where it is to be rendered. */
  seal?(template: Template, path: ConfigPath): Json | null
}

/** What gives a value where it stands: an expression, or what is left of one. */
export type TemplatePart = string | Pick<Expression, 'evaluate'>

const OPEN = '{{'
const UNESCAPED_OPEN = /(?<!\\)\{\{/

/** Whether the text holds an unescaped `{{`. */
export const isTemplate = (text: string): boolean => UNESCAPED_OPEN.test(text)

/** Memoised. A text without braces is a template too. @throws ExpressionSyntaxError with the position in the whole text */
export const parseTemplate: (text: string) => Template = memoise((text) => {
  const parts = splitTemplate(text)
  const expressions = parts.filter((part) => typeof part !== 'string')
  return { parts, expressions, render: (scope, context) => renderParts(text, parts, scope, context) }
}, MAX_PARSED_KEPT)

/** What the parts of a template give. @throws ExpressionError */
export function renderParts(text: string, parts: readonly TemplatePart[], scope: Scope, context: EvaluationContext): Json {
  const [alone] = parts.length === 1 ? parts : []
  return alone === undefined || typeof alone === 'string'
    ? renderText(text, parts, scope, context)
    : alone.evaluate(scope, context)
}

/** Literal texts, unescaped, and expressions, in order. */
function splitTemplate(text: string): readonly (string | Expression)[] {
  const parts: (string | Expression)[] = []
  let literal = ''
  let position = 0
  for (let open = text.indexOf(OPEN); open !== -1; open = text.indexOf(OPEN, position)) {
    if (open > position && text[open - 1] === '\\') {
      literal += text.slice(position, open - 1) + OPEN
      position = open + OPEN.length
      continue
    }
    literal += text.slice(position, open)
    if (literal !== '') parts.push(literal)
    literal = ''
    const end = findTemplateEnd(text, open + OPEN.length)
    if (end === null) throw new ExpressionSyntaxError('`{{` is never closed', text, open)
    parts.push(parsePart(text, open + OPEN.length, end))
    position = end + OPEN.length
  }
  literal += text.slice(position)
  if (literal !== '') parts.push(literal)
  return parts
}

function parsePart(text: string, start: number, end: number): Expression {
  try {
    return parseExpression(text.slice(start, end))
  } catch (error) {
    if (!(error instanceof ExpressionSyntaxError)) throw error
    throw new ExpressionSyntaxError(error.message, text, start + error.position, { cause: error })
  }
}

function renderText(text: string, parts: readonly TemplatePart[], scope: Scope, context: EvaluationContext): string {
  let rendered = ''
  for (const part of parts) {
    rendered += typeof part === 'string' ? part : insertedText(part.evaluate(scope, context))
    if (rendered.length > MAX_EXPRESSION_RESULT_BYTES) throw tooLarge(text)
  }
  if (byteLength(rendered) > MAX_EXPRESSION_RESULT_BYTES) throw tooLarge(text)
  return rendered
}

const tooLarge = (text: string) => new ExpressionError(`the template gives more than ${MAX_EXPRESSION_RESULT_BYTES} bytes`, text)

/** Text as it is, null as nothing, everything else as JSON. */
export function insertedText(value: Json): string {
  if (value === null) return ''
  return typeof value === 'string' ? value : JSON.stringify(value)
}

/**
 * Renders every template string at any depth; keys are not templates. Returns the same reference where nothing changed.
 * What the templates give is bounded in all: a few bytes of config can name one large value many times.
 * @throws ExpressionError whose message starts with the place: `config.headers.X: …`
 */
export function renderValue(value: Json, scope: Scope, context: EvaluationContext, options: RenderOptions): Json {
  const count = countRendered()
  const render = (text: string, path: ConfigPath): Json => {
    const template = parseTemplate(text)
    const sealed = options.seal?.(template, path) ?? null
    if (sealed === null) return count(template.render(scope, context), text)
    count(sealed, text)
    return text
  }
  const replace = (text: string, path: ConfigPath): Json =>
    text.includes(OPEN) ? atPlace([options.path, ...path], () => render(text, path)) : text
  return mapStrings(value, replace, options.skip)
}

/** Gives back what it counts. @throws ExpressionError past what the templates of one config may give */
export function countRendered(): (rendered: Json, text: string) => Json {
  let length = 0
  return (rendered, text) => {
    length += jsonLength(rendered)
    if (length <= MAX_RENDERED_CHARACTERS) return rendered
    throw new ExpressionError(`with this the templates give more than ${MAX_RENDERED_CHARACTERS} characters of JSON`, text)
  }
}

/** @throws ExpressionError that names the place besides */
export function atPlace(path: ConfigPath, render: () => Json): Json {
  try {
    return render()
  } catch (error) {
    if (!(error instanceof ExpressionError)) throw error
    throw new ExpressionError(`${formatPath(path)}: ${error.message}`, error.expression, { cause: error })
  }
}
