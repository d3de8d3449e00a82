// Checks of single edges: ends that exist, ports that exist, nothing twice.
import type { EdgeDefinition, Issue } from '../definition.ts'
import { errorAt, warningAt } from '../issue.ts'
import type { CheckedNode, Subject } from './subject.ts'

/** Every type has it: what a failed node takes. */
const ERROR_PORT = 'error'
/** Of a switch, where no case matches. */
const DEFAULT_PORT = 'default'

export function checkEdges(subject: Subject): Issue[] {
  const { edges } = subject.definition
  const ports = portsByNode(subject)
  return [
    ...edges.flatMap((edge, index) => [...checkEnds(edge, index, subject), ...checkPort(edge, index, subject, ports)]),
    ...findDuplicates(edges),
    ...findUnhandled(subject),
  ]
}

function checkEnds({ from, to }: EdgeDefinition, index: number, { byId, suggest }: Subject): Issue[] {
  const missing = (['from', 'to'] as const).filter((end) => !byId.has(end === 'from' ? from : to))
  if (missing.length === 0 && from === to) {
    return [errorAt('SELF_LOOP', { path: ['edges', index], nodeId: from }, `the edge leads from \`${from}\` to itself`)]
  }
  return missing.map((end) => {
    const id = end === 'from' ? from : to
    return errorAt('DANGLING_EDGE', { path: ['edges', index, end] }, `there is no node \`${id}\`${suggest(id, byId.keys())}`)
  })
}

function checkPort({ from, port }: EdgeDefinition, index: number, { byId, suggest }: Subject, ports: PortsOf): Issue[] {
  const source = byId.get(from)
  if (port === undefined || port === ERROR_PORT || source?.type === undefined) return []
  const known = ports(source)
  if (known.includes(port)) return []
  const { id } = source.definition
  const names = [...known, ERROR_PORT].join(', ')
  const message = `\`${id}\` (${source.type.type}) has no port \`${port}\`${suggest(port, known)}; its ports are ${names}`
  return [errorAt('UNKNOWN_PORT', { path: ['edges', index, 'port'], nodeId: id }, message)]
}

/** A switch some of whose cases lead on: what matches none of them would end there without a word. */
function findUnhandled({ nodes, definition: { edges } }: Subject): Issue[] {
  const handled = new Set(edges.flatMap(({ from, port }) => (port === DEFAULT_PORT ? [from] : [])))
  const leadOn = new Set(edges.flatMap(({ from, port }) => (port === ERROR_PORT ? [] : [from])))
  const silent = nodes.filter(({ type, definition: { id } }) => type?.type === 'switch' && leadOn.has(id) && !handled.has(id))
  return silent.map(({ index, definition: { id } }) => {
    const message = `no edge leaves the port \`${DEFAULT_PORT}\`: where no case of \`${id}\` matches, nothing runs after it`
    return warningAt('UNHANDLED_CASE', { path: ['nodes', index], nodeId: id }, message)
  })
}

type PortsOf = (node: CheckedNode) => readonly string[]

/** Ports are a function of the config, which may be long: asked once per node. */
function portsByNode(subject: Subject): PortsOf {
  const known: (readonly string[] | undefined)[] = subject.nodes.map(() => undefined)
  return ({ index, type, definition }) => {
    known[index] ??= type?.ports(definition.config) ?? []
    return known[index]
  }
}

function findDuplicates(edges: readonly EdgeDefinition[]): Issue[] {
  const first = new Map<string, number>()
  return edges.flatMap(({ from, to, port, when }, index) => {
    const key = JSON.stringify([from, to, port, when])
    const twin = first.get(key)
    if (twin === undefined) first.set(key, index)
    return twin === undefined
      ? []
      : [errorAt('DUPLICATE_EDGE', { path: ['edges', index] }, `the same as edges[${twin}]: from, to, port and when are alike`)]
  })
}
