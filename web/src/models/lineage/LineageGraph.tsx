import {
  BuildOutlined,
  DatabaseOutlined,
  DeploymentUnitOutlined,
  PlayCircleOutlined,
} from "@ant-design/icons";
import { Controls, type Edge, Handle, MarkerType, type Node, Position, ReactFlow } from "@xyflow/react";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { Link as To } from "react-router";
import { short, versionAddress } from "../../artifacts/kinds";
import { StateWord } from "../../jobs/states";
import { useAppearance } from "../../shell/appearance";
import { shortName } from "../Stages";
import { type Graph, type GraphNode, kindOf } from "./graph";
import { jobAddress, jobsAddress } from "./JobLines";
import { arranged, HEIGHT, WIDTH } from "./layout";
import "@xyflow/react/dist/style.css";

type Shown = Node<{ node: GraphNode }, "lineage">;

const NODES = { lineage: LineageNode };
/** Where all of it does not fit, one begins in its middle. */
const LEGIBLE = 0.6;
const LEAST = 260;
const MOST = 640;

/** What came of what, drawn. All of it stands below in words, too. */
export default function LineageGraph({ graph }: { graph: Graph }) {
  const { t } = useTranslation();
  const { dark } = useAppearance();
  const { placed, height } = useMemo(() => arranged(graph), [graph]);
  const nodes: Shown[] = placed.map(({ node, x, y }) => ({
    id: node.id,
    type: "lineage",
    position: { x, y },
    width: WIDTH,
    height: HEIGHT,
    data: { node },
  }));
  const edges: Edge[] = graph.edges.map(({ from, to, role }) => ({
    id: `${from} ${to} ${role}`,
    source: from,
    target: to,
    className: role,
    markerEnd: { type: MarkerType.ArrowClosed },
    ...(LABELLED.has(role) && { label: t(`models.lineage.roles.${role}`) }),
  }));
  return (
    <section
      className="lineage-graph panel"
      aria-label={t("models.lineage.graph")}
      style={{ height: Math.min(MOST, Math.max(LEAST, height + 80)) }}
    >
      <ReactFlow
        key={graph.nodes.map(({ id }) => id).join()}
        nodes={nodes}
        edges={edges}
        nodeTypes={NODES}
        colorMode={dark ? "dark" : "light"}
        fitView
        fitViewOptions={{ minZoom: LEGIBLE, maxZoom: 1, padding: 0.08 }}
        minZoom={0.1}
        maxZoom={1.5}
        nodesDraggable={false}
        nodesConnectable={false}
        nodesFocusable={false}
        edgesFocusable={false}
        elementsSelectable={false}
        zoomOnScroll={false}
        preventScrolling={false}
        ariaLabelConfig={{
          "controls.ariaLabel": t("models.lineage.graph"),
          "controls.zoomIn.ariaLabel": t("models.lineage.zoomIn"),
          "controls.zoomOut.ariaLabel": t("models.lineage.zoomOut"),
          "controls.fitView.ariaLabel": t("models.lineage.fit"),
        }}
      >
        <Controls showInteractive={false} position="top-right" orientation="horizontal" />
      </ReactFlow>
    </section>
  );
}

/** Of other edges the ends say what they mean. */
const LABELLED = new Set(["validated", "made", "before", "packed"]);

const ICONS = {
  dataset: DatabaseOutlined,
  model: DeploymentUnitOutlined,
  runtime: BuildOutlined,
  job: PlayCircleOutlined,
};

function LineageNode({ data: { node } }: { data: { node: GraphNode } }) {
  const { t } = useTranslation();
  const Icon = ICONS[node.kind];
  return (
    <div className={`lineage-node ${node.kind}${node.focus ? " focus" : ""}${node.hidden ? " closed" : ""}`}>
      <Handle type="target" position={Position.Left} isConnectable={false} />
      <div className="kind">
        <Icon aria-hidden /> {t(`models.lineage.kinds.${node.kind}`)}
        {node.focus && <span className="here">{t("models.lineage.this")}</span>}
        {node.job && node.jobs === 1 && <StateWord state={node.job.state} />}
      </div>
      <div className="name">
        <Name node={node} />
      </div>
      <Handle type="source" position={Position.Right} isConnectable={false} />
    </div>
  );
}

function Name({ node: { job, jobs = 1, link, hidden } }: { node: GraphNode }) {
  const { t } = useTranslation();
  if (job && jobs > 1)
    return (
      <To to={jobsAddress(job)} className="nopan">
        {shortName(job.handler)} <span className="faint">{t("models.lineage.alike", { count: jobs })}</span>
      </To>
    );
  if (job)
    return (
      <To to={jobAddress(job)} className="nopan">
        {shortName(job.handler)} <span className="faint">{short(job.id)}</span>
      </To>
    );
  if (!link || hidden > 0)
    return <span className="faint">{t("models.lineage.hidden", { count: hidden })}</span>;
  if (link.seq === null)
    return (
      <span className="faint">
        {link.name} · {t("models.lineage.removed")}
      </span>
    );
  return (
    <To to={versionAddress({ ...link, kind: kindOf(link) })} className="nopan">
      {link.name} <span className="faint">v{link.seq}</span>
    </To>
  );
}
