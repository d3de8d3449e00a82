// Checks where secrets stand: in strings of nodes that the Runner runs and that take them, each by its name. Anywhere else a value
// would be journaled, or nobody could tell which secret to load.
import { matchesPath } from '../config-path.ts'
import type { Issue } from '../definition.ts'
import { errorAt } from '../issue.ts'
import type { NodeType, NodeTypes } from '../node-type.ts'
import { SECRET_NAME, SECRET_NAME_RULE } from '../secret-name.ts'
import type { Subject } from './subject.ts'
import type { Usage } from './usages.ts'

export const checkSecrets = ({ nodeTypes }: Subject, usages: readonly Usage[]): Issue[] =>
  usages.flatMap((usage) => {
    if (!usage.expression.names.has('secrets')) return []
    const misplaced = misplacedMessage(usage, nodeTypes)
    const messages = misplaced === null ? misusedMessages(usage) : [misplaced]
    return messages.map((message) => errorAt('BAD_SECRET', usage.place, message))
  })

/** Null where secrets may stand there. */
function misplacedMessage({ afterNode, node, place }: Usage, nodeTypes: NodeTypes): string | null {
  if (afterNode) return `an edge cannot name secrets; ${only(nodeTypes)}`
  const type = node?.type
  // There is another finding about the type.
  if (type === undefined) return null
  if (!takesSecrets(type)) return `a ${type.type} node cannot name secrets; ${only(nodeTypes)}`
  // Above it: `nodes`, the index, `config`.
  const isLeft = matchesPath([...type.expressions, ...type.deferred], place.path.slice(3))
  return isLeft ? 'secrets cannot stand here: this field is not rendered before the node runs' : null
}

const takesSecrets = (type: NodeType): boolean => type.kind === 'handed_off' && type.takesSecrets === true

const only = ({ all }: NodeTypes): string =>
  `only templates of these types can: ${all
    .filter(takesSecrets)
    .map(({ type }) => type)
    .join(', ')}`

/** What is made anew at each call cannot be made for every attempt alike once the transition is over. */
const MADE_IN_TRANSITIONS = ['uuid', 'approval_url', 'event_url']

function misusedMessages({ expression: { secrets, usesAnySecret, calls } }: Usage): string[] {
  const computed = usesAnySecret ? ['secrets are named one by one: `secrets.name` or `secrets["name"]`'] : []
  const misnamed = [...secrets]
    .filter((name) => !SECRET_NAME.test(name))
    .map((name) => `no secret can be called ${JSON.stringify(name)}: a name is ${SECRET_NAME_RULE}`)
  const made = MADE_IN_TRANSITIONS.filter((name) => calls.has(name)).map(
    (name) => `${name}() cannot stand beside a secret; give it braces of its own`,
  )
  return [...computed, ...misnamed, ...made]
}
