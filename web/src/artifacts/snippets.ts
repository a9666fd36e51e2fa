import { stepsOf, word } from "../projects/steps";
import { type Kind, uriOf } from "./kinds";

export interface Command {
  name: "login" | "quickstart" | "build" | "sdk" | "download" | "use" | "look";
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
  const quickstart: Command = {
    name: "quickstart",
    command: "swcli runtime quickstart shell . --name digits",
  };
  return [
    { name: "login", command: login },
    ...(kind === "runtime" ? [quickstart] : []),
    // Whichever instance and project are selected, it comes here.
    { name: "build", command: `${BUILDS[kind]} --project ${place}` },
    ...(kind === "dataset" ? [{ name: "sdk", command: sdkWrite(home) } as const] : []),
  ];
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
