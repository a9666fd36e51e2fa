import { type GridColumn, KeyButton } from "../../grid";
import { briefOf, nameOf } from "../names";
import { type Row, shortId } from "../rows";
import type { Compared } from "./asking";
import { type Sides, titleOf } from "./columns";
import { GivenCell } from "./GivenCell";
import { LateMedia as Media } from "./LateMedia";
import { keyIn, originsOf } from "./origins";
import type { Feature } from "./useFeatures";

/** Features that are shown unasked where results hold nothing of what was read. */
const UNASKED = 2;

interface Given {
  project: string;
  table: string;
  rows: readonly Row[];
  sides: Sides;
  features: readonly Feature[];
  /** What the columns of keys, and of features of the dataset, are called; and what opens a row. */
  said: { key: string; feature: (name: string) => string; open: (key: string) => string };
  /** Shows a row in full, by its id. */
  open: (id: string) => void;
}

/** Key, what was read, and side by side what each evaluation has made of it. */
export function columnsOf({
  project,
  table,
  rows,
  sides,
  features,
  said,
  open,
}: Given): GridColumn<Compared>[] {
  const noted = new Set(sides.inputs.map(titleOf));
  const others = features.filter(({ name }) => !noted.has(name));
  return [
    {
      key: "id",
      title: said.key,
      width: 110,
      pinned: true,
      render: ({ id }) => (
        <KeyButton
          text={keyIn(id)}
          whole={String(id)}
          label={said.open(keyIn(id))}
          open={() => open(String(id))}
        />
      ),
      copied: ({ id }) => String(id),
    },
    ...sides.inputs.map((name) => inputOf(name, project)),
    ...others.map(
      ({ name, media, plain }, place): GridColumn<Compared> => ({
        key: `dataset:${name}`,
        title: said.feature(name),
        head: name,
        width: 140,
        hidden: noted.size > 0 || place >= UNASKED || !(media || plain),
        render: (row) => {
          const [origin] = originsOf(row, rows, table, project);
          return origin ? <GivenCell origin={origin} column={name} /> : <span className="faint">–</span>;
        },
      }),
    ),
    ...sides.outputs.flatMap((name) =>
      rows.map((row, place) => outputOf(name, row, place, rows.length > 1, project)),
    ),
  ];
}

function inputOf(name: string, project: string): GridColumn<Compared> {
  return {
    key: name,
    title: titleOf(name),
    width: 120,
    render: ({ id, values }) => {
      const having = values.find((each) => each && name in each) ?? {};
      return <Media key={id} value={having[name]} size="cell" row={having} column={name} project={project} />;
    },
  };
}

function outputOf(
  name: string,
  row: Row,
  place: number,
  named: boolean,
  project: string,
): GridColumn<Compared> {
  return {
    key: `${name}@${shortId(row.id)}`,
    title: named ? `${titleOf(name)} · ${nameOf(row)}` : titleOf(name),
    head: (
      <>
        {titleOf(name)} {named && <span className="faint">{briefOf(row)}</span>}
      </>
    ),
    width: 170,
    render: ({ values, different }) => {
      const own = values[place];
      if (!own) return <span className="faint">–</span>;
      return (
        <span className={different[place]?.includes(name) ? "compared-value differs" : "compared-value"}>
          <Media value={own[name]} size="cell" row={own} column={name} project={project} />
        </span>
      );
    },
  };
}
