// Has the deployment's model write a workflow, in bounded time. Called by the route. Of what goes wrong with the model server a
// caller hears that it does; the reason is in the logs, for it is the operator's.
import { AttemptError, attemptTimeout } from '../../core/attempt-error.ts'
import { modelServerFrom } from '../../runner/model-server.ts'
import { outboundFetch } from '../../runner/outbound-fetch.ts'
import type { RouteDeps } from '../deps.ts'
import { ApiError } from '../errors.ts'
import { type Generated, type GenerationRequest, generateWorkflow } from './generate-workflow.ts'

/** @param model null: the deployment's @throws ApiError `UNAVAILABLE` */
export async function askDeployment(
  asked: Omit<GenerationRequest, 'model'> & { readonly model: string | null },
  deps: Pick<RouteDeps, 'settings' | 'nodeTypes' | 'generationMs'>,
): Promise<Generated> {
  const { apiKey, baseUrl, model, fetch = outboundFetch(deps.settings) } = modelServerFrom(deps.settings)
  if (apiKey === null) throw new ApiError('UNAVAILABLE', 'This deployment has no key for a model server: set AI_API_KEY')
  const controller = new AbortController()
  const timer = setTimeout(() => controller.abort(attemptTimeout(deps.generationMs)), deps.generationMs)
  try {
    const outside = { fetch, signal: controller.signal, say: () => {} }
    const server = { baseUrl: baseUrl.replace(/\/+$/, ''), apiKey }
    return await generateWorkflow({ ...asked, model: asked.model ?? model }, { nodeTypes: deps.nodeTypes, server, outside })
  } catch (thrown) {
    if (!(thrown instanceof AttemptError)) throw thrown
    throw new ApiError('UNAVAILABLE', refusalOf(thrown, deps.generationMs), { cause: thrown })
  } finally {
    clearTimeout(timer)
  }
}

function refusalOf({ error }: AttemptError, withinMs: number): string {
  if (error.code === 'NODE_TIMEOUT') return `The model did not answer within ${withinMs / 1000} s. Try again, or ask for less.`
  const status = error.status === undefined ? '' : ` (it answered ${error.status})`
  return `The model server fails just now${status}. Try again; the request id finds the reason in the logs.`
}
