import type { components } from "../../api/schema";
import type { Kind } from "../../artifacts/kinds";

export type Lineage = components["schemas"]["Lineage"];
export type LineageJob = components["schemas"]["LineageJob"];
export type Link = components["schemas"]["LinkedVersion"];
export type Role = components["schemas"]["LinkRole"];

/** A job, or a version of something. */
export interface GraphNode {
  id: string;
  kind: Kind | "job";
  /** What the page is about. */
  focus: boolean;
  /** Undefined for a job. */
  link?: Link;
  job?: LineageJob;
  /** How many jobs it stands for, of which `job` is the newest. */
  jobs?: number;
  /** Of versions that may not be seen: how many this stands for. */
  hidden: number;
}

export interface GraphEdge {
  from: string;
  to: string;
  role: Role | "before" | "packed";
}

export interface Graph {
  nodes: GraphNode[];
  edges: GraphEdge[];
}

/** What is known of a version and the jobs that used it, as nodes and edges; what comes first points to what followed. */
export function graphOf(lineage: Omit<Lineage, "jobs">, jobs: LineageJob[]): Graph {
  const nodes = new Map<string, GraphNode>();
  const edges = new Map<string, GraphEdge>();
  const add = (node: GraphNode): string => {
    if (!nodes.has(node.id)) nodes.set(node.id, node);
    return node.id;
  };
  const join = (from: string, to: string, role: GraphEdge["role"]): void => {
    if (from !== to) edges.set(`${from} ${to} ${role}`, { from, to, role });
  };
  const version = (link: Link, focus = false): string =>
    add({ id: idOf(link), kind: kindOf(link), focus, link, hidden: 0 });
  const centre = version(lineage.version, true);
  const told = lineage.maker ? [lineage.maker, ...jobs] : jobs;
  for (const [job, count] of gathered(told)) {
    const own = add({ id: `job:${job.id}`, kind: "job", focus: false, job, jobs: count, hidden: 0 });
    for (const { role, link } of job.uses) {
      const other = link.hidden ? hide(nodes, job, link) : version(link);
      if (role === "made") join(own, other, role);
      else join(other, own, role);
    }
  }
  if (lineage.runtime) join(version(lineage.runtime), centre, "packed");
  if (lineage.parent && !leadsTo(lineage.parent, lineage.maker))
    join(version(lineage.parent), centre, "before");
  if (lineage.maker) join(`job:${lineage.maker.id}`, centre, "made");
  return { nodes: [...nodes.values()], edges: [...edges.values()] };
}

const MANY = 4;

/** Jobs that did the very same and made nothing stand as one where they are many. */
function gathered(jobs: LineageJob[]): [job: LineageJob, count: number][] {
  const alike = new Map<string, LineageJob[]>();
  for (const job of jobs) {
    const key = likenessOf(job);
    alike.set(key, [...(alike.get(key) ?? []), job]);
  }
  return [...alike.values()].flatMap((each): [LineageJob, number][] => {
    const [newest] = each;
    return newest && each.length >= MANY ? [[newest, each.length]] : each.map((job) => [job, 1]);
  });
}

/** The same for jobs that did the very same, as far as one can see. */
function likenessOf({ id, project, handler, uses, more }: LineageJob): string {
  if (more > 0 || uses.some(({ role, link }) => role === "made" || link.hidden)) return id;
  return JSON.stringify([project, handler, uses.map(({ role, link }) => `${role} ${idOf(link)}`).sort()]);
}

/** All versions of a kind that one job used and that may not be seen stand as one. */
function hide(nodes: Map<string, GraphNode>, job: LineageJob, link: Link): string {
  const id = `hidden:${job.id}:${link.kind}`;
  const known = nodes.get(id);
  if (known) known.hidden += 1;
  else nodes.set(id, { id, kind: kindOf(link), focus: false, link, hidden: 1 });
  return id;
}

/** Whether what made the version began with its parent: then the way leads over the job. */
function leadsTo(parent: Link, maker: LineageJob | null): boolean {
  return maker?.uses.some(({ role, link }) => role === "model" && idOf(link) === idOf(parent)) ?? false;
}

function idOf({ kind, project, name, version }: Link): string {
  return `${kind}:${project}/${name}/${version}`;
}

export function kindOf(link: Link): Kind {
  return link.kind === "job" ? "model" : link.kind;
}
