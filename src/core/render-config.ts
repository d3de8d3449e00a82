// Renders the config of a node that is about to run, once for all its attempts: every template but those that the node evaluates itself
// and those that name secrets.
import { configIssues, configProblems } from './config-issues.ts'
import { type ConfigPath, matchesPath } from './config-path.ts'
import { isJsonObject, type JsonObject } from './json.ts'
import { type NodeError, nodeError } from './node-error.ts'
import { type NodeRun, thrownError } from './node-run.ts'
import type { NodeType } from './node-type.ts'
import { Sealer, withoutSealed } from './sealed-strings.ts'
import { withSeenScope } from './seen-scope.ts'
import { renderValue } from './template.ts'
import type { Transition } from './transition.ts'

/** The rendered config, with what the Runner needs besides: what the node's program sees, what is sealed. */
export function renderConfig(
  transition: Transition,
  run: NodeRun,
): { readonly rendered: JsonObject } | { readonly error: NodeError } {
  const { type } = run.node
  try {
    if (type.kind === 'inline') return render(run, null)
    const sealer = type.takesSecrets === true ? new Sealer(run) : null
    const config = render(run, sealer)
    if ('error' in config) return config
    const sealed = sealer === null ? withoutSealed(config.rendered) : sealer.withSealed(config.rendered)
    return { rendered: type.program === undefined ? sealed : withSeenScope(sealed, type.program(sealed), run) }
  } catch (error) {
    return { error: thrownError(transition, run, error) }
  }
}

/** Then checks it; a config without templates was checked before. */
function render(run: NodeRun, sealer: Sealer | null): { readonly rendered: JsonObject } | { readonly error: NodeError } {
  const { type, definition } = run.node
  const rendered = renderValue(definition.config, run.scope, run.evaluation, {
    path: 'config',
    skip: (path) => isLeft(type, path),
    ...(sealer !== null && { seal: (template, path) => sealer.seal(template, path) }),
  })
  if (!isJsonObject(rendered)) throw new Error('a rendered config is an object')
  if (rendered === definition.config) return { rendered }
  const issues = configIssues(type.config, rendered, (_, path) => sealer?.isSealed(path) === true)
  return issues.length === 0 ? { rendered } : { error: nodeError('CONFIG_INVALID', configProblems(issues)) }
}

/** Whether the node evaluates what stands there itself. */
const isLeft = ({ expressions, deferred }: NodeType, path: ConfigPath): boolean =>
  matchesPath(expressions, path) || matchesPath(deferred, path)
