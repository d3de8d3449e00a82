// Where the signed links of an execution lead: where the deployment says, else to where the start came in.
import type { Settings } from '../../env.ts'
import { ApiError } from '../errors.ts'

/** Without a slash at its end. @throws ApiError where `PUBLIC_URL` is no web address: its links would lead nowhere */
export function linkOrigin({ PUBLIC_URL: publicUrl }: Pick<Settings, 'PUBLIC_URL'>, requestOrigin: string): string {
  if (!publicUrl) return requestOrigin
  const url = URL.canParse(publicUrl) ? new URL(publicUrl) : null
  if (url === null || !['http:', 'https:'].includes(url.protocol) || url.search !== '' || url.hash !== '')
    throw new ApiError('UNAVAILABLE', 'The setting PUBLIC_URL of this deployment must be an address as https://millrace.example')
  return url.href.replace(/\/+$/, '')
}
