// One page of a numbered list.
export interface PageRequest {
  /** From 1. */
  readonly page: number
  readonly perPage: number
}

export interface Page<Item> {
  readonly items: readonly Item[]
  readonly total: number
}

/** Rows before the page. */
export const pageOffset = ({ page, perPage }: PageRequest): number => (page - 1) * perPage
