// The opaque cursor of a search: the place, in (start, id) order, of the last execution that was examined.
import { z } from 'zod'

const cursorSchema = z.tuple([z.number().int(), z.string()])

export interface SearchCursor {
  readonly started_at: number
  readonly execution_id: string
}

export const formatSearchCursor = ({ started_at, execution_id }: SearchCursor): string =>
  btoa(JSON.stringify([started_at, execution_id]))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replaceAll('=', '')

/** Null where the text is no cursor of ours. */
export function parseSearchCursor(text: string): SearchCursor | null {
  try {
    const [started_at, execution_id] = cursorSchema.parse(JSON.parse(atob(text.replaceAll('-', '+').replaceAll('_', '/'))))
    return { started_at, execution_id }
  } catch {
    return null
  }
}
