// What a request's schema found, as one refusal that names every place.
import type { z } from '@hono/zod-openapi'
import { ApiError, type RequestIssue } from './errors.ts'

export function invalidRequest({ issues: found }: Pick<z.ZodError, 'issues'>): ApiError {
  const issues = found.map((issue): RequestIssue => {
    const path = issue.path.map(String).join('.')
    // Messages of our own schemas stand alone; the library's do not name their place.
    const message = issue.code === 'custom' || path === '' ? issue.message : `${path}: ${issue.message}`
    return { severity: 'error', code: issue.code === 'custom' ? 'INVALID_VALUE' : issue.code.toUpperCase(), path, message }
  })
  return new ApiError('BAD_REQUEST', issues[0]?.message ?? 'The request is not valid', { issues })
}
