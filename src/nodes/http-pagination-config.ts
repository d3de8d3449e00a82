// The schema of `pagination`: how an API says where its next page is, and where in a page its items are.
import { z } from 'zod'
import { DEFAULT_MAX_PAGES, MAX_PAGES } from '../core/limits.ts'

const fieldRule = 'must be the path of a field, such as "data.items"'
const fieldPath = z.string({ error: fieldRule }).regex(/^[^.]+(\.[^.]+)*$/, { error: fieldRule })

const common = {
  /** Where in a page its list is; absent: the page is the list. */
  items: fieldPath.optional(),
  max_pages: z.int().min(1).max(MAX_PAGES).default(DEFAULT_MAX_PAGES),
}

export const pagination = z.discriminatedUnion(
  'type',
  [
    /** The header `Link` with `rel="next"` (RFC 8288). */
    z.looseObject({ type: z.literal('link'), ...common }),
    /** A field of each page, sent with the request for the next one. */
    z.looseObject({ type: z.literal('cursor'), cursor: fieldPath, param: z.string().min(1).default('cursor'), ...common }),
    /** A number that counts pages, or items where `step` says how many a page has. It ends with an empty page. */
    z.looseObject({
      type: z.literal('page'),
      param: z.string().min(1).default('page'),
      start: z.int().min(0).default(1),
      step: z.int().min(1).default(1),
      ...common,
    }),
  ],
  { error: "'pagination.type' must be link, cursor or page" },
)

export type Pagination = z.output<typeof pagination>
