/** A path as logs and messages may have it: the token of a signed link is a permission, and stands in none. */
export const loggedPath = (path: string): string => path.replace(/^\/api\/v1\/(approvals|events)\/[^/]+/, '/api/v1/$1/…')
