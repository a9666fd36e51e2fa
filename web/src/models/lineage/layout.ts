import { Graph as Dagre, layout } from "@dagrejs/dagre";
import type { Graph, GraphNode } from "./graph";

export const WIDTH = 208;
export const HEIGHT = 62;

export interface Placed {
  node: GraphNode;
  x: number;
  y: number;
}

/** Where each node stands, what comes first at the left; and how high all of it is. */
export function arranged({ nodes, edges }: Graph): { placed: Placed[]; height: number } {
  const drawing = new Dagre();
  drawing.setGraph({ rankdir: "LR", nodesep: 18, ranksep: 90 });
  drawing.setDefaultEdgeLabel(() => ({}));
  for (const { id } of nodes) drawing.setNode(id, { width: WIDTH, height: HEIGHT });
  for (const { from, to } of edges) drawing.setEdge(from, to);
  layout(drawing);
  const placed = nodes.map((node) => {
    const { x, y } = drawing.node(node.id);
    return { node, x: x - WIDTH / 2, y: y - HEIGHT / 2 };
  });
  return { placed, height: drawing.graph().height ?? HEIGHT };
}
