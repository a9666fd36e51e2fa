import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { Pagination } from "antd";
import { useContext, useMemo } from "react";
import { useTranslation } from "react-i18next";
import type { Version } from "../../artifacts/kinds";
import { KeyButton } from "../../grid/KeyButton";
import { ClassNames } from "../../media/classes";
import { Legend } from "../../media/Legend";
import { layersOfAll } from "../../media/layers";
import { Media } from "../../media/Media";
import { LayerOrder } from "../../media/order";
import { Trouble } from "../../ui/Trouble";
import { askRows, keyShown, keyText, type Row, rowsKey } from "./queries";
import type { Shown } from "./RowTable";
import { isVisual } from "./types";
import { useWhole } from "./useWhole";

const PAGE = 24;
const FACTS = 6;

/** Rows as cards, page by page. */
export default function RowCards({
  version,
  where,
  view,
  columns,
  total,
  show,
  goTo,
}: Shown & { goTo: (at: number) => void }) {
  const { t, i18n } = useTranslation();
  const number = new Intl.NumberFormat(i18n.language);
  const page = Math.floor(Math.min(view.at, Math.max(0, total - 1)) / PAGE);
  const found = useQuery({
    queryKey: [...rowsKey(version, where), "cards", page],
    queryFn: ({ signal }) => askRows(version, where, page * PAGE, PAGE, { signal }),
    staleTime: 600_000,
    placeholderData: keepPreviousData,
  });
  const names = [...new Set([...view.order, ...Object.keys(columns)])].filter(
    (name) => name in columns && !view.hidden.includes(name),
  );
  const face = names.find((name) => isVisual(columns[name] ?? "") || columns[name] === "audio");
  const classes = useContext(ClassNames);
  const layers = useMemo(
    () =>
      face
        ? layersOfAll(
            (found.data ?? []).map(({ values }) => values),
            face,
            classes,
          )
        : [],
    [found.data, face, classes],
  );
  const order = useMemo(() => layers.map(({ name }) => name), [layers]);
  const range = {
    first: number.format(Math.min(total, page * PAGE + 1)),
    last: number.format(Math.min(total, (page + 1) * PAGE)),
    total: number.format(total),
  };
  return (
    <>
      <Trouble error={found.error} />
      <Legend layers={layers} />
      <LayerOrder value={order}>
        <ul className="rowcards" aria-busy={found.isPlaceholderData || found.isPending}>
          {(found.data ?? []).map((row) => (
            <Card
              key={keyText(row.key)}
              version={version}
              row={row}
              names={names}
              face={face}
              open={() => show({ row: keyText(row.key) })}
            />
          ))}
        </ul>
      </LayerOrder>
      <nav className="rowpages" aria-label={t("rows.pages")}>
        <span className="faint">{t("rows.range", range)}</span>
        <Pagination
          size="small"
          current={page + 1}
          pageSize={PAGE}
          total={total}
          showSizeChanger={false}
          showQuickJumper={total > 10 * PAGE}
          onChange={(next) => goTo((next - 1) * PAGE)}
        />
      </nav>
    </>
  );
}

interface CardProps {
  version: Version;
  row: Row;
  names: string[];
  face: string | undefined;
  open: () => void;
}

function Card({ version, row, names, face, open }: CardProps) {
  const { t } = useTranslation();
  const wholeOf = useWhole(version);
  const key = keyShown(row.key);
  const facts = names.filter((name) => name !== face);
  return (
    <li className="panel rowcard">
      {face && <Media value={row.values[face]} size="card" row={row.values} column={face} />}
      <div className="rowname">
        <KeyButton text={key} whole={key} label={t("rows.open", { key })} open={open} />
        <span className="faint">#{row.place}</span>
      </div>
      <dl>
        {facts.slice(0, face ? FACTS : FACTS * 2).map((name) => (
          <div key={name}>
            <dt title={name}>{name}</dt>
            <dd>
              <Media
                value={row.values[name]}
                size="cell"
                row={row.values}
                column={name}
                {...wholeOf(row, name)}
              />
            </dd>
          </div>
        ))}
      </dl>
      {facts.length > (face ? FACTS : FACTS * 2) && (
        <button type="button" className="rowmore" onClick={open}>
          +{facts.length - (face ? FACTS : FACTS * 2)}
        </button>
      )}
    </li>
  );
}
