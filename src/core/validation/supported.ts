// Refuses what the specification has and this version does not build, so that nothing is silently ignored. Node types are
// refused in `structure.ts`. An entry goes when its feature comes.
import type { Issue } from '../definition.ts'
import { errorAt, type Place } from '../issue.ts'
import type { Subject } from './subject.ts'

const UNSUPPORTED_SETTINGS = ['concurrency', 'budget_usd']

export const checkSupported = ({ definition, nodes }: Subject): Issue[] => [
  ...UNSUPPORTED_SETTINGS.filter((name) => definition.settings?.[name] !== undefined).map((name) =>
    notSupported({ path: ['settings', name] }, `the setting \`${name}\``),
  ),
  ...nodes
    .filter((node) => node.definition.breaker !== undefined)
    .map((node) => notSupported({ path: ['nodes', node.index, 'breaker'], nodeId: node.definition.id }, '`breaker`')),
]

const notSupported = (place: Place, what: string): Issue =>
  errorAt('NOT_SUPPORTED', place, `${what} is specified, but not supported by this version`)
