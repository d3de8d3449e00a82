// Kahn's algorithm: every node after all it follows. Linear in nodes and links.

/** Indexes in an order that respects every link; null where links make a cycle. */
export function topologicalOrder(successors: readonly (readonly number[])[]): readonly number[] | null {
  const waitsFor = new Uint32Array(successors.length)
  for (const target of successors.flat()) waitsFor[target] = (waitsFor[target] ?? 0) + 1
  const order = [...successors.keys()].filter((node) => waitsFor[node] === 0)
  for (let next = 0; next < order.length; next++) {
    for (const target of successors[order[next] ?? 0] ?? []) {
      const left = (waitsFor[target] ?? 0) - 1
      waitsFor[target] = left
      if (left === 0) order.push(target)
    }
  }
  return order.length === successors.length ? order : null
}
