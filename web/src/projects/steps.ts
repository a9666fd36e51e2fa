export interface Step {
  name: "install" | "login" | "select" | "dataset" | "model" | "run";
  command: string;
}

export const ALIAS = "team";

/** What to type, and in which order, to work in a project of this server. */
export function stepsOf(where: {
  project: string;
  user: string | undefined;
  writes: boolean;
  origin: string;
}): Step[] {
  const { project, user, writes, origin } = where;
  const address = `cloud://${ALIAS}/project/${project}`;
  const named = user ? ` --username ${word(user)}` : "";
  const begin: Step[] = [
    { name: "install", command: "pip install starwhale" },
    { name: "login", command: `swcli instance login ${word(origin)} --alias ${ALIAS}${named}` },
  ];
  const work: Step[] = [
    { name: "dataset", command: `swcli dataset copy digits ${address}` },
    { name: "model", command: `swcli model copy digits ${address}` },
  ];
  const select: Step = {
    name: "select",
    command: `swcli instance select ${ALIAS} && swcli project select ${project}`,
  };
  const run: Step = {
    name: "run",
    command: "swcli model run --uri digits --handler evaluate:evaluate --dataset digits",
  };
  return writes ? [...begin, ...work, select, run] : [...begin, select];
}

/** A word as a shell takes it. */
export function word(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}
