import { expect, test } from "vitest";
import { graphOf, type LineageJob, type Link, type Role } from "./graph";

const link = (kind: Link["kind"], name: string, more: Partial<Link> = {}): Link => ({
  kind,
  name,
  project: "zoo",
  version: `${name}-version`,
  hidden: false,
  seq: 0,
  removed: false,
  ...more,
});
const hidden = link("dataset", "", { hidden: true, project: "", version: "" });
const job = (id: string, uses: [Role, Link][]): LineageJob => ({
  id,
  project: "zoo",
  handler: "m:run",
  state: "SUCCESS",
  created_at: "2026-01-01T00:00:00Z",
  created_by: "ada",
  uses: uses.map(([role, each]) => ({ role, link: each })),
  more: 0,
});
const net = link("model", "net");
const about = { version: net, parent: null, runtime: null, maker: null };
const drawn = (...told: Parameters<typeof graphOf>) =>
  graphOf(...told)
    .edges.map(({ from, to, role }) => `${from.split("/")[1] ?? from} ${role} ${to.split("/")[1] ?? to}`)
    .sort();

test("jobs stand between what they read and what they made, and each version stands once", () => {
  const digits = link("dataset", "digits");
  const jobs = [
    job("a", [
      ["model", net],
      ["read", digits],
    ]),
    job("b", [
      ["model", net],
      ["read", digits],
      ["made", link("model", "tuned")],
    ]),
  ];
  expect(graphOf(about, jobs).nodes).toHaveLength(5);
  expect(drawn(about, jobs)).toEqual([
    "digits read job:a",
    "digits read job:b",
    "job:b made tuned",
    "net model job:a",
    "net model job:b",
  ]);
});

test("what may not be seen stands as one for each job, with how many it is", () => {
  const { nodes } = graphOf(about, [
    job("a", [
      ["read", hidden],
      ["validated", hidden],
    ]),
    job("b", [["read", hidden]]),
  ]);
  expect(nodes.filter((node) => node.hidden).map((node) => [node.id, node.hidden])).toEqual([
    ["hidden:a:dataset", 2],
    ["hidden:b:dataset", 1],
  ]);
});

test("where a version came from leads over the job that made it, or straight from the one before", () => {
  const before = link("model", "before");
  const maker = job("m", [
    ["model", before],
    ["made", net],
  ]);
  expect(drawn({ ...about, parent: before, maker }, [])).toEqual(["before model job:m", "job:m made net"]);
  expect(drawn({ ...about, parent: before, runtime: link("runtime", "py") }, [])).toEqual([
    "before before net",
    "py packed net",
  ]);
});

test("the version that the page is about is marked, whoever names it first", () => {
  const focused = graphOf(about, [job("a", [["model", { ...net }]])]).nodes.filter(({ focus }) => focus);
  expect(focused.map((node) => node.link?.name)).toEqual(["net"]);
});

test("many jobs that did the very same stand as one, those that made something by themselves", () => {
  const uses: [Role, Link][] = [
    ["model", net],
    ["read", link("dataset", "digits")],
  ];
  const alike = ["a", "b", "c", "d", "e"].map((id) => job(id, id === "a" ? [...uses].reverse() : uses));
  const makers = ["f", "g", "h", "i"].map((id) => job(id, [...uses, ["made", link("model", "tuned")]]));
  const found = graphOf(about, [...alike, ...makers]).nodes.filter(({ kind }) => kind === "job");
  expect(found.map(({ job: newest, jobs }) => [newest?.id, jobs])).toEqual([
    ["a", 5],
    ...["f", "g", "h", "i"].map((id) => [id, 1]),
  ]);
  expect(graphOf(about, alike.slice(2)).nodes.filter(({ kind }) => kind === "job")).toHaveLength(3);
});
