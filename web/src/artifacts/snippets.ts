import { stepsOf, word } from "../projects/steps";
import { type Kind, uriOf } from "./kinds";

export interface Command {
  name: "login" | "build" | "upload" | "sdk" | "download" | "use" | "look";
  command: string;
}

interface Where {
  kind: Kind;
  project: string;
  user: string | undefined;
  origin: string;
}

const BUILDS: Record<Kind, string> = {
  dataset: "swcli dataset build --image photos --name digits",
  model: "swcli model build . --module evaluate --name digits",
  runtime: "swcli runtime build --yaml runtime.yaml --name digits",
};

/** How the first package of a kind comes into a project. */
export function beginnings({ kind, project, user, origin }: Where): Command[] {
  const steps = stepsOf({ project, user, origin, writes: true });
  const login = steps.find(({ name }) => name === "login")?.command ?? "";
  const home = uriOf({ kind, project, name: "digits" });
  const place = home.slice(0, home.lastIndexOf(`/${kind}/`));
  const begin: Command[] = [
    { name: "login", command: login },
    { name: "build", command: BUILDS[kind] },
    { name: "upload", command: `swcli ${kind} copy digits ${place}` },
  ];
  return kind === "dataset" ? [...begin, { name: "sdk", command: sdkWrite(home) }] : begin;
}

function sdkWrite(uri: string): string {
  return [
    "from starwhale import dataset",
    "",
    `with dataset("${uri}", create="auto") as ds:`,
    '    ds.append({"question": "1 + 1?", "answer": "2"})',
    "    ds.commit()",
  ].join("\n");
}

/** What one does with a version elsewhere. */
export function usesOf(of: { kind: Kind; project: string; name: string; version: string }): Command[] {
  const { kind, name } = of;
  const uri = word(uriOf(of));
  const download: Command = { name: "download", command: `swcli ${kind} copy ${uri} local/project/self` };
  if (kind === "dataset")
    return [
      download,
      { name: "look", command: `swcli dataset head ${uri}` },
      {
        name: "sdk",
        command: [
          "from starwhale import dataset",
          "",
          `for row in dataset("${uriOf(of)}", readonly=True):`,
          "    print(row.index, row.features)",
        ].join("\n"),
      },
    ];
  if (kind === "model")
    return [
      download,
      { name: "look", command: `swcli model info ${uri}` },
      { name: "use", command: `swcli model extract ${uri} ${word(name)}` },
    ];
  return [
    download,
    { name: "look", command: `swcli runtime info ${uri}` },
    { name: "use", command: `swcli runtime activate ${uri}` },
  ];
}
