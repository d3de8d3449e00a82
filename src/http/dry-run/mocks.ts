// What a dry run has been told to answer in the place of nodes: outputs and failures by the names of nodes, and the pins of the
// definition. One per workflow that runs; that of a child has what was named with its node before it, `call/fetch`.
import type { NodeDefinition } from '../../core/definition.ts'
import type { Json, JsonObject } from '../../core/json.ts'
import type { NodeError } from '../../core/node-error.ts'
import { isRetryableStatus } from '../../nodes/retryable-status.ts'

/** Stands between the name of a node that starts a workflow and a name in that. */
export const INSIDE = '/'

export interface MockError {
  readonly code: string
  readonly message?: string | undefined
  readonly retryable?: boolean | undefined
  readonly status?: number | undefined
  readonly cause?: Json | undefined
  /** So many attempts fail; absent: all. */
  readonly times?: number | undefined
}

export interface GivenMocks {
  readonly outputs: JsonObject
  readonly errors: Readonly<Record<string, MockError>>
}

/** What a node is to give; `by` whom. */
export type Given = { readonly by: 'mock' | 'pin'; readonly output: Json } | { readonly by: 'mock'; readonly error: NodeError }

/** Something that was said of a node, and the whole name under which it was. */
interface Said<Value> {
  readonly value: Value
  readonly key: string
}

type ByName<Value> = ReadonlyMap<string, Said<Value>>

export class Mocks {
  readonly #outputs: ByName<Json>
  readonly #errors: ByName<MockError>
  /** Ids of the workflow's own nodes, for which an id alone stands first. */
  readonly #topLevel: ReadonlySet<string>
  /** Whole names that were asked for, in all workflows of the dry run. */
  readonly #used: Set<string>
  /** Failures given so far. */
  readonly #failures = new Map<string, number>()

  private constructor(
    said: { readonly outputs: ByName<Json>; readonly errors: ByName<MockError> },
    nodes: readonly NodeDefinition[],
    used: Set<string>,
  ) {
    this.#outputs = said.outputs
    this.#errors = said.errors
    this.#topLevel = new Set(nodes.map(({ id }) => id))
    this.#used = used
  }

  /** @param nodes those of the workflow's top level */
  static of({ outputs, errors }: GivenMocks, nodes: readonly NodeDefinition[]): Mocks {
    return new Mocks({ outputs: byName(outputs), errors: byName(errors) }, nodes, new Set())
  }

  /** Counts: a failure that is given so many times is given once for each call. Null: nobody has said anything of the node. */
  take({ pin }: NodeDefinition, path: string): Given | null {
    for (const name of this.#namesOf(path)) {
      const error = this.#takeError(name)
      if (error !== null) return { by: 'mock', error }
      const output = this.#outputs.get(name)
      if (output === undefined) continue
      this.#used.add(output.key)
      return { by: 'mock', output: output.value }
    }
    return pin === undefined ? null : { by: 'pin', output: pin }
  }

  #takeError(name: string): NodeError | null {
    const mock = this.#errors.get(name)
    const given = this.#failures.get(name) ?? 0
    if (mock === undefined || given >= (mock.value.times ?? Number.POSITIVE_INFINITY)) return null
    this.#used.add(mock.key)
    this.#failures.set(name, given + 1)
    return errorOf(mock.value)
  }

  /** For the workflow that the node of this path starts. */
  within(path: string, nodes: readonly NodeDefinition[]): Mocks {
    // The most exact name comes last, and wins.
    const names = this.#namesOf(path).toReversed()
    const inside = <Value>(said: ByName<Value>): ByName<Value> =>
      new Map(
        names.flatMap((name) =>
          [...said].flatMap(([key, value]): [string, Said<Value>][] =>
            key.startsWith(name + INSIDE) ? [[key.slice(name.length + INSIDE.length), value]] : [],
          ),
        ),
      )
    return new Mocks({ outputs: inside(this.#outputs), errors: inside(this.#errors) }, nodes, this.#used)
  }

  /** Names that no node of the dry run, as far as it came, has asked for. */
  unused(): readonly string[] {
    return [...new Set([...this.#outputs.keys(), ...this.#errors.keys()])].filter((name) => !this.#used.has(name))
  }

  /** `each[3].fetch`, `each.fetch`, and `fetch` where no node of the top level is called so. */
  #namesOf(path: string): readonly string[] {
    const place = placeOf(path)
    const id = place.slice(place.lastIndexOf('.') + 1)
    return [...new Set([path, place, ...(this.#topLevel.has(id) ? [] : [id])])]
  }
}

const byName = <Value>(given: Readonly<Record<string, Value>>): ByName<Value> =>
  new Map(Object.entries(given).map(([key, value]) => [key, { value, key }]))

/** What all iterations have in common. */
export const placeOf = (path: string): string => path.replaceAll(/\[\d+\]/g, '')

const RETRYABLE: ReadonlySet<string> = new Set(['NETWORK_ERROR', 'NODE_TIMEOUT'])

const errorOf = ({ code, message, retryable, status, cause }: MockError): NodeError => ({
  code,
  message: message ?? 'The mock of this node fails.',
  retryable: retryable ?? (status === undefined ? RETRYABLE.has(code) : isRetryableStatus(status)),
  ...(status !== undefined && { status }),
  ...(cause !== undefined && { cause }),
})
