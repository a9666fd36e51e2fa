/** What the environment of a runtime is made of, as its author asked for it. */
export interface Environment {
  mode: string;
  python: string;
  cuda: string;
  cudnn: string;
  os: string;
  image: string;
  platforms: string[];
  requirements: string[];
  conda: string[];
  channels: string[];
  wheels: string[];
  commands: string[];
  indexes: string[];
}

type Plain = Record<string, unknown>;

const text = (value: unknown): string => (typeof value === "string" ? value : "");
const texts = (value: unknown): string[] =>
  Array.isArray(value) ? value.filter((each) => typeof each === "string") : [];
const plain = (value: unknown): Plain =>
  typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Plain) : {};

/** What the server tells of it; what is missing or strange there is left out. */
export function environmentOf(told: Plain): Environment {
  const { default: usual, extra } = plain(told.indexes);
  return {
    mode: text(told.mode),
    python: text(told.python),
    cuda: text(told.cuda),
    cudnn: text(told.cudnn),
    os: text(told.os),
    image: text(told.image),
    platforms: texts(told.platforms),
    requirements: texts(told.requirements),
    conda: texts(told.conda),
    channels: texts(told.channels),
    wheels: texts(told.wheels),
    commands: [...texts(told.pre), ...texts(told.commands), ...texts(told.post)],
    indexes: [...(text(usual) ? [text(usual)] : []), ...texts(extra)],
  };
}
