// Which events a workflow waits for, as far as its definition tells.
import type { Graph } from './graph.ts'
import type { Json } from './json.ts'
import { MAX_SIGNAL_NAME_LENGTH } from './limits.ts'
import { isTemplate } from './template.ts'

/** Whether a `wait-for-event` of the graph, or of a body in it, names this event or may: a template names any. */
export const mayWaitFor = (graph: Graph, name: string): boolean => isEventName(name) && anyWaitsFor(graph, name)

/** The same of the events that `awaitedEvents` gave. */
export const mayBeOneOf = (events: readonly string[], name: string): boolean =>
  isEventName(name) && events.some((event) => mayBe(event, name))

/** `event` of every `wait-for-event`, those in bodies included, as the configs have it. */
export const awaitedEvents = (graph: Graph): readonly string[] =>
  [...graph.nodes.values()].flatMap(({ definition: { type, config }, body }) => [
    ...(type === 'wait-for-event' && typeof config.event === 'string' ? [config.event] : []),
    ...(body === null ? [] : awaitedEvents(body)),
  ])

const isEventName = (name: string): boolean => name.length >= 1 && name.length <= MAX_SIGNAL_NAME_LENGTH

const anyWaitsFor = (graph: Graph, name: string): boolean =>
  [...graph.nodes.values()].some(
    ({ definition, body }) =>
      (definition.type === 'wait-for-event' && mayBe(definition.config.event, name)) ||
      (body !== null && anyWaitsFor(body, name)),
  )

/** Whether the `event` of a config is this name, or may become it. */
export const mayBe = (event: Json | undefined, name: string): boolean =>
  typeof event === 'string' && (event === name || isTemplate(event))
