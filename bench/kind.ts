// The three workloads: chains of 10 and 100 pure nodes, and three HTTP calls in a row to a server that answers after 20 ms.
export const KINDS = ['10', '100', 'http'] as const
export type Kind = (typeof KINDS)[number]

export function isKind(value: string): value is Kind {
  return KINDS.some((kind) => kind === value)
}

/** What a reader calls it. */
export const KIND_TITLES: Readonly<Record<Kind, string>> = {
  '10': '10 pure nodes',
  '100': '100 pure nodes',
  http: '3 HTTP calls of 20 ms',
}
