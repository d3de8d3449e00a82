// The two ways an expression goes wrong: it does not parse (validation's finding), or it fails in its scope (the node's).
// Callers tell them apart by class.

/** An expression failed at run time: an absent name, a wrong type, a limit. Settles the node with `EXPRESSION_ERROR`. */
export class ExpressionError extends Error {
  readonly code = 'EXPRESSION_ERROR'
  /** The CEL text, without braces. */
  readonly expression: string

  constructor(message: string, expression: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'ExpressionError'
    this.expression = expression
  }
}

/** An expression or template that does not parse. */
export class ExpressionSyntaxError extends Error {
  /** Offset (0-based, in UTF-16 units) into the text that was given to the parser. */
  readonly position: number
  /** The text that was given to the parser. */
  readonly expression: string

  constructor(message: string, expression: string, position: number, options?: ErrorOptions) {
    super(message, options)
    this.name = 'ExpressionSyntaxError'
    this.expression = expression
    this.position = position
  }
}
