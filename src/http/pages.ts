// Numbered pages: the query parameters and the `meta.pagination` of every list that has them.
import { z } from '@hono/zod-openapi'
import type { PageRequest } from '../history/page.ts'
import { DEFAULT_PER_PAGE, MAX_PER_PAGE } from './limits.ts'
import { integerQuery } from './schema.ts'

const NOT_INTEGER = 'Invalid pagination parameters'

export const pageQuerySchema = z.object({
  page: integerQuery({
    min: 1,
    max: Number.MAX_SAFE_INTEGER,
    byDefault: 1,
    notInteger: NOT_INTEGER,
    outOfBounds: 'Page must be >= 1',
  }),
  per_page: integerQuery({
    min: 1,
    max: MAX_PER_PAGE,
    byDefault: DEFAULT_PER_PAGE,
    notInteger: NOT_INTEGER,
    outOfBounds: `Per page must be between 1 and ${MAX_PER_PAGE}`,
  }),
})

export const readPage = (query: z.infer<typeof pageQuerySchema>): PageRequest => ({ page: query.page, perPage: query.per_page })

/** `meta` of a page. */
export function paginate({ page, perPage }: PageRequest, total: number) {
  const pages = Math.ceil(total / perPage)
  return {
    pagination: { page, per_page: perPage, total, total_pages: pages, has_next: page < pages, has_prev: page > 1 && pages > 0 },
  }
}
