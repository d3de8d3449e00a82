// What the log says of something thrown. drizzle writes a failed query with all its values, which are data: those are left out.

/** From the values to the end, but for the stack behind them. */
const VALUES = /\nparams: .*?(?=(?:\n {4}at [^\n]*)*$)/s

export const withoutValues = (text: string): string => text.replace(VALUES, '')

/** Name, message and those of its causes. */
export function errorText(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const cause = error.cause instanceof Error ? `; caused by ${errorText(error.cause)}` : ''
  return `${error.name}: ${withoutValues(error.message)}${cause}`
}

/** The same with stacks. */
export function errorStack(error: Error): string {
  const cause = error.cause instanceof Error ? `\ncaused by ${errorStack(error.cause)}` : ''
  return `${withoutValues(error.stack ?? error.message)}${cause}`
}
