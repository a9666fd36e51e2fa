import dagre from "@dagrejs/dagre";
import { Controls, type Edge, Handle, type Node, type NodeProps, Position, ReactFlow } from "@xyflow/react";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { useAppearance } from "../shell/appearance";
import "@xyflow/react/dist/style.css";
import { StepCard } from "./StepCard";
import type { StepView } from "./steps";

type StepNode = Node<{ step: StepView; chosen: boolean; choose: () => void }, "step">;

interface Props {
  steps: StepView[];
  chosen: number | undefined;
  choose: (position: number) => void;
}

const WIDTH = 236;
const HEIGHT = 138;
const KINDS = { step: StepBox };

/** The steps of a job in the order in which they need each other. */
export default function Graph({ steps, chosen, choose }: Props) {
  const { t } = useTranslation();
  const { dark } = useAppearance();
  const shape = JSON.stringify(steps.map(({ needs }) => needs));
  const places = useMemo(() => placed(JSON.parse(shape) as number[][]), [shape]);
  const nodes: StepNode[] = steps.map((step, at) => ({
    id: String(step.position),
    type: "step",
    position: places.at[at] ?? { x: 0, y: 0 },
    width: WIDTH,
    height: HEIGHT,
    // What can be neither moved nor marked is let alone by the pointer, unless it says so.
    style: { pointerEvents: "all" },
    data: { step, chosen: step.position === chosen, choose: () => choose(step.position) },
  }));
  const edges: Edge[] = steps.flatMap((step) =>
    step.needs.map((need) => ({
      id: `${need}-${step.position}`,
      source: String(need),
      target: String(step.position),
      animated: step.state === "RUNNING",
    })),
  );
  return (
    <section
      className="graph"
      aria-label={t("jobs.steps.graph")}
      style={{ height: Math.min(560, Math.max(190, places.height + 40)) }}
    >
      <ReactFlow
        nodes={nodes}
        edges={edges}
        nodeTypes={KINDS}
        colorMode={dark ? "dark" : "light"}
        nodesDraggable={false}
        nodesConnectable={false}
        nodesFocusable={false}
        edgesFocusable={false}
        elementsSelectable={false}
        zoomOnScroll={false}
        preventScrolling={false}
        minZoom={0.2}
        maxZoom={1.2}
        fitView
        fitViewOptions={{ padding: 0.08, maxZoom: 1 }}
        proOptions={{ hideAttribution: true }}
        ariaLabelConfig={{
          "controls.ariaLabel": t("jobs.steps.graph"),
          "controls.zoomIn.ariaLabel": t("jobs.steps.zoomIn"),
          "controls.zoomOut.ariaLabel": t("jobs.steps.zoomOut"),
          "controls.fitView.ariaLabel": t("jobs.steps.fit"),
        }}
      >
        <Controls showInteractive={false} position="bottom-right" />
      </ReactFlow>
    </section>
  );
}

function StepBox({ data }: NodeProps<StepNode>) {
  return (
    <>
      <Handle type="target" position={Position.Left} isConnectable={false} />
      <StepCard step={data.step} chosen={data.chosen} choose={data.choose} />
      <Handle type="source" position={Position.Right} isConnectable={false} />
    </>
  );
}

/** Where each step stands, given which it needs. */
function placed(needs: number[][]): { at: { x: number; y: number }[]; height: number } {
  const graph = new dagre.graphlib.Graph();
  graph.setGraph({ rankdir: "LR", nodesep: 24, ranksep: 64 });
  graph.setDefaultEdgeLabel(() => ({}));
  needs.forEach((_, at) => {
    graph.setNode(String(at), { width: WIDTH, height: HEIGHT });
  });
  needs.forEach((each, at) => {
    for (const need of each) graph.setEdge(String(need), String(at));
  });
  dagre.layout(graph);
  const at = needs.map((_, index) => {
    const { x, y } = graph.node(String(index));
    return { x: x - WIDTH / 2, y: y - HEIGHT / 2 };
  });
  return { at, height: Math.max(0, ...at.map(({ y }) => y + HEIGHT)) };
}
