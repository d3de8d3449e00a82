// Which values were made up in the place of an output, and of which node: an expression that misses something in one says so.
import type { MadeUpBy } from '../../core/expression-evaluation.ts'
import type { Json } from '../../core/json.ts'

export class MadeUp {
  /** Objects and lists by themselves, a whole output of text by what it says, where that names the node. */
  readonly #nodes = new Map<unknown, string>()

  readonly by: MadeUpBy = (value) => this.#nodes.get(value) ?? null

  /** The very value that the execution keeps. */
  note(output: Json, node: string): void {
    if (typeof output === 'string' && output.includes(node)) this.#nodes.set(output, node)
    const open: Json[] = [output]
    for (let value = open.pop(); value !== undefined; value = open.pop()) {
      if (typeof value !== 'object' || value === null) continue
      this.#nodes.set(value, node)
      open.push(...Object.values(value))
    }
  }
}
