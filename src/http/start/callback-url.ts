// Where the end of an execution is told, as its start asks for it.
import { AttemptError } from '../../core/attempt-error.ts'
import type { WorkflowDefinition } from '../../core/definition.ts'
import type { Settings } from '../../env.ts'
import { allowancesFrom, assertPublicUrl } from '../../runner/address-rules.ts'
import { ApiError, badRequest } from '../errors.ts'

/**
 * Null where the start names none: its workflow may.
 * @throws ApiError where nothing could be sent there, or nothing be signed
 */
export function readCallbackUrl(named: string | undefined, definition: WorkflowDefinition, settings: Settings): string | null {
  if (named === undefined && definition.settings?.callback_url === undefined) return null
  if (!settings.ID_SECRET)
    throw new ApiError('UNAVAILABLE', 'A callback is signed with the secret ID_SECRET, which this deployment does not have')
  if (named === undefined) return null
  try {
    return assertPublicUrl(named, allowancesFrom(settings)).href
  } catch (refused) {
    if (refused instanceof AttemptError) throw badRequest('callback_url', `callback_url: ${refused.message}`)
    throw refused
  }
}
