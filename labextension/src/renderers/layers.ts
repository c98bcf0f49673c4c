/** An arrow from a node to another, with what stands on it. */
export interface IEdge {
  readonly source: string;
  readonly target: string;
  readonly words: string;
}

/** The layer of each node: right of everything that leads to it. Arrows that close a circle are left out of account. */
export function layersOf(nodes: readonly string[], edges: readonly IEdge[]): ReadonlyMap<string, number> {
  const layer = new Map(nodes.map(node => [node, 0]));
  const into = new Map<string, IEdge[]>();
  for (const edge of edges) {
    into.set(edge.target, [...(into.get(edge.target) ?? []), edge]);
  }
  const done = new Set<string>();
  const open = new Set<string>();
  const place = (node: string): number => {
    if (done.has(node)) {
      return layer.get(node) ?? 0;
    }
    if (open.has(node)) {
      return -1; // A circle: this arrow leads back.
    }
    open.add(node);
    const before = (into.get(node) ?? []).map(edge => place(edge.source));
    open.delete(node);
    done.add(node);
    const found = Math.max(-1, ...before) + 1;
    layer.set(node, found);
    return found;
  };
  nodes.forEach(place);
  return layer;
}
